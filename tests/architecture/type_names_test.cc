#include "tests/architecture/type_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace pidigree {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::string_view kSearched[] = {"schema", "bpf", "src", "bench", "fuzz", "tests"};

TEST(TypeNames, OfTheTreeAreDefinedOnce) {
  EXPECT_THAT(CheckTypeNames(ReadSourceTree(PIDIGREE_SOURCE_DIR, kSearched)), IsEmpty());
}

struct Known {
  std::string_view path;
  std::string_view type;
};

// Else the test above would pass on an empty tree, or with a reader that sees nothing.
TEST(TypeNames, OfTheTreeAreFound) {
  const Known known[] = {
      {"src/event/guid.h", "pidigree::Guid"},
      {"src/event/logged_call.h", "pidigree::CallKind"},
      {"src/lineage/log_lineage.h", "pidigree::LogLineage::Node"},
      {"src/base/recent_table.h", "pidigree::RecentTable"},
      {"src/base/recent_table.h", "pidigree::RecentTable::Entry"},
      {"schema/event_schema.h", "pidigree::EventType"},
      {"bpf/wire.h", "wire_header"},
      {"bench/exec_log_writer.h", "pidigree::bench::ExecLogWriter"},
      {"tests/architecture/include_checker.h", "pidigree::FolderRule"},
  };
  const SourceTree tree = ReadSourceTree(PIDIGREE_SOURCE_DIR, kSearched);
  for (const auto& [path, type] : known) {
    const auto file = tree.find(path);
    ASSERT_NE(file, tree.end()) << path;
    const SourceTree twice = {*file, {"zz.h", "struct " + std::string(type) + " {};"}};
    EXPECT_THAT(CheckTypeNames(twice),
                ElementsAre(AllOf(StartsWith(std::string(path) + ":"),
                                  EndsWith(" and zz.h:1 both define " + std::string(type)))));
  }
}

struct TypesCase {
  std::string name;
  std::string code;
  std::vector<std::string> types;
};

void PrintTo(const TypesCase& test, std::ostream* out) { *out << test.name; }

class TypesOf : public testing::TestWithParam<TypesCase> {};

TEST_P(TypesOf, Code) {
  const auto types = DefinedTypes(GetParam().code);
  ASSERT_TRUE(types.has_value());
  std::vector<std::string> names;
  for (const TypeDefinition& type : *types) names.push_back(type.name);
  EXPECT_EQ(names, GetParam().types);
}

INSTANTIATE_TEST_SUITE_P(
    Kind, TypesOf,
    testing::Values(TypesCase{"Class", "class A {};", {"A"}},
                    TypesCase{"Struct", "struct A { int b; } c;", {"A"}},
                    TypesCase{"Union", "union A { int b; char c; };", {"A"}},
                    TypesCase{"Enum", "enum A { kB, kC = 1 << 2 };", {"A"}},
                    TypesCase{"EnumClass", "enum class A : int { kB };", {"A"}},
                    TypesCase{"EnumStruct", "enum struct A : std::uint8_t { kB };", {"A"}},
                    TypesCase{"EnumWithoutName", "enum : int { kA }; enum { kB };", {}},
                    TypesCase{"EnumOfATypeOfATemplate", "enum A : B<C>::D { kE };", {"A"}},
                    TypesCase{"StructWithoutName", "struct { int a; } b; struct C {};", {"C"}},
                    TypesCase{"Typedef", "typedef struct { int a; } B;", {"B"}},
                    TypesCase{"TypedefOfANamedOne", "typedef struct A { int b; } C;", {"A"}},
                    TypesCase{"Alias", "using A = B; using C = struct D {};", {"D"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Head, TypesOf,
    testing::Values(
        TypesCase{"Final", "class A final {}; class X final : A {};", {"A", "X"}},
        TypesCase{"Base", "class A : public b::B, private C {};", {"A"}},
        TypesCase{"BaseOfATemplate", "class A : B<C, (1 > 2)>, D<E<F>> {};", {"A"}},
        TypesCase{"BaseWithBraces", "class A : B<C{1}> { struct D {}; };", {"A", "A::D"}},
        TypesCase{"Attribute", "struct [[nodiscard]] A {}; enum [[b]] C {};", {"A", "C"}},
        TypesCase{"OldAttribute", "struct __attribute__((packed)) A {};", {"A"}},
        TypesCase{
            "AttributeBehind", "struct A {} __attribute__((packed)); struct B {};", {"A", "B"}},
        TypesCase{"Alignment", "struct alignas(B{1}.c) A {};", {"A"}},
        TypesCase{"Macro", "class EXPORT A {}; class ALIGN(8) B {}; class C {};", {"A", "B", "C"}},
        TypesCase{"MacroBefore", "EXPORT(a) struct B {};", {"B"}},
        TypesCase{"Template", "template <typename T, class U = V> class A {};", {"A"}},
        TypesCase{"TemplateOfTemplates", "template <template <class> class B> class A {};", {"A"}},
        TypesCase{
            "TemplateWithALambda", "template <auto F = [] { struct B {}; }> class A {};", {"A"}},
        TypesCase{"TemplateWithLess", "template <int N, bool B = N < 3> class A {};", {"A"}},
        TypesCase{"Constraint", "template <class T> requires(sizeof(T) > 1) struct A {};", {"A"}},
        TypesCase{"ConstraintInBraces",
                  "template <class T> requires requires(T t) { t.b; } struct A {};",
                  {"A"}},
        TypesCase{"Specialization",
                  "template <> struct A<const int> {}; template <class T> struct A<B<T>*> {};",
                  {"A<const int>", "A<B<T>*>"}},
        TypesCase{
            "SpecializationWithBraces", "template <> struct A<B{1, {2}}> {};", {"A<B{1, {2}}>"}},
        TypesCase{
            "SpecializationWithAShift", "template <> struct A<(8 >> 1)> {};", {"A<(8 >> 1)>"}},
        TypesCase{
            "SpecializationElsewhere", "template <> struct std::hash<A> {};", {"std::hash<A>"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Scope, TypesOf,
    testing::Values(
        TypesCase{"Namespace", "namespace a { class B {}; } class C {};", {"a::B", "C"}},
        TypesCase{"Namespaces", "namespace a::b { class C {}; }", {"a::b::C"}},
        TypesCase{"NamespacesInside",
                  "namespace a { namespace b { class C {}; } class D {}; }",
                  {"a::b::C", "a::D"}},
        TypesCase{"InlineNamespace",
                  "inline namespace a { class B {}; } namespace a::inline c { class D {}; }",
                  {"a::B", "a::c::D"}},
        TypesCase{"NamespaceWithAttribute", "namespace [[deprecated]] a { class B {}; }", {"a::B"}},
        TypesCase{"NamespaceBehindAMacro", "MAIN() namespace a { class B {}; }", {"a::B"}},
        TypesCase{"NamespaceAlias", "namespace a = b::c; using namespace d; class E {};", {"E"}},
        TypesCase{"UnnamedNamespace",
                  "namespace a { namespace { class B { class C {}; }; } class D {}; }",
                  {"a::D"}},
        TypesCase{"NamespaceInAnUnnamedOne", "namespace { namespace a { class B {}; } }", {}},
        TypesCase{
            "Linkage", "extern \"C\" { struct A {}; } extern \"C\" int b() { return 1; }", {"A"}},
        TypesCase{
            "LinkageForCPlusPlus",
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\nstruct A {};\n#ifdef __cplusplus\n}\n"
            "#endif\n",
            {"A"}},
        TypesCase{"Nested",
                  "class A { public: struct B { enum C {}; }; private: union D {}; };",
                  {"A", "A::B", "A::B::C", "A::D"}},
        TypesCase{"NestedDefinedOutside",
                  "namespace a { class B::Impl { struct C {}; }; }",
                  {"a::B::Impl", "a::B::Impl::C"}},
        TypesCase{"NestedInASpecialization",
                  "template <> struct A<int> { struct B {}; };",
                  {"A<int>", "A<int>::B"}},
        TypesCase{"BehindMembers",
                  "class A { A() : b_{1}, c_(2) {} int b_ = {}; int c_{3}; struct D {}; };",
                  {"A", "A::D"}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    NoDefinition, TypesOf,
    testing::Values(
        TypesCase{"Declaration", "class A; struct B; enum class C : int; friend class D;", {}},
        TypesCase{"Function", "void A() { struct B { int c; }; }", {}},
        TypesCase{"Method", "int A::B() const { enum class C { kD }; return 1; }", {}},
        TypesCase{
            "FunctionThatReturnsIt", "struct A B() { return {}; } struct A* C() { return 0; }", {}},
        TypesCase{"FunctionWithTrailingReturn", "auto A() -> struct B { return {}; }", {}},
        TypesCase{"FunctionThatTakesIt", "int A(struct B* b, enum C c = {}) { return 1; }", {}},
        TypesCase{"Operator", "bool operator<(const A& a, const A& b) { return true; }", {}},
        TypesCase{"Conversion", "A::operator struct B() const { return {}; }", {}},
        TypesCase{"Variable", "struct a b{}; struct c d = {1}; struct e f[] = {{2}};", {}},
        TypesCase{"Lambda", "const auto a = [](int b) { struct C {}; return b; };", {}},
        TypesCase{"LambdaInACall", "int a = B([] { struct C {}; return C{}; }());", {}},
        TypesCase{
            "TemplateArgument", "std::vector<struct A> b{1}; C<struct D> e() { return {}; }", {}},
        TypesCase{"TemplateParameter", "template <class A, struct B> void c() {}", {}},
        TypesCase{
            "Concept", "template <class T> concept A = requires(T t) { typename T::B; };", {}},
        TypesCase{"InTheBodyOfATest", "TEST(A, B) { struct C {}; }", {}},
        TypesCase{"OfAStructWithoutName", "struct { struct A {} b; } c;", {}}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Text, TypesOf,
    testing::Values(
        TypesCase{"Comment", "// class A {\n/* class B { */ class C /* D */ {};", {"C"}},
        TypesCase{"String", "const char* a = \"} struct B {\"; struct C {};", {"C"}},
        TypesCase{"StringWithAQuote", "const char* a = \"\\\"{\"; struct B {};", {"B"}},
        TypesCase{"RawString", "auto a = R\"x(\" { )\" struct B {};)x\"; struct C {};", {"C"}},
        TypesCase{"RawStringWithPrefix", "auto a = u8R\"(\\\"{)\"; struct B {};", {"B"}},
        TypesCase{"Character", "char a = '{'; char b = '\\''; char c = '\"'; struct D {};", {"D"}},
        TypesCase{"DigitSeparator", "int a = 1'000; struct B {}; int c = 0x1'f;", {"B"}},
        TypesCase{"Macro", "#define A(b) \\\n  struct b {\n#define C }\nstruct D {};", {"D"}},
        TypesCase{"BothBranches",
                  "#if A\nstruct B {};\n#else\nstruct C {};\n#endif\nstruct D {};",
                  {"B", "C", "D"}}),
    [](const auto& test) { return test.param.name; });

TEST(DefinedTypes, StandInTheLineOfTheirName) {
  const std::string code =
      "#pragma once\n"
      "#define A \\\n"
      "  1\n"
      "/* two\n"
      "   lines */\n"
      "auto a = R\"(\n"
      "\n"
      ")\";\n"
      "template <class T>\n"
      "class B\n"
      "    : C {\n"
      "  enum D {};\n"
      "};\n";
  EXPECT_EQ(DefinedTypes(code),
            (std::vector<TypeDefinition>{{.name = "B", .line = 10}, {.name = "B::D", .line = 12}}));
}

TEST(DefinedTypes, AreUnknownWhereBracketsDoNotMatch) {
  for (const char* code : {"struct A {", "struct A {}; }", "int a = (1;", "void a() { b(}; }",
                           "int a[3;", "#if A\nstruct B {\n#else\nstruct C {\n#endif\n};"}) {
    EXPECT_EQ(DefinedTypes(code), std::nullopt) << code;
  }
}

struct TreeCase {
  std::string name;
  SourceTree tree;
  std::vector<std::string> violations;
};

void PrintTo(const TreeCase& test, std::ostream* out) { *out << test.name; }

class TypesOfTree : public testing::TestWithParam<TreeCase> {};

TEST_P(TypesOfTree, Check) { EXPECT_EQ(CheckTypeNames(GetParam().tree), GetParam().violations); }

INSTANTIATE_TEST_SUITE_P(
    Tree, TypesOfTree,
    testing::Values(
        // Each was included by files of its own; the destructor of one ran for the other.
        TreeCase{
            "ClassAndStruct",
            {{"src/enrich/host_names.h",
              "#pragma once\n\nnamespace pidigree {\n\n// From DNS.\nclass HostNames {\n public:"
              "\n  void Learn();\n};\n\n}  // namespace pidigree\n"},
             {"src/enrich/process_records.h",
              "#pragma once\nnamespace pidigree {\n// What is shared.\nstruct HostNames {\n"
              "  std::string computer;\n};\n}  // namespace pidigree\n"}},
            {"src/enrich/host_names.h:6 and src/enrich/process_records.h:4 both define "
             "pidigree::HostNames"}},
        TreeCase{"SourceAndTest",
                 {{"src/a.cc", "namespace p { struct A {}; }"},
                  {"tests/b.cc", "namespace p {\nenum class A {};\n}"}},
                 {"src/a.cc:1 and tests/b.cc:2 both define p::A"}},
        TreeCase{"ThreeFiles",
                 {{"a.h", "class A {};"}, {"b.h", "class A {};"}, {"c.h", "class A {};"}},
                 {"a.h:1 and b.h:1 both define A", "a.h:1 and c.h:1 both define A"}},
        TreeCase{"NestedTypes",
                 {{"a.h", "class A { struct Impl {}; };"}, {"b.cc", "struct A::Impl {};"}},
                 {"a.h:1 and b.cc:1 both define A::Impl"}},
        TreeCase{"NestedTypesOfTwoClasses",
                 {{"a.h", "class A { struct Impl {}; };"}, {"b.h", "class B { struct Impl {}; };"}},
                 {}},
        TreeCase{"TwoNamespaces",
                 {{"a.h", "namespace a { class A {}; }"}, {"b.h", "namespace b { class A {}; }"}},
                 {}},
        TreeCase{"UnnamedNamespace",
                 {{"a.cc", "namespace { class A {}; }"}, {"b.cc", "class A {};"}},
                 {}},
        TreeCase{"TwoSpecializations",
                 {{"a.h", "template <> struct A<int> {};"}, {"b.h", "template <> struct A<B> {};"}},
                 {}},
        TreeCase{"SameSpecialization",
                 {{"a.h", "template <> struct A<B> {};"}, {"b.h", "template <> struct A<B> {};"}},
                 {"a.h:1 and b.h:1 both define A<B>"}},
        TreeCase{"DeclaredElsewhere", {{"a.h", "class A {};"}, {"b.h", "class A;"}}, {}},
        TreeCase{
            "BranchesOfOneFile", {{"a.h", "#if B\nclass A {};\n#else\nclass A {};\n#endif\n"}}, {}},
        TreeCase{"ProgramsInC", {{"a.c", "struct a {};"}, {"b.c", "struct a {};"}}, {}},
        TreeCase{"Unreadable",
                 {{"a.h", "class A {"}},
                 {"a.h: brackets do not match, so its types are unknown"}}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace pidigree

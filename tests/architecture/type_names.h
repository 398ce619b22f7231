#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/include_checker.h"

namespace pidigree {

struct TypeDefinition {
  std::string name;  // with its namespaces and classes: pidigree::LogLineage::Impl
  size_t line = 0;

  bool operator==(const TypeDefinition&) const = default;
};

// Every class, struct, union and enum that `code` defines and other files may name: not those in
// functions and unnamed namespaces, nor what stands in a type without a name. The arguments of a
// specialization are part of its name, as they are spelled. nullopt: brackets do not match, so that
// it would be unknown what stands where.
//
// The code is as clang-format leaves it: a `<` behind a blank compares. Lines of the preprocessor
// do not count, so every branch of an #if does; what macros expand to is not seen.
std::optional<std::vector<TypeDefinition>> DefinedTypes(std::string_view code);

// One "a.h:12 and b.h:30 both define pidigree::X" for each file that defines a type of a name that
// a file before it defines: in a program of both, the destructor or another function of one of them
// may run for the other ([basic.def.odr]). All files count as one program. C files are left out: in
// C a type is known to its own file only.
std::vector<std::string> CheckTypeNames(const SourceTree& tree);

}  // namespace pidigree

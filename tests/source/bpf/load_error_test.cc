#include "src/source/bpf/load_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <ostream>
#include <string>

namespace pidigree {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr uint64_t kAll = ~uint64_t{0};
constexpr uint64_t kBpf = uint64_t{1} << 39;  // capability.h
constexpr uint64_t kPerfmon = uint64_t{1} << 38;
constexpr uint64_t kSysAdmin = uint64_t{1} << 21;

struct Case {
  std::string name;
  int error_number;
  std::string kernel_release;
  bool has_btf;
  bool confidential;
  uint64_t capabilities;
  std::string log;
  ErrorCode code;
  std::string missing;  // what the message must name
  std::string help;     // and what would help
};

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

class LoadError : public testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(
    Of, LoadError,
    testing::Values(
        Case{"OldKernel", EINVAL, "5.4.0-150-generic", true, false, kAll, "",
             ErrorCode::kUnsupported, "kernel 5.4.0-150-generic is older than 5.8",
             "`pidigree translate`"},
        Case{"OlderMajor", EINVAL, "4.18.0-553.el8.x86_64", false, false, kAll, "",
             ErrorCode::kUnsupported, "4.18.0", "docs/audit-rules.md"},
        Case{"Unprivileged", EPERM, "6.1.0-18-amd64", true, false, 0, "", ErrorCode::kPermission,
             "CAP_BPF and CAP_PERFMON are missing", "as root"},
        Case{"NoPerfmon", EPERM, "6.1.0-18-amd64", true, false, kBpf, "", ErrorCode::kPermission,
             "CAP_PERFMON is missing", "AmbientCapabilities="},
        Case{"NoBpf", EPERM, "6.1.0-18-amd64", true, false, kPerfmon, "", ErrorCode::kPermission,
             "CAP_BPF is missing", "as root"},
        Case{"NoBtf", ESRCH, "6.1.0-custom", false, false, kSysAdmin, "", ErrorCode::kUnsupported,
             "/sys/kernel/btf/vmlinux", "CONFIG_DEBUG_INFO_BTF"},
        Case{"Confidentiality", EINVAL, "6.1.0-18-amd64", true, true, kBpf | kPerfmon, "",
             ErrorCode::kPermission, "lockdown is \"confidentiality\"", "lockdown=integrity"},
        Case{"Seccomp", EPERM, "6.1.0-18-amd64", true, false, kAll, "", ErrorCode::kPermission,
             "bpf(2) is not permitted", "seccomp"},
        Case{"AnythingElse", E2BIG, "6.1.0-18-amd64", true, false, kAll,
             "libbpf: first\nlibbpf: prog 'on_exec': failed to load: -7\n\n", ErrorCode::kSystem,
             "Argument list too long", "prog 'on_exec': failed to load: -7"}),
    [](const auto& test) { return test.param.name; });

TEST_P(LoadError, NamesWhatIsMissingAndWhatHelps) {
  LoadSurroundings surroundings;
  surroundings.kernel_release = GetParam().kernel_release;
  surroundings.has_btf = GetParam().has_btf;
  surroundings.confidential = GetParam().confidential;
  surroundings.capabilities = GetParam().capabilities;
  const Error error = ExplainLoadFailure(GetParam().error_number, surroundings, GetParam().log);
  EXPECT_EQ(error.code, GetParam().code);
  EXPECT_THAT(error.message, HasSubstr(GetParam().missing));
  EXPECT_THAT(error.message, HasSubstr(GetParam().help));
  EXPECT_THAT(error.message, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace pidigree

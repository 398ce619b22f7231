// What one line costs, for a ProcessCreate as an exec-heavy host has them.

#include <benchmark/benchmark.h>

#include <vector>

#include "schema/events.h"
#include "src/serialize/line_serializer.h"

namespace pidigree {
namespace {

// `quoted`: the command lines hold characters that both forms escape.
Record TypicalProcessCreate(bool quoted, std::vector<Value>& values) {
  constexpr UtcTime kTime{1'795'453'144'381'005'000};
  const auto set = [&values](size_t field, Value value) { values[field] = value; };
  values.assign(kProcessCreate.fields.size(), {});
  set(kProcessCreate["UtcTime"], kTime);
  set(kProcessCreate["ProcessGuid"], Guid::Process(0x3d1219c7, 0xa1b2c3d4, 123456, 18736));
  set(kProcessCreate["ProcessId"], uint64_t{18736});
  set(kProcessCreate["Image"], "/usr/bin/x86_64-linux-gnu-gcc-12");
  set(kProcessCreate["CommandLine"],
      quoted
          ? "sh -c \"if [ -f 'out/a.o' ] && [ 3 -lt 5 ]; then cc -DNAME=\\\"a\\\" -o out/a; fi\""
          : "gcc -O2 -g -Wall -Wextra -Iinclude -Ibuild/include -c -o build/src/module.o module.c");
  set(kProcessCreate["CurrentDirectory"], "/home/alice/src/project/build");
  set(kProcessCreate["User"], "alice");
  set(kProcessCreate["LogonGuid"], Guid::Logon(0x3d1219c7, 0xa1b2c3d4, 7, 1000));
  set(kProcessCreate["LogonId"], uint64_t{1000});
  set(kProcessCreate["TerminalSessionId"], uint64_t{7});
  set(kProcessCreate["IntegrityLevel"], "no level");
  set(kProcessCreate["ParentProcessGuid"], Guid::Process(0x3d1219c7, 0xa1b2c3d4, 120000, 18001));
  set(kProcessCreate["ParentProcessId"], uint64_t{18001});
  set(kProcessCreate["ParentImage"], "/usr/bin/make");
  set(kProcessCreate["ParentCommandLine"], "make -j2 --no-print-directory -C build all");
  set(kProcessCreate["ParentUser"], "alice");
  return {&kProcessCreate, values, kTime, 1234567, "build-7.example.org"};
}

template <typename SerializerType>
void BM_ProcessCreate(benchmark::State& state) {
  const SerializerType serializer(Writer{});
  std::vector<Value> values;
  const Record record = TypicalProcessCreate(state.range(0) != 0, values);
  ByteBuffer out;
  for (auto _ : state) {
    out.Clear();
    serializer.Append(record, static_cast<size_t>(state.range(1)), out);
    benchmark::DoNotOptimize(out.view().data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
  state.counters["line_bytes"] = static_cast<double>(out.size());
}
BENCHMARK_TEMPLATE(BM_ProcessCreate, XmlSerializer)
    ->ArgNames({"quoted", "max_bytes"})
    ->Args({0, 0})
    ->Args({1, 0})
    ->Args({1, 8068})
    ->Args({1, 1500});
BENCHMARK_TEMPLATE(BM_ProcessCreate, JsonSerializer)
    ->ArgNames({"quoted", "max_bytes"})
    ->Args({0, 0})
    ->Args({1, 0});

}  // namespace
}  // namespace pidigree

// promqltest FILE...: runs PromQL test scripts and prints a line a file, and each failure with its line. Exit status 1 when something
// failed, 2 when a file cannot be read.

#include <cstdio>

#include "base/files.h"
#include "base/pool.h"
#include "query/promql/testing/script_runner.h"

int main(int argc, char** argv) {
  using namespace monitorai;
  constexpr size_t kScriptBytesMax = 64 << 20;
  if (argc < 2) {
    std::fputs("usage: promqltest FILE...\n", stderr);
    return 2;
  }
  Pool pool(std::max(1u, std::thread::hardware_concurrency()));
  const query::Engine engine({}, pool, query::script_options());
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    const auto text = read_file(path, kScriptBytesMax);
    if (!text) {
      std::fprintf(stderr, "promqltest: %s\n", text.error().message.c_str());
      status = 2;
      continue;
    }
    const query::ScriptReport report = query::run_script(*text, engine);
    std::string line = fmt::format("{}: {} passed, {} failed, {} skipped (native histograms)", path.filename().string(), report.passed,
                                   report.failures.size(), report.skipped_native);
    if (report.skipped_start_timestamps > 0) line += fmt::format(", {} skipped (start timestamps)", report.skipped_start_timestamps);
    std::puts(line.c_str());
    for (const auto& failure : report.failures)
      std::puts(fmt::format("  {}:{}: {}", path.filename().string(), failure.line, failure.message).c_str());
    if (!report.failures.empty() && status == 0) status = 1;
  }
  return status;
}

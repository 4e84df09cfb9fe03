// logqltest FILE...: runs LogQL test scripts and prints a line a file, and each failure with its line. Exit status 1 when something
// failed, 2 when a file cannot be read.

#include <cstdio>

#include "base/files.h"
#include "base/pool.h"
#include "query/logql/testing/log_script_runner.h"

int main(int argc, char** argv) {
  using namespace monitorai;
  constexpr size_t kScriptBytesMax = 64 << 20;
  if (argc < 2) {
    std::fputs("usage: logqltest FILE...\n", stderr);
    return 2;
  }
  Pool pool(std::max(1u, std::thread::hardware_concurrency()));
  const query::LogQlEngine engine({}, pool);
  int status = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path = argv[i];
    const auto text = read_file(path, kScriptBytesMax);
    if (!text) {
      std::fprintf(stderr, "logqltest: %s\n", text.error().message.c_str());
      status = 2;
      continue;
    }
    const query::LogScriptReport report = query::run_log_script(*text, engine);
    std::puts(fmt::format("{}: {} passed, {} failed", path.filename().string(), report.passed, report.failures.size()).c_str());
    for (const auto& failure : report.failures)
      std::puts(fmt::format("  {}:{}: {}", path.filename().string(), failure.line, failure.message).c_str());
    if (!report.failures.empty() && status == 0) status = 1;
  }
  return status;
}

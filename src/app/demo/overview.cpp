#include "app/demo/overview.h"

#include <fmt/format.h>

#include "base/text.h"

namespace monitorai::app::demo {
namespace {

/// A member of a server stands indented below it.
size_t depth(const Part& part) {
  size_t steps = 0;
  for (const Part* p = &part; !p->started_by.empty(); p = find_part(p->started_by)) ++steps;
  return steps;
}

}  // namespace

std::string overview_text(std::span<const Started> started, const std::filesystem::path& logs, std::span<const std::filesystem::path> left_alone) {
  std::string out = fmt::format("Simulated processes that run now: {}. They are real processes, but no models: wherever MonitorAI shows\n"
                                "them, it says \"simulated\".\n\n",
                                started.size());
  out += fmt::format("  {:>7}  {:<22}  {:<13}  {:<29}  {}\n", "PID", "PROCESS", "FRAMEWORK", "MODEL", "PORT");
  for (const Started& one : started) {
    const Part& part = *one.part;
    const std::string name = std::string(2 * depth(part), ' ') + std::string(part.process);
    out += fmt::format("  {:>7}  {:<22}  {:<13}  {:<29}  {}\n", one.pid, name, part.framework, part.model, one.port != 0 ? fmt::format("{}", one.port) : "-");
  }
  out += fmt::format("\nThey write their logs and gpu-info files to {}\n", logs.native());
  for (const std::filesystem::path& path : left_alone) out += fmt::format("but not {}: a real program's log is there.\n", path.native());
  out += fmt::format("\nNow, in another terminal:\n"
                     "  cd {}\n"
                     "  monitorai ps                   what runs, and what it costs\n"
                     "  monitorai serve                watches them: http://127.0.0.1:3000\n"
                     "  curl localhost:9101/metrics    while serve runs: the metrics of LLM processes\n",
                     logs.parent_path().native());
  for (const Started& one : started)
    if (one.port != 0) out += fmt::format("  curl localhost:{}/metrics    what the simulated {} says of itself\n", one.port, one.part->process);
  out += "\nCtrl-C ends them all and leaves nothing behind.\n";
  return out;
}

std::string overview_json(std::span<const Started> started, const std::filesystem::path& logs) {
  std::string out = fmt::format(R"({{"logs":{},"processes":[)", json_string(logs.native()));
  for (const Started& one : started)
    out += fmt::format(R"({}{{"part":"{}","pid":{},"framework":"{}","model":"{}","port":{}}})", &one == started.data() ? "" : ",", one.part->id,
                       one.pid, one.part->framework, one.part->model, one.port);
  return out + "]}\n";
}

}  // namespace monitorai::app::demo

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/demo/demo.h"
#include "app/demo/parts.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

struct DemoOptions {
  std::string directory = ".";
  std::string duration;
  std::vector<std::string> only;
  int64_t seed = 1;
  bool keep_logs = false;
  bool json = false;
  std::string otlp;
  std::string incident;
  std::string incident_after = "1m";
  std::string incident_for = "8m";
  ApiAddress serve;
};

/// Where `monitorai serve` takes OTLP.
constexpr std::string_view kOtlpDefault = "http://127.0.0.1:4318";

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

int run(const DemoOptions& options) {
  demo::DemoSettings settings{.directory = options.directory,
                              .only = options.only,
                              .duration = {},
                              .seed = static_cast<uint64_t>(options.seed),
                              .keep_logs = options.keep_logs,
                              .json = options.json};
  if (options.otlp != "off") settings.otlp = !options.otlp.empty() ? options.otlp : options.json ? "" : std::string(kOtlpDefault);
  const auto kind = demo::parse_incident(options.incident);
  const auto after = parse_duration(options.incident_after), lasts = parse_duration(options.incident_for);
  if (!kind || !after || !lasts || lasts->count() <= 0) {
    fmt::print(stderr, "monitorai demo: --incident is one of {}, --incident-after and --incident-for are durations\n", join(demo::incident_names(), ", "));
    return kExitUsage;
  }
  const auto seconds = [](std::chrono::milliseconds d) { return static_cast<double>(d.count() / 1000); };
  settings.serve = options.serve;
  while (settings.serve.url.ends_with('/')) settings.serve.url.pop_back();
  if (const char* token = std::getenv("MONITORAI_TOKEN")) settings.serve.token = token;
  settings.incident = {*kind, seconds(*after), seconds(*after + *lasts)};
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration || duration->count() <= 0) {
      fmt::print(stderr, "monitorai demo: cannot read --duration {}: {}\n", options.duration,
                 duration ? "it must be longer than 0" : duration.error().message);
      return kExitUsage;
    }
    settings.duration = *duration;
  }
  const auto done = demo::run_demo(settings);
  if (done) return 0;
  fmt::print(stderr, "monitorai demo: {}\n", done.error().message);
  return done.error().code == Code::invalid ? kExitUsage : kExitFailed;
}

}  // namespace

Command demo_command() {
  auto options = std::make_shared<DemoOptions>();
  return {.name = "demo",
          .summary = "Start small simulated LLM processes to look at",
          .description = "Starts a few small real processes that look like LLM runtimes (two Transformers scripts, a vLLM server with its\n"
                         "workers, a llama-server): they use a little CPU and memory, write logs and gpu-info files, and answer /metrics.\n"
                         "They are marked as simulated wherever MonitorAI shows them. Ctrl-C ends them and removes what they wrote.",
          .declare =
              [options](Options& o) {
                o.value("--dir", options->directory, "Folder below which logs/ is written: where `monitorai serve` runs (default: here)", "DIR");
                o.value("--duration", options->duration, "End after this time, such as 30s or 10m (default: at Ctrl-C)", "TIME");
                o.values("--only", options->only, "Start this kind alone (repeatable): " + join(demo::kinds(), ", "), "KIND");
                o.value("--otlp", options->otlp, "Where spans of its requests are sent, or off (default: http://127.0.0.1:4318, with --json off)", "URL");
                o.value("--incident", options->incident, "The vLLM server has a fault for a while, so that alerts fire: " + join(demo::incident_names(), ", "), "KIND");
                o.value("--incident-after", options->incident_after, "When it begins (default: 1m)", "TIME");
                o.value("--incident-for", options->incident_for, "How long it lasts (default: 8m)", "TIME");
                o.value("--url", options->serve.url, "Where hallucination and drift send answers to be judged (default http://127.0.0.1:3000)", "URL");
                o.value("--user", options->serve.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
                o.value("--seed", options->seed, "Other requests for another number (default: 1)", "N");
                o.flag("--keep-logs", options->keep_logs, "Leave the log files at the end");
                o.flag("--json", options->json, "Print one JSON line when all runs, for scripts");
              },
          .run = [options] { return run(*options); }};
}

}  // namespace monitorai::app

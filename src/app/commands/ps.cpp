// monitorai ps: the LLM processes of this machine, once or again and again, and why a process is taken for one.

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/commands/ps_table.h"
#include "app/config/arguments.h"
#include "app/config/collectors.h"
#include "base/log.h"
#include "base/text.h"
#include "collect/gpu/collector.h"
#include "collect/process/collector.h"
#include "collect/process/detector.h"
#include "serve/snapshot_json.h"

namespace monitorai::app {
namespace {

constexpr std::chrono::milliseconds kRedrawInterval{2000};
constexpr std::string_view kHome = "\033[H", kClearBelow = "\033[J", kClearLine = "\033[K", kEnterScreen = "\033[?1049h\033[?25l",
                           kLeaveScreen = "\033[?25h\033[?1049l";

struct PsOptions {
  bool json = false;
  bool watch = false;
  bool all = false;
  int64_t explain = 0;
  ConfigArguments config;
};

TableStyle terminal_style() {
  if (::isatty(STDOUT_FILENO) == 0) return {};
  TableStyle style;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.width = size.ws_col;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  style.colours = (no_colour == nullptr || *no_colour == '\0') && (terminal == nullptr || std::string_view(terminal) != "dumb");
  return style;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// SIGINT and SIGTERM as a readable descriptor, so that the screen is left as it was found.
class Interruption {
 public:
  Interruption() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC));
  }
  /// True when it came within this time.
  bool wait(std::chrono::milliseconds time) const {
    pollfd waiting{fd_.number(), POLLIN, 0};
    return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
  }

 private:
  Fd fd_;
};

/// Every line cleared to its end, then what is left below: no flicker.
std::string screen(std::string_view text) {
  std::string out(kHome);
  for (const char c : text) {
    if (c == '\n') out += kClearLine;
    out += c;
  }
  out += kClearBelow;
  return out;
}

int watch(collect::ProcessCollector& processes, collect::GpuCollector& gpus, const PsOptions& options) {
  const Interruption interruption;
  const bool on_terminal = ::isatty(STDOUT_FILENO) != 0 && !options.json;
  if (on_terminal) print(kEnterScreen);
  do {
    const auto gpu = gpus.sample();
    const auto snapshot = processes.scan(gpu.get());
    if (options.json) {
      print(serve::processes_json(*snapshot) + "\n");
    } else if (on_terminal) {
      print(screen(fmt::format("{} services, {} of {} processes, every {} (Ctrl-C ends)\n\n{}", snapshot->services.size(), snapshot->processes.size(),
                               snapshot->scanned, format_duration(kRedrawInterval), process_table(*snapshot, terminal_style()))));
    } else {
      print(process_table(*snapshot, terminal_style()) + "\n");
    }
  } while (!interruption.wait(kRedrawInterval) && std::ferror(stdout) == 0);
  if (on_terminal) print(kLeaveScreen);
  return 0;
}

int explain(collect::ProcessCollector& processes, const signals::GpuSnapshot* gpu, const PsOptions& options) {
  const auto explanation = processes.explain(options.explain, gpu);
  if (!explanation) {
    fmt::print(stderr, "monitorai: {}\n", explanation.error().message);
    return 1;
  }
  if (options.json) {
    signals::ProcessSnapshot one;
    one.time = SystemClock().now();
    one.processes.push_back(explanation->process);
    print(serve::processes_json(one) + "\n");
  } else {
    print(explanation_text(*explanation, terminal_style()));
  }
  return 0;
}

int run(const PsOptions& options) {
  log::set_level(log::Level::warn);
  const LoadedConfig loaded = load_config(options.config.sources());
  if (!loaded.problems.empty()) {
    print_problems(loaded.problems);
    return kExitMisconfigured;
  }
  const Config::Collect& settings = loaded.config.collect;
  const SystemClock clock;
  const collect::Detector detector(settings.process.signatures);
  // One look, or one every two seconds: the kernel's events are not worth a subscription.
  collect::ProcessCollector processes(collect::Procfs(settings.process.proc), detector, clock, {.events = false, .other_ai = options.all});
  collect::GpuCollector gpus(gpu_settings(settings), clock);
  if (options.watch) return watch(processes, gpus, options);
  const auto gpu = gpus.sample();
  if (options.explain != 0) return explain(processes, gpu.get(), options);
  const auto snapshot = processes.scan(gpu.get());
  print(options.json ? serve::processes_json(*snapshot) + "\n" : process_table(*snapshot, terminal_style()));
  return 0;
}

}  // namespace

Command ps_command() {
  auto options = std::make_shared<PsOptions>();
  return {.name = "ps",
          .summary = "List the LLM processes of this machine",
          .description = "Lists the LLM processes of this machine as trees of services.\n"
                         "CPU is the average since the start of a process, as ps(1) has it; with --watch, the use between two looks.",
          .declare =
              [options](Options& declare) {
                declare.flag("--json", options->json, "Print JSON (with --watch, one line every 2 s)");
                declare.flag("-w,--watch", options->watch, "Redraw every 2 s until Ctrl-C");
                declare.flag("-a,--all", options->all, "Show AI of other kinds too: speech, image, vision");
                options->config.declare_sources(declare);
                declare.value("--explain", options->explain, "Tell why this process is, or is not, taken for an LLM", "PID");
              },
          .run = [options] { return run(*options); }};
}

}  // namespace monitorai::app

#include "app/demo/process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include <list>

#include "app/demo/children.h"
#include "app/demo/endpoints.h"
#include "app/demo/gpu_info.h"
#include "app/demo/load.h"
#include "app/demo/log_file.h"
#include "app/demo/log_lines.h"
#include "app/demo/server_metrics.h"
#include "app/demo/settings.h"
#include "app/demo/work_folder.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/threads.h"
#include "net/http_server.h"

namespace monitorai::app::demo {
namespace {

constexpr std::chrono::milliseconds kTick{200};
constexpr std::chrono::seconds kGpuInfoInterval{5};

void report(std::string_view line) {
  const std::string text = fmt::format("{}\n", line);
  [[maybe_unused]] const ssize_t written = ::write(kReportFd, text.data(), text.size());
}

class SimulatedProcess {
 public:
  SimulatedProcess(const ProcessSettings& settings, WorkFolder folder)
      : settings_(settings),
        part_(*settings.part),
        pid_(::getpid()),
        folder_(std::move(folder)),
        traffic_(traffic_of(part_.kind, settings.incident.kind), settings.seed, settings.incident),
        metrics_(part_.runtime, std::string(part_.model)),
        lines_(part_, pid_),
        memory_(part_.load.memory_bytes, part_.load.swing_bytes),
        model_file_(part_.runtime == Runtime::llama_cpp ? settings.folder / kGgufFile : std::filesystem::path{}) {
    for (const std::string_view library : libraries_of(part_.runtime)) libraries_.emplace_back(settings.folder / library, MappedFile::As::code);
  }

  int run() {
    if (!part_.log.empty())
      if (auto log = LogFile::open(settings_.logs / part_.log)) log_.emplace(std::move(*log));
    int code = 1;
    if (auto started = start(); started) {
      code = loop();
    } else {
      report(started.error().message);
    }
    leave();
    return code;
  }

 private:
  Result<void> start() {
    ::fcntl(kListenFd, F_SETFD, FD_CLOEXEC);  // workers do not listen
    for (const Part& part : all_parts()) {
      if (part.started_by != part_.id) continue;
      ProcessSettings settings = settings_;
      settings.part = &part;
      const auto child = children_.start(settings, std::filesystem::current_path(), kReportFd, -1, false);
      if (!child) return child.error();
    }
    tick();
    if (part_.port_wanted != 0) {
      server_ = std::make_unique<net::HttpServer>(net::HttpLimits{.workers = 1});
      auto router = std::make_shared<const net::Router>(endpoints(part_, published_));
      if (const auto port = server_->listen({.name = "runtime", .listening_socket = kListenFd, .router = std::move(router)}); !port)
        return port.error();
    }
    report(fmt::format("{} {}", part_.id, pid_));
    ::close(kReportFd);
    return {};
  }

  int loop() {
    for (;;) {
      const int signal_number = wait_for_signal(kTick);
      if (signal_number == SIGCHLD) {
        if (!children_.reap().empty()) return 1;  // as vLLM: without its engine or a worker it ends
      } else if (signal_number != 0) {
        return 0;
      }
      if (plays_orphan()) return 0;
      tick();
    }
  }

  double traffic_seconds() const { return std::chrono::duration<double>(clock_.monotonic() - std::chrono::nanoseconds{settings_.epoch_ns}).count(); }

  /// With the incident "orphan" the root of the server is killed without a word, and its engine outlives it until the incident is over.
  /// True: this process has done its part.
  bool plays_orphan() const {
    if (settings_.incident.kind != IncidentKind::orphan || part_.kind != "vllm") return false;
    const double now = traffic_seconds();
    if (part_.started_by.empty() && settings_.incident.lasts(now)) ::raise(SIGKILL);
    return !part_.started_by.empty() && (now >= settings_.incident.end_seconds || ::kill(static_cast<pid_t>(settings_.demo_pid), 0) != 0);
  }

  void tick() {
    const std::vector<TrafficEvent> events = traffic_.advance(traffic_seconds());
    metrics_.observe(events, traffic_);
    published_->publish(std::make_shared<const ServerMetrics>(metrics_));
    if (log_) log_->append(lines_.lines(events, traffic_, metrics_, clock_.now()));
    write_gpu_info();
    memory_.use(traffic_.kv_cache_usage());
    const Load& load = part_.load;
    const double cores = std::min(load.cpu_max, load.cpu_idle + load.cpu_per_request * static_cast<double>(traffic_.running()));
    burn_cpu(cores * std::chrono::duration<double>(kTick).count());
  }

  void write_gpu_info() {
    if (!part_.gpu || clock_.monotonic() < gpu_info_due_) return;
    gpu_info_due_ = clock_.monotonic() + kGpuInfoInterval;
    const bool leaks = settings_.incident.kind == IncidentKind::leak && part_.kind == "vllm";
    const auto leaked = static_cast<uint64_t>(leaks ? kLeakBytes * settings_.incident.progress(traffic_seconds()) : 0);
    const auto written = write_file_atomically(gpu_info_path(settings_.logs, pid_), gpu_info_json(pid_, *part_.gpu, traffic_, clock_.now(), leaked));
    if (!written) log::warn("the simulated process goes on without its gpu-info file", {{"error", written.error().message}});
  }

  void leave() {
    children_.end();
    if (server_) server_->stop();
    std::error_code ignored;
    if (part_.gpu) std::filesystem::remove(gpu_info_path(settings_.logs, pid_), ignored);
    if (log_) log_->leave(settings_.keep_logs);
    folder_.leave();
  }

  const ProcessSettings settings_;
  const Part& part_;
  const int64_t pid_;
  const SystemClock clock_;
  WorkFolder folder_;
  Traffic traffic_;
  ServerMetrics metrics_;
  LogLines lines_;
  ResidentMemory memory_;
  MappedFile model_file_;
  std::list<MappedFile> libraries_;
  Children children_;
  std::optional<LogFile> log_;
  std::chrono::nanoseconds gpu_info_due_{0};
  std::shared_ptr<Published<ServerMetrics>> published_ = std::make_shared<Published<ServerMetrics>>();
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace

std::optional<int> run_if_simulated() {
  const auto settings = settings_from_environment();
  if (!settings) return std::nullopt;
  if (!*settings) {
    log::error(settings->error().message);
    return 2;
  }
  block_signals();
  const bool outlives_parent = (*settings)->incident.kind == IncidentKind::orphan && (*settings)->part->id == "vllm-engine";
  if (!outlives_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != (*settings)->parent_pid) return 0;  // it died before we asked to be told
  ::prctl(PR_SET_NAME, std::string((*settings)->part->comm).c_str());
  auto folder = WorkFolder::join((*settings)->folder);
  if (!folder) {
    report(folder.error().message);
    return 1;
  }
  return SimulatedProcess(**settings, std::move(*folder)).run();
}

}  // namespace monitorai::app::demo

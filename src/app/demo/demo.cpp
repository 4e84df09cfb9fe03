#include "app/demo/demo.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "app/demo/answers.h"
#include "app/demo/children.h"
#include "app/demo/gpu_info.h"
#include "app/demo/log_file.h"
#include "app/demo/overview.h"
#include "app/demo/traces.h"
#include "app/demo/work_folder.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

namespace monitorai::app::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kStartTimeout{20};
constexpr std::chrono::seconds kAnswersEvery{1};
constexpr uint64_t kAnswersEach = 5;
constexpr std::string_view kAnsweringModel = "Qwen/Qwen2.5-7B-Instruct";

std::string errno_text(std::string_view doing) { return system_error(doing, errno).message; }

/// A socket that listens on loopback from here on, so that nobody takes its port before the process has started that will answer on it.
struct Listening {
  Fd socket;
  uint16_t port = 0;
};
/// On the port `wanted`, or on any where that one is taken.
Result<Listening> listen_on(uint16_t wanted) {
  for (const uint16_t candidate : {wanted, uint16_t{0}}) {
    Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(candidate);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const int yes = 1;
    ::setsockopt(fd.number(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(fd.number(), generic, size) == 0 && ::listen(fd.number(), SOMAXCONN) == 0 && ::getsockname(fd.number(), generic, &size) == 0)
      return Listening{std::move(fd), ntohs(address.sin_port)};
  }
  return Error{Code::unavailable, errno_text("cannot find a free port on 127.0.0.1")};
}

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("cannot make a pipe", errno);
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

class Demo {
 public:
  Demo(const DemoSettings& settings, fs::path directory, WorkFolder folder)
      : settings_(settings), directory_(std::move(directory)), logs_(directory_ / "logs"), folder_(std::move(folder)) {}

  Result<void> run() {
    Result<void> result = start();
    if (result) result = wait();
    leave();
    return result;
  }

 private:
  bool wants(const Part& part) const {
    return settings_.only.empty() || std::find(settings_.only.begin(), settings_.only.end(), part.kind) != settings_.only.end();
  }

  Result<void> start() {
    MAI_TRY(make_logs());
    MAI_TRY_ASSIGN(Pipe pipe, make_pipe());
    for (const Part& part : all_parts()) {
      if (!wants(part)) continue;
      overview_.push_back({.part = &part});
      if (!part.started_by.empty()) continue;
      ProcessSettings process{.part = &part, .folder = folder_.path(), .logs = logs_, .port = 0, .seed = settings_.seed,
                              .epoch_ns = clock_.monotonic().count(), .parent_pid = 0, .keep_logs = settings_.keep_logs,
                              .incident = settings_.incident, .demo_pid = ::getpid()};
      Listening listening;
      if (part.port_wanted != 0) {
        MAI_TRY_ASSIGN(listening, listen_on(part.port_wanted));
        process.port = overview_.back().port = listening.port;
      }
      if (part.runtime == Runtime::vllm && part.port_wanted != 0) served_ = {&part, process.epoch_ns, process.port};
      if (const auto pid = children_.start(process, directory_, pipe.write.number(), listening.socket.number(), true); !pid) return pid.error();
    }
    pipe.write = Fd();
    MAI_TRY(wait_for_reports(pipe.read.number()));
    // A thread from here on: no process is forked any more.
    if (!settings_.otlp.empty() && served_.part != nullptr)
      traces_.emplace(settings_.otlp, Traffic(traffic_of(served_.part->kind, settings_.incident.kind), settings_.seed, settings_.incident), served_.epoch_ns, served_.port, served_.part->model);
    std::string text = settings_.json ? overview_json(overview_, logs_) : overview_text(overview_, logs_, left_alone_);
    if (!settings_.json) text += incident_text(settings_.incident);
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
    return {};
  }

  Result<void> make_logs() {
    std::error_code error;
    made_logs_ = fs::create_directories(logs_, error);
    if (error) return Error{Code::unavailable, fmt::format("cannot make {}: {}", logs_.native(), error.message())};
    for (const Part& part : all_parts()) {
      const std::string name(part.log);
      if (!wants(part) || name.empty() || log_files_.contains(name)) continue;
      auto log = LogFile::open(logs_ / name);
      if (log) {
        log_files_.emplace(name, std::move(*log));
      } else if (log.error().code == Code::invalid) {
        left_alone_.push_back(logs_ / name);
      } else {
        return log.error();
      }
    }
    return {};
  }

  /// Reads the line that each process writes when it runs; anything else is why one does not.
  Result<void> wait_for_reports(int fd) {
    const auto deadline = std::chrono::steady_clock::now() + kStartTimeout;
    size_t missing = overview_.size();
    std::string text;
    while (missing > 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
      char buffer[4096];
      const int polled = left.count() > 0 ? ::poll(&ready, 1, static_cast<int>(left.count())) : 0;
      if (polled < 0 && errno == EINTR) continue;
      if (polled <= 0) return Error{Code::unavailable, fmt::format("cannot start the demo: {} processes did not answer within {} s", missing, kStartTimeout.count())};
      const ssize_t n = ::read(fd, buffer, sizeof buffer);
      if (n <= 0) return Error{Code::unavailable, fmt::format("cannot start the demo: {} processes ended at once", missing)};
      text.append(buffer, static_cast<size_t>(n));
      for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        MAI_TRY(take_report(text.substr(0, end)));
        text.erase(0, end + 1);
        --missing;
      }
    }
    return {};
  }

  Result<void> take_report(std::string_view line) {
    const size_t space = line.find(' ');
    for (Started& started : overview_) {
      if (space == std::string_view::npos || started.part->id != line.substr(0, space)) continue;
      if (const auto pid = parse_integer<int64_t>(line.substr(space + 1))) {
        started.pid = *pid;
        return {};
      }
    }
    return Error{Code::unavailable, fmt::format("cannot start the demo: {}", line)};
  }

  Result<void> wait() {
    const auto end = clock_.monotonic() + settings_.duration;
    for (;;) {
      const bool forever = settings_.duration.count() == 0;
      const auto left = forever ? std::chrono::nanoseconds(std::chrono::hours(1)) : end - clock_.monotonic();
      if (left.count() <= 0) return {};
      const int signal_number = wait_for_signal(sends_answers() ? std::min<std::chrono::nanoseconds>(left, kAnswersEvery) : left);
      if (sends_answers()) send_answers();
      if (signal_number != 0 && signal_number != SIGCHLD) return {};
      for (const Children::Ended& ended : children_.reap())
        log::warn("a simulated process ended", {{"process", ended.part->process}, {"pid", ended.pid}, {"how", ended.how}});
      // An orphan lives on without anybody whose child it is.
      if (children_.empty() && settings_.incident.kind != IncidentKind::orphan) return Error{Code::unavailable, "cannot go on: the last simulated process ended"};
    }
  }

  bool sends_answers() const { return settings_.incident.kind == IncidentKind::hallucination || settings_.incident.kind == IncidentKind::drift; }

  /// What the simulated server was asked and answered in the last second, to be judged by the program beside it.
  void send_answers() {
    if (clock_.monotonic() < answers_due_) return;
    answers_due_ = clock_.monotonic() + kAnswersEvery;
    const double seconds = std::chrono::duration<double>(clock_.monotonic() - began_).count();
    std::vector<AskedAnswer> answers;
    while (answers.size() < kAnswersEach) answers.push_back(asked_answer(settings_.seed * 1'000'000'007 + answered_++, settings_.incident, seconds));
    const auto sent = post(settings_.serve, "/api/v1/quality/evaluate?wait=false", evaluations_json(answers, kAnsweringModel, fmt::format("demo/{}", incident_name(settings_.incident.kind))), {{"Content-Type", "application/json"}});
    const bool taken = sent && sent->status / 100 == 2;
    if (!taken && !answers_refused_)
      log::warn("answers are not judged", {{"url", settings_.serve.url}, {"error", sent ? fmt::format("HTTP status {}: {}", sent->status, trim(sent->body)) : sent.error().message}});
    answers_refused_ = !taken;
  }

  void leave() {
    traces_.reset();
    children_.end();
    std::error_code ignored;
    for (const Started& started : overview_)  // of those whose parent was killed too
      if (started.pid != 0 && started.part->gpu) fs::remove(gpu_info_path(logs_, started.pid), ignored);
    for (auto& [name, log] : log_files_) log.leave(settings_.keep_logs);
    if (made_logs_) ::rmdir(logs_.c_str());  // only when nothing is in it
    folder_.leave();
  }

  const DemoSettings& settings_;
  const SystemClock clock_;
  const fs::path directory_;
  const fs::path logs_;
  WorkFolder folder_;
  bool made_logs_ = false;
  std::map<std::string, LogFile> log_files_;
  std::vector<fs::path> left_alone_;
  std::vector<Started> overview_;
  Children children_;
  struct Served {
    const Part* part = nullptr;
    int64_t epoch_ns = 0;
    uint16_t port = 0;
  } served_;  ///< the vLLM server
  std::optional<TraceSender> traces_;
  const std::chrono::nanoseconds began_ = clock_.monotonic();
  std::chrono::nanoseconds answers_due_{0};
  uint64_t answered_ = 0;
  bool answers_refused_ = false;
};

}  // namespace

Result<void> run_demo(const DemoSettings& settings) {
  const std::vector<std::string> known = kinds();
  for (const std::string& kind : settings.only) {
    if (std::find(known.begin(), known.end(), kind) != known.end()) continue;
    return Error{Code::invalid, fmt::format("cannot simulate \"{}\": it is one of {}", kind, join(known, ", "))};
  }
  std::error_code error;
  const fs::path directory = fs::canonical(settings.directory, error);
  if (error) return Error{Code::not_found, fmt::format("cannot use the folder {}: {}", settings.directory.native(), error.message())};
  block_signals();
  const fs::path places[] = {fs::temp_directory_path(), directory};
  MAI_TRY_ASSIGN(WorkFolder folder, WorkFolder::create(places));
  return Demo(settings, directory, std::move(folder)).run();
}

}  // namespace monitorai::app::demo

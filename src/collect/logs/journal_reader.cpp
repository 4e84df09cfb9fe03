#include "collect/logs/journal_reader.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "collect/logs/json_value.h"

extern char** environ;

namespace monitorai::collect {
namespace {

std::string field_text(const JsonValue& entry, std::string_view name) {
  const JsonValue* value = entry.field(name);
  if (value == nullptr) return {};
  if (value->kind != JsonValue::Kind::array) return plain_text(*value);
  // Bytes that are no UTF-8 come as numbers.
  std::string out;
  for (const JsonValue& item : value->items)
    if (const auto byte = parse_integer<unsigned>(item.text); byte && *byte < 256) out += static_cast<char>(*byte);
  return out;
}

std::string_view level_of_priority(std::string_view priority) {
  if (priority.size() != 1) return {};
  switch (priority[0]) {
    case '0': case '1': case '2': return "critical";
    case '3': return "error";
    case '4': return "warn";
    case '5': return "info";
    case '7': return "debug";
    default: return {};
  }
}

}  // namespace

std::optional<JournalEntry> read_journal_line(std::string_view line) {
  const auto json = parse_json(line);
  if (!json || json->kind != JsonValue::Kind::object) return std::nullopt;
  JournalEntry out;
  out.cursor = field_text(*json, "__CURSOR");
  const auto micros = parse_integer<int64_t>(field_text(*json, "__REALTIME_TIMESTAMP"));
  if (out.cursor.empty() || !micros || *micros < 0 || *micros > INT64_MAX / 1000) return std::nullopt;
  out.time = {*micros * 1000};
  out.message = field_text(*json, "MESSAGE");
  out.level = level_of_priority(field_text(*json, "PRIORITY"));
  out.pid = field_text(*json, "_PID");
  return out;
}

JournalReader::~JournalReader() { end_child(); }

void JournalReader::end_child() {
  output_ = Fd();
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void JournalReader::start() {
  std::vector<std::string> arguments{program_, "--output=json", "--follow", "--no-pager", "--quiet", "--all"};
  if (cursor_.empty()) arguments.push_back(fmt::format("--lines={}", kJournalHistoryLines));
  else arguments.insert(arguments.end(), {"--lines=all", "--after-cursor=" + cursor_});
  arguments.insert(arguments.end(), {"_SYSTEMD_UNIT=" + unit_, "+", "_SYSTEMD_USER_UNIT=" + unit_});
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  Fd reading(ends[0]), writing(ends[1]);
  ::fcntl(reading.number(), F_SETFL, O_NONBLOCK);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writing.number(), STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, program_.c_str(), &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return;
  pid_ = pid;
  output_ = std::move(reading);
  half_.clear();
  skipping_ = false;
}

std::vector<JournalEntry> JournalReader::read(std::chrono::nanoseconds monotonic) {
  std::vector<JournalEntry> out;
  if (pid_ < 0) {
    if (monotonic < start_at_) return out;
    start();
    start_at_ = monotonic + pause_;
    pause_ = std::min(pause_ * 2, kJournalPauseMax);
    if (pid_ < 0) return out;
  }
  std::array<char, 64 * 1024> buffer;
  for (size_t total = 0; total < kJournalReadBytesMax;) {
    const ssize_t n = ::read(output_.number(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    if (n == 0) {
      end_child();
      ++restarts_;
      break;
    }
    total += static_cast<size_t>(n);
    for (std::string_view bytes(buffer.data(), static_cast<size_t>(n)); !bytes.empty();) {
      const size_t end = bytes.find('\n');
      if (!skipping_) half_ += bytes.substr(0, end);
      if (half_.size() > kJournalLineBytesMax) {
        half_.clear();
        skipping_ = true;
        ++skipped_;
      }
      if (end == std::string_view::npos) break;
      if (!skipping_)
        if (auto entry = read_journal_line(half_)) {
          cursor_ = entry->cursor;
          pause_ = kJournalPauseFirst;
          out.push_back(std::move(*entry));
        }
      half_.clear();
      skipping_ = false;
      bytes.remove_prefix(end + 1);
    }
  }
  return out;
}

}  // namespace monitorai::collect

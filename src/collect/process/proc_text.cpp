#include "collect/process/proc_text.h"

#include <arpa/inet.h>

#include <cstring>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kDeleted = " (deleted)";
constexpr uint64_t kKernelThreadFlag = 0x00200000;  // PF_KTHREAD of linux/sched.h
constexpr std::string_view kTcpListen = "0A";       // TCP_LISTEN of net/tcp_states.h

/// Fields separated by spaces, front to back, without allocating.
class Fields {
 public:
  explicit Fields(std::string_view text) : rest_(text) {}
  std::string_view next() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
    size_t end = 0;
    while (end < rest_.size() && rest_[end] != ' ' && rest_[end] != '\t' && rest_[end] != '\n') ++end;
    const std::string_view field = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return field;
  }
  void skip(int count) {
    while (count-- > 0) next();
  }
  uint64_t number() { return parse_integer<uint64_t>(next()).value_or(0); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

std::string_view next_line(std::string_view& text) {
  const size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

std::string_view value_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':') return trim(line.substr(name.size() + 1));
  }
  return {};
}

bool is_shared_object(std::string_view name) {
  const size_t at = name.rfind(".so");
  return at != std::string_view::npos && at > 0 && (at + 3 == name.size() || name[at + 3] == '.');
}

void add_once(std::vector<std::string>& all, std::string_view one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.emplace_back(one);
}

/// The kernel prints IPv4 as one and IPv6 as four words in the machine's byte order.
std::optional<std::string> parse_address(std::string_view hex) {
  if (hex.size() != 8 && hex.size() != 32) return std::nullopt;
  std::array<uint32_t, 4> words{};
  for (size_t i = 0; i < hex.size() / 8; ++i) {
    const char* first = hex.data() + i * 8;
    const auto [end, error] = std::from_chars(first, first + 8, words[i], 16);
    if (error != std::errc{} || end != first + 8) return std::nullopt;
  }
  char text[INET6_ADDRSTRLEN];
  if (::inet_ntop(hex.size() == 8 ? AF_INET : AF_INET6, words.data(), text, sizeof text) == nullptr) return std::nullopt;
  return std::string(text);
}

}  // namespace

bool parse_stat(std::string_view text, uint64_t page_bytes, ProcessStat& out) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return false;
  const auto pid = parse_integer<int64_t>(trim(text.substr(0, open)));
  if (!pid) return false;
  Fields fields(text.substr(close + 1));
  const std::string_view state = fields.next();
  const auto parent = parse_integer<int64_t>(fields.next());
  if (state.size() != 1 || !parent) return false;
  fields.skip(4);  // 5 pgrp, session, tty_nr, tpgid
  const uint64_t flags = fields.number();
  fields.skip(4);  // 10 minflt .. cmajflt
  const uint64_t user = fields.number(), system = fields.number();
  fields.skip(4);  // 16 cutime, cstime, priority, nice
  const uint64_t threads = fields.number();
  fields.skip(1);  // 21 itrealvalue
  const std::string_view start = fields.next();
  const auto start_ticks = parse_integer<uint64_t>(start);
  if (!start_ticks) return false;
  fields.skip(1);  // 23 vsize
  const uint64_t pages = fields.number();
  fields.skip(1);  // 25 rsslim
  const uint64_t start_code = fields.number();
  fields.skip(1);  // 27 endcode
  const uint64_t start_stack = fields.number();
  fields.skip(19);  // 29 kstkesp .. 47 start_brk
  const uint64_t arguments_start = fields.number();
  out.pid = *pid;
  out.comm.assign(text.substr(open + 1, close - open - 1));
  out.state = state.front();
  out.parent_pid = *parent;
  out.is_kernel_thread = (flags & kKernelThreadFlag) != 0;
  out.cpu_ticks = user + system;
  out.threads = threads;
  out.start_ticks = *start_ticks;
  out.memory_bytes = pages * page_bytes;
  // Address space randomisation gives every exec another stack; the kernel shows 0 or 1 to those who may not trace the process.
  out.image = start_stack <= 1 ? 0 : start_code * 0x9E3779B97F4A7C15u ^ start_stack * 0xC2B2AE3D27D4EB4Fu ^ arguments_start;
  return true;
}

std::vector<std::string> parse_arguments(std::string_view text) {
  while (!text.empty() && text.back() == '\0') text.remove_suffix(1);
  std::vector<std::string> arguments;
  if (text.empty()) return arguments;
  for (const std::string_view argument : split(text, '\0')) arguments.emplace_back(argument);
  // A title that is shorter than what it overwrote leaves blanks, or an empty tail, behind it.
  if (arguments.size() == 1) arguments[0] = std::string(trim(arguments[0]));
  return arguments;
}

std::map<std::string, std::string> parse_environment(std::string_view text, const std::function<bool(std::string_view)>& wanted) {
  std::map<std::string, std::string> environment;
  while (!text.empty()) {
    const size_t end = text.find('\0');
    const std::string_view entry = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos || equals == 0 || !wanted(entry.substr(0, equals))) continue;
    environment.try_emplace(std::string(entry.substr(0, equals)), entry.substr(equals + 1));
  }
  return environment;
}

std::optional<ProcessOwner> parse_owner(std::string_view text, int64_t pid) {
  const auto uid = parse_integer<uint32_t>(Fields(value_of(text, "Uid")).next());
  if (!uid) return std::nullopt;
  ProcessOwner owner{.uid = *uid, .namespace_pids = {}};
  Fields pids(value_of(text, "NSpid"));
  for (std::string_view field = pids.next(); !field.empty(); field = pids.next())
    if (const auto number = parse_integer<int64_t>(field)) owner.namespace_pids.push_back(*number);
  if (owner.namespace_pids.empty()) owner.namespace_pids.push_back(pid);
  return owner;
}

MappedFiles parse_maps(std::string_view text) {
  MappedFiles mapped;
  std::string_view before;
  while (!text.empty()) {
    // address perms offset dev inode path
    const std::string_view line = next_line(text);
    const size_t slash = line.find('/');
    if (slash == std::string_view::npos) continue;
    std::string_view path = line.substr(slash);
    if (path == before) continue;
    before = path;
    if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
    if (is_model_file(path)) {
      add_once(mapped.model_files, path);
    } else if (const std::string_view name = basename(path); is_shared_object(name)) {
      add_once(mapped.libraries, name);
    }
  }
  return mapped;
}

bool is_model_file(std::string_view path) {
  constexpr std::array<std::string_view, 8> kEndings{".gguf", ".safetensors", ".ggml", ".llamafile", ".onnx", ".ckpt", ".pth", ".engine"};
  if (std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) { return path.ends_with(ending); })) return true;
  const std::string_view name = basename(path);
  if (name.ends_with(".bin")) return name.starts_with("pytorch_model") || name.starts_with("ggml-") || name.starts_with("model-");
  // Ollama's blobs, and the blobs of a Hugging Face cache, are named by their digest.
  return name.starts_with("sha256-") && path.find("/blobs/") != std::string_view::npos;
}

std::optional<uint64_t> parse_kilobytes(std::string_view text, std::string_view name) {
  const auto kilobytes = parse_integer<uint64_t>(Fields(value_of(text, name)).next());
  if (!kilobytes) return std::nullopt;
  return *kilobytes * 1024;
}

std::optional<ProcessIo> parse_io(std::string_view text) {
  const auto read = parse_integer<uint64_t>(value_of(text, "read_bytes"));
  const auto written = parse_integer<uint64_t>(value_of(text, "write_bytes"));
  if (!read || !written) return std::nullopt;
  return ProcessIo{*read, *written};
}

bool parse_listening(std::string_view text, std::vector<ListeningSocket>& out) {
  while (!text.empty()) {
    // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
    Fields fields(next_line(text));
    const std::string_view number = fields.next();
    if (!number.ends_with(':')) continue;  // the heading
    const std::string_view local = fields.next();
    fields.skip(1);
    if (fields.next() != kTcpListen) return false;
    fields.skip(5);
    const auto inode = parse_integer<uint64_t>(fields.next());
    const size_t colon = local.find(':');
    if (!inode || colon == std::string_view::npos) continue;
    const std::string_view port_text = local.substr(colon + 1);
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port, 16);
    auto address = parse_address(local.substr(0, colon));
    if (error != std::errc{} || end != port_text.data() + port_text.size() || !address) continue;
    out.push_back({*inode, std::move(*address), port});
  }
  return true;
}

std::optional<uint64_t> parse_socket_link(std::string_view target) {
  constexpr std::string_view kPrefix = "socket:[";
  if (!target.starts_with(kPrefix) || !target.ends_with(']')) return std::nullopt;
  return parse_integer<uint64_t>(target.substr(kPrefix.size(), target.size() - kPrefix.size() - 1));
}

}  // namespace monitorai::collect

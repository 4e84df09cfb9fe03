#include "judge/spans/process_join.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeType;
using signals::AttributeValue;
using signals::Process;
using signals::Span;
using signals::SpanKind;
using signals::SpanOrigin;

/// Start times of processes have the grain of the kernel's ticks, and clocks of SDKs may be a little behind.
constexpr int64_t kStartSlackMs = 1000;
/// The hex digits of a container's id that a scan keeps, and that Docker takes for its host name.
constexpr size_t kContainerDigits = 12;
/// Beyond it a parent chain is not followed: it may be a cycle.
constexpr size_t kAncestorsMax = 1000;
constexpr int64_t kNsPerMs = 1'000'000;

std::optional<int64_t> integer_of(const AttributeValue* value) {
  if (value == nullptr) return std::nullopt;
  if (value->type == AttributeType::integer) return value->bits;
  if (value->type == AttributeType::text) return parse_integer<int64_t>(value->text);
  return std::nullopt;
}

std::optional<int64_t> integer_attribute(std::span<const Attribute> attributes, std::string_view key) {
  return integer_of(signals::find_attribute(attributes, key));
}

struct Peer {
  std::string host;  ///< "" when only the port is said
  int64_t port = 0;
};

/// Host and port of "http://host:port/path"; nullopt without a port.
std::optional<Peer> peer_of_url(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  const size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_integer<int64_t>(rest.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string_view host = rest.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return Peer{lower(host), *port};
}

std::optional<Peer> peer_of(std::span<const Attribute> attributes) {
  constexpr std::array<std::string_view, 4> kPorts{"server.port", "net.peer.port", "network.peer.port", "peer.port"};
  constexpr std::array<std::string_view, 6> kHosts{"server.address", "net.peer.name",      "network.peer.address",
                                                   "net.peer.ip",    "net.sock.peer.addr", "peer.address"};
  for (const std::string_view key : kPorts) {
    const auto port = integer_attribute(attributes, key);
    if (!port) continue;
    for (const std::string_view name : kHosts)
      if (const std::string_view host = signals::text_attribute(attributes, name); !host.empty()) return Peer{lower(host), *port};
    return Peer{"", *port};
  }
  for (const std::string_view key : {"url.full", "http.url"})
    if (auto peer = peer_of_url(signals::text_attribute(attributes, key))) return peer;
  return std::nullopt;
}

struct Found {
  KnownProcess process;
  JoinRole role = JoinRole::made;
  JoinedBy by = JoinedBy::resource;
};

class Join {
 public:
  Join(std::span<const Span> trace, const signals::ProcessSnapshot& now, std::span<const std::string> host_names, const PastProcess& past)
      : trace_(trace), now_(now), host_names_(host_names), past_(past) {
    for (size_t i = 0; i < trace.size(); ++i) by_id_.try_emplace(trace[i].id.value, i);
  }

  std::vector<ProcessOfTrace> run() {
    std::vector<std::optional<Found>> served(trace_.size());
    std::vector<std::optional<Found>> made(trace_.size());
    for (size_t i = 0; i < trace_.size(); ++i) {
      made[i] = maker(trace_[i]);
      served[i] = server(trace_[i]);
    }
    for (size_t i = 0; i < trace_.size(); ++i)
      if (!made[i]) made[i] = called(i, served);
    for (size_t i = 0; i < trace_.size(); ++i)
      for (std::optional<Found>* found : {&made[i], &served[i]})
        if (*found) add(**found, trace_[i].id);
    return std::move(out_);
  }

 private:
  bool is_here(std::string_view host) const {
    if (host.empty() || host == "localhost" || host == "::1" || host == "0.0.0.0" || host == "::" || host.starts_with("127.")) return true;
    return std::find(host_names_.begin(), host_names_.end(), host) != host_names_.end();
  }
  /// "box" is "box.example.com".
  bool is_this_host(std::string_view name) const {
    const std::string wanted = lower(name);
    return std::any_of(host_names_.begin(), host_names_.end(), [&](std::string_view own) {
      return own == wanted || own.substr(0, own.find('.')) == std::string_view(wanted).substr(0, wanted.find('.'));
    });
  }
  static bool ran_at(const Process& process, TimeNs at) { return process.started.ms <= at.ns / kNsPerMs + kStartSlackMs; }

  std::optional<KnownProcess> by_pid(int64_t pid, TimeNs at) {
    for (const Process& process : now_.processes)
      if (process.id.pid == pid && ran_at(process, at)) return known_process(process, now_);
    return ended(ProcessKey::pid, fmt::format("{}", pid), at);
  }
  /// Each key is asked for once: a trace is short beside the lives of processes.
  std::optional<KnownProcess> ended(ProcessKey key, std::string value, TimeNs at) {
    const auto known = past_known_.find({key, value});
    if (known != past_known_.end()) return known->second;
    if (past_known_.size() >= kPastKeysMax) return std::nullopt;
    auto found = past_(key, value, at);
    past_known_.emplace(std::pair(key, std::move(value)), found);
    return found;
  }
  std::optional<KnownProcess> by_container(std::string_view id, TimeNs at) {
    if (id.size() < kContainerDigits) return std::nullopt;
    const std::string digits = lower(id.substr(0, kContainerDigits));
    const Process* best = nullptr;
    for (const Process& process : now_.processes)
      if (process.container == digits && ran_at(process, at) && (best == nullptr || (process.is_root && !best->is_root))) best = &process;
    if (best == nullptr) return std::all_of(digits.begin(), digits.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }) ? ended(ProcessKey::container, digits, at) : std::nullopt;
    return known_process(*best, now_);
  }
  /// Who listens there. A process in another network namespace is one whose port a container runtime published, if nobody else has it.
  std::optional<KnownProcess> by_port(int64_t port, TimeNs at) {
    const Process* best = nullptr;
    int best_rank = 0;
    for (const Process& process : now_.processes)
      for (const signals::ListeningPort& listening : process.ports) {
        if (listening.port != port || !ran_at(process, at)) continue;
        const int rank = 1 + (process.is_root ? 1 : 0) + (listening.other_network ? 0 : 2);
        if (rank <= best_rank) continue;
        best = &process;
        best_rank = rank;
      }
    if (best == nullptr) return ended(ProcessKey::port, fmt::format("{}", port), at);
    return known_process(*best, now_);
  }

  std::optional<Found> maker(const Span& span) {
    const std::span<const Attribute> resource = span.origin->resource;
    const std::string_view host = signals::text_attribute(resource, "host.name");
    const std::string_view container = signals::text_attribute(resource, "container.id");
    if (auto found = by_container(container.empty() ? host : container, span.start))
      return Found{std::move(*found), JoinRole::made, JoinedBy::container};
    // In a container a pid is another one than here.
    const bool has_own_pids = !container.empty() || (!host.empty() && !is_this_host(host));
    if (has_own_pids) return std::nullopt;
    if (const auto pid = integer_attribute(resource, "process.pid"))
      if (auto found = by_pid(*pid, span.start)) return Found{std::move(*found), JoinRole::made, JoinedBy::resource};
    if (const auto pid = integer_attribute(span.attributes, "process.pid"))
      if (auto found = by_pid(*pid, span.start)) return Found{std::move(*found), JoinRole::made, JoinedBy::attribute};
    if (span.kind != SpanKind::server) return std::nullopt;
    const auto own = peer_of(span.attributes);
    if (!own || signals::find_attribute(span.attributes, "server.port") == nullptr || !is_here(own->host)) return std::nullopt;
    if (auto found = by_port(own->port, span.start)) return Found{std::move(*found), JoinRole::made, JoinedBy::port};
    return std::nullopt;
  }
  std::optional<Found> server(const Span& span) {
    if (span.kind == SpanKind::server || span.kind == SpanKind::consumer) return std::nullopt;
    const auto peer = peer_of(span.attributes);
    if (!peer || !is_here(peer->host)) return std::nullopt;
    // "localhost" of another host is not ours.
    const std::string_view host = signals::text_attribute(span.origin->resource, "host.name");
    if (!host.empty() && !is_this_host(host) && (peer->host.empty() || !is_this_host(peer->host))) return std::nullopt;
    if (auto found = by_port(peer->port, span.start)) return Found{std::move(*found), JoinRole::served, JoinedBy::port};
    return std::nullopt;
  }
  /// A span of a service that was called by a port of a process: that process made it.
  std::optional<Found> called(size_t span, const std::vector<std::optional<Found>>& served) const {
    const std::string_view service = trace_[span].origin->service();
    const Span* at = &trace_[span];
    for (size_t steps = 0; steps < kAncestorsMax && at->parent.valid(); ++steps) {
      const auto parent = by_id_.find(at->parent.value);
      if (parent == by_id_.end()) return std::nullopt;
      at = &trace_[parent->second];
      if (at->origin->service() == service) continue;
      if (!served[parent->second]) return std::nullopt;
      return Found{served[parent->second]->process, JoinRole::made, JoinedBy::caller};
    }
    return std::nullopt;
  }
  void add(const Found& found, signals::SpanId span) {
    const auto [place, is_new] = places_.try_emplace(found.process.pid, out_.size());
    if (is_new) out_.push_back({found.process, {}});
    out_[place->second].spans.push_back({span, found.role, found.by});
  }

  std::span<const Span> trace_;
  const signals::ProcessSnapshot& now_;
  std::span<const std::string> host_names_;
  const PastProcess& past_;
  std::unordered_map<uint64_t, size_t> by_id_;
  std::map<std::pair<ProcessKey, std::string>, std::optional<KnownProcess>> past_known_;
  std::map<int64_t, size_t> places_;
  std::vector<ProcessOfTrace> out_;
};

}  // namespace

std::string_view join_role_name(JoinRole role) { return role == JoinRole::made ? "made" : "served"; }

std::string_view joined_by_name(JoinedBy by) {
  constexpr std::array<std::string_view, 5> kNames{"resource", "container", "attribute", "port", "caller"};
  return kNames[static_cast<size_t>(by)];
}

KnownProcess known_process(const Process& process, const signals::ProcessSnapshot& snapshot) {
  KnownProcess out{.pid = process.id.pid,
                   .name = process.name,
                   .llm_type = process.llm_type,
                   .framework = process.verdict.framework,
                   .model = process.verdict.model,
                   .service = process.service,
                   .container = process.container,
                   .is_running = true,
                   .members = {},
                   .gpus = {}};
  for (const Process& member : snapshot.processes) {
    if (member.id.pid != process.id.pid && (process.service.empty() || member.service != process.service)) continue;
    out.members.push_back(member.id.pid);
    for (const signals::ProcessGpuUse& use : member.gpus) out.gpus.push_back(use.gpu);
  }
  std::sort(out.members.begin(), out.members.end());
  std::sort(out.gpus.begin(), out.gpus.end());
  out.gpus.erase(std::unique(out.gpus.begin(), out.gpus.end()), out.gpus.end());
  return out;
}

std::vector<ProcessOfTrace> join_processes(std::span<const Span> trace, const signals::ProcessSnapshot& now,
                                           std::span<const std::string> host_names, const PastProcess& past) {
  return Join(trace, now, host_names, past).run();
}

}  // namespace monitorai::judge

#include "collect/process/groups.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Process;
using signals::Service;

constexpr std::string_view kUnknown = "unknown";
constexpr size_t kNone = static_cast<size_t>(-1);

/// Servers that start a process for each model they serve.
bool serves_many(const Process& process) {
  constexpr std::array<std::string_view, 4> kFrameworks{"ollama", "localai", "triton", "llama-swap"};
  const auto& verdict = process.verdict;
  return std::find(kFrameworks.begin(), kFrameworks.end(), verdict.framework) != kFrameworks.end() ||
         (verdict.framework == "llama.cpp" && verdict.role == "router");
}

/// A model of its own below such a server.
bool is_runner(const Process& process) {
  const std::string& role = process.verdict.role;
  return role == "server" || role == "worker" || role == "runner";
}

/// "llm" of "ray::ServeReplica:llm:LLMServer"; "" for Ray's other workers.
std::string_view ray_application(std::string_view title) {
  constexpr std::string_view kReplica = "ray::ServeReplica:";
  if (!title.starts_with(kReplica)) return {};
  title.remove_prefix(kReplica.size());
  return title.substr(0, title.find(':'));
}

std::string service_key(const Process& root) {
  const auto& verdict = root.verdict;
  std::string key(verdict.framework.empty() ? std::string_view("llm") : std::string_view(verdict.framework));
  key += '/';
  key += verdict.model.empty() ? kUnknown : std::string_view(verdict.model);
  return fmt::format("{}@{}", key, root.id.pid);
}

template <class T>
void add(std::optional<T>& sum, const std::optional<T>& value) {
  if (value) sum = sum.value_or(T{}) + *value;
}

std::optional<uint64_t> gpu_memory(const Process& process) {
  std::optional<uint64_t> sum;
  for (const signals::ProcessGpuUse& use : process.gpus) add(sum, use.memory_bytes);
  return sum;
}

class Grouping {
 public:
  Grouping(std::vector<Process>& processes, const std::vector<Kinship>& kinship) : processes_(processes), kinship_(kinship), root_(processes.size(), kNone) {
    for (size_t i = 0; i < processes.size(); ++i) by_pid_.emplace(processes[i].id.pid, i);
  }

  std::vector<Service> run() {
    for (size_t i = 0; i < processes_.size(); ++i)
      if (processes_[i].verdict.is_llm) root_[i] = find_root(i, 0);
    join_ray_siblings();
    for (size_t i = 0; i < processes_.size(); ++i)
      if (root_[i] != kNone) mark(i);
    std::map<size_t, Service> services;
    for (size_t i = 0; i < processes_.size(); ++i)
      if (root_[i] != kNone) add_member(services[root_[i]], i);
    std::vector<Service> out;
    for (auto& [root, service] : services) out.push_back(std::move(service));
    return out;
  }

 private:
  size_t llm_parent(size_t i) const {
    const auto found = by_pid_.find(kinship_[i].llm_parent);
    return kinship_[i].llm_parent == 0 || found == by_pid_.end() || found->second == i ? kNone : found->second;
  }

  size_t find_root(size_t i, size_t depth) {
    const size_t parent = llm_parent(i);
    if (parent == kNone || depth > processes_.size()) return i;
    if (serves_many(processes_[parent]) && is_runner(processes_[i])) return i;
    return find_root(parent, depth + 1);
  }

  /// Ray's workers without an LLM above them: replicas of an application belong together, and what has no name goes with the only
  /// application below the same raylet.
  void join_ray_siblings() {
    std::map<std::pair<int64_t, std::string>, size_t> first;
    std::map<int64_t, std::vector<size_t>> applications;
    const auto is_ray_root = [&](size_t i) { return root_[i] == i && kinship_[i].title.starts_with("ray::"); };
    for (size_t i = 0; i < processes_.size(); ++i) {
      if (!is_ray_root(i)) continue;
      const std::string application(ray_application(kinship_[i].title));
      const auto [found, is_new] = first.try_emplace({processes_[i].parent_pid, application}, i);
      if (is_new && !application.empty()) applications[processes_[i].parent_pid].push_back(i);
      join(i, found->second);
    }
    for (const auto& [key, root] : first) {
      const auto found = applications.find(key.first);
      if (key.second.empty() && found != applications.end() && found->second.size() == 1) join(root, found->second.front());
    }
  }

  void join(size_t from, size_t to) {
    if (from == to) return;
    for (size_t& root : root_)
      if (root == from) root = to;
  }

  void mark(size_t i) {
    Process& process = processes_[i];
    const Process& root = processes_[root_[i]];
    process.is_root = root_[i] == i;
    if (process.verdict.framework.empty()) process.verdict.framework = root.verdict.framework;
    if (process.verdict.model.empty()) {
      process.verdict.model = root.verdict.model;
      process.verdict.model_ref = root.verdict.model_ref;
    }
    process.service = service_key(root);
    process.is_orphan = is_orphan(root_[i]);
  }

  /// An engine without its server: the server is known to have ended, or a title says that there must have been one. Only what still holds
  /// GPU memory does harm.
  bool is_orphan(size_t root) const {
    const Process& process = processes_[root];
    const bool engine = process.verdict.role == "worker" || process.verdict.role == "helper";
    const bool headless = kinship_[root].root_died || (kinship_[root].wrote_title && !kinship_[root].title.starts_with("ray::"));
    if (!engine || !headless || llm_parent(root) != kNone) return false;
    for (size_t i = 0; i < processes_.size(); ++i)
      if (root_[i] == root && gpu_memory(processes_[i]).value_or(0) > 0) return true;
    return false;
  }

  void add_member(Service& service, size_t i) const {
    const Process& process = processes_[i];
    const Process& root = processes_[root_[i]];
    if (service.key.empty()) {
      service.key = service_key(root);
      service.root = root.id;
      service.framework = root.verdict.framework;
      service.model = root.verdict.model;
      service.llm_type = root.llm_type;
      service.container = root.container;
      service.is_orphan = root.is_orphan;
      service.is_simulated = root.is_simulated;
    }
    service.members.push_back(process.id);
    for (const signals::ListeningPort& port : process.ports) {
      // Children often inherit the socket of their root.
      const auto same = [&](const signals::ListeningPort& other) { return other.port == port.port && other.address == port.address; };
      if (std::none_of(service.ports.begin(), service.ports.end(), same)) service.ports.push_back(port);
    }
    add(service.cpu_percent, process.cpu_percent);
    add(service.memory_bytes, process.proportional_memory_bytes ? process.proportional_memory_bytes : process.memory_bytes);
    add(service.gpu_memory_bytes, gpu_memory(process));
  }

  std::vector<Process>& processes_;
  const std::vector<Kinship>& kinship_;
  std::vector<size_t> root_;
  std::map<int64_t, size_t> by_pid_;
};

}  // namespace

std::vector<Service> group(std::vector<Process>& processes, const std::vector<Kinship>& kinship) {
  MAI_CHECK(processes.size() == kinship.size());
  return Grouping(processes, kinship).run();
}

}  // namespace monitorai::collect

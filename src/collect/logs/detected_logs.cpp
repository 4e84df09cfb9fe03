#include "collect/logs/detected_logs.h"

#include <set>

#include "base/text.h"
#include "collect/logs/glob.h"
#include "collect/logs/job_files.h"
#include "collect/logs/process_files.h"

namespace monitorai::collect {
namespace {

using signals::Label;
using signals::Labels;
using signals::Process;
using signals::Service;

constexpr size_t kContainerIdDigits = 12;

/// Who writes to a file: the services, and the one process of them where it is one.
struct Writers {
  HeldFile file;
  std::set<const Service*> services;
  std::set<int64_t> pids;
};

/// The value that all have; "" where they differ.
std::string common(const std::set<const Service*>& services, std::string Service::*member) {
  std::set<std::string> values;
  for (const Service* service : services) values.insert(service->*member);
  return values.size() == 1 ? *values.begin() : std::string{};
}

FileContext context_of(const std::set<const Service*>& services, const std::set<int64_t>& pids) {
  FileContext context;
  context.labels = Labels::from({{"framework", common(services, &Service::framework)}, {"model_name", common(services, &Service::model)}});
  if (services.size() != 1) return context;
  const Service& service = **services.begin();
  const int64_t pid = pids.size() == 1 ? *pids.begin() : service.root.pid;
  context.metadata = {{"pid", fmt::format("{}", pid)}, {"service", service.key}};
  return context;
}

FileSource source_of(std::string open_path, const std::string& shown, const std::string& job, LineFormat format, FileContext context) {
  context.labels = context.labels.with("job", job).with("filename", shown);
  return {.path = std::move(open_path), .origin = std::string(kDetectedOrigin), .format = format,
          .context = std::make_shared<const FileContext>(std::move(context))};
}

bool is_container_id(std::string_view id) {
  return id.size() >= kContainerIdDigits && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> out;
  const auto glob = Glob::parse(pattern);
  if (glob) glob->expand([&](const std::string& path) { out.push_back(path); }, [](const std::string&) {});
  return out;
}

LineFormat container_format(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  return (failed ? path : real.native()).ends_with("-json.log") ? LineFormat::docker : LineFormat::cri;
}

/// The files that Docker, containerd and CRI-O (under Kubernetes) and Podman write a container's output to.
std::vector<std::string> container_output(const std::filesystem::path& root, const std::string& container, const std::string& pod) {
  const std::string base = root == "/" ? std::string{} : root.native();
  for (const std::string& pattern : {base + "/var/lib/docker/containers/" + container + "*/*-json.log",
                                     base + "/var/log/containers/*-" + container + "*.log",
                                     base + "/var/lib/containers/storage/overlay-containers/" + container + "*/userdata/ctr.log"})
    if (auto found = expand(pattern); !found.empty()) return found;
  return pod.empty() ? std::vector<std::string>{} : expand(base + "/var/log/pods/*_" + pod + "/*/*.log");
}

bool is_service_of_models(std::string_view unit) {
  if (!unit.ends_with(".service") || unit.starts_with("user@")) return false;
  constexpr std::array<std::string_view, 8> kOthers{"docker.service", "containerd.service", "crio.service",      "kubelet.service",
                                                    "ssh.service",    "sshd.service",       "cron.service",      "gdm.service"};
  return std::find(kOthers.begin(), kOthers.end(), unit) == kOthers.end();
}

}  // namespace

DetectedLogs detect_logs(const signals::ProcessSnapshot& snapshot, const std::filesystem::path& proc, const std::filesystem::path& root) {
  DetectedLogs out;
  std::map<int64_t, const Process*> processes;
  for (const Process& process : snapshot.processes) processes[process.id.pid] = &process;
  std::map<FileIdentity, Writers> writers;
  std::map<std::string, std::set<const Service*>> units;
  std::set<std::string> containers;
  for (const Service& service : snapshot.services) {
    for (const signals::ProcessId& member : service.members) {
      for (HeldFile& file : held_log_files(proc, member.pid)) {
        Writers& one = writers[file.identity];
        if (one.file.path.empty()) one.file = std::move(file);
        one.services.insert(&service);
        one.pids.insert(member.pid);
      }
    }
    const auto process = processes.find(service.root.pid);
    if (process == processes.end()) continue;
    const Process& main = *process->second;
    if (is_container_id(main.container) && containers.insert(main.container).second) {
      FileContext context = context_of({&service}, {main.id.pid});
      context.metadata.insert(context.metadata.begin(), {"container", main.container});
      for (const std::string& path : container_output(root, main.container, main.pod))
        out.files.push_back(source_of(path, path, main.name, container_format(path), context));
    } else if (main.container.empty() && is_service_of_models(main.systemd_unit) && output_is_socket(proc, main.id.pid)) {
      units[main.systemd_unit].insert(&service);
    }
  }
  for (const auto& [identity, one] : writers) {
    const FileContext context = context_of(one.services, one.pids);
    out.holders[identity] = std::make_shared<const FileContext>(context);
    out.files.push_back(source_of(one.file.open_path, one.file.path, job_of_path(one.file.path), LineFormat::plain, context));
  }
  for (const auto& [unit, services] : units) {
    FileContext context = context_of(services, {});
    context.labels = context.labels.with("job", job_of_path(unit)).with("unit", unit);
    std::erase_if(context.metadata, [](const Label& label) { return label.name == "pid"; });  // the journal says it for each line
    out.units.push_back({unit, std::make_shared<const FileContext>(std::move(context))});
  }
  return out;
}

}  // namespace monitorai::collect

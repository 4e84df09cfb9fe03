#include "collect/process/collector.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "collect/process/argv.h"
#include "collect/process/cgroup.h"
#include "collect/process/groups.h"
#include "collect/process/redact.h"

namespace monitorai::collect {

using signals::GpuSource;
using signals::Process;
using std::chrono::nanoseconds;

namespace {

/// What a person calls the process: the script, not the interpreter; the title where there is one.
std::string display_name(const Evidence& evidence) {
  const Program program = resolve_program(evidence);
  std::string name;
  switch (program.kind) {
    case Program::Kind::title: name = program.name.substr(0, program.name.find(' ')); break;
    case Program::Kind::module: {
      const auto flag = std::find(evidence.argv.begin(), evidence.argv.end(), "-m");
      name = flag != evidence.argv.end() && flag + 1 != evidence.argv.end() ? *(flag + 1) : program.name;
      break;
    }
    case Program::Kind::script:
    case Program::Kind::native: name = basename(program.path); break;
    case Program::Kind::source:
    case Program::Kind::interactive: name = basename(evidence.exe.empty() ? evidence.argv.front() : evidence.exe); break;
    case Program::Kind::none: break;
  }
  if (name.empty()) name = evidence.comm;
  return to_valid_utf8(redact_text(name));
}

/// "embedding" for the runtimes that only embed or rank texts.
std::string llm_type(const signals::Verdict& verdict) {
  if (!verdict.is_llm) return {};
  constexpr std::array<std::string_view, 3> kEmbedding{"tei", "infinity", "sentence-transformers"};
  return std::find(kEmbedding.begin(), kEmbedding.end(), verdict.framework) != kEmbedding.end() ? "embedding" : "llm";
}

std::optional<uint64_t> memory_of(const std::vector<signals::ProcessGpuUse>& uses) {
  std::optional<uint64_t> sum;
  for (const signals::ProcessGpuUse& use : uses)
    if (use.memory_bytes) sum = sum.value_or(0) + *use.memory_bytes;
  return sum;
}

bool has_title(const signals::Verdict& verdict) {
  return std::any_of(verdict.reasons.begin(), verdict.reasons.end(), [](const signals::Reason& reason) { return reason.evidence == "title" && reason.weight > 0; });
}

}  // namespace

ProcessCollector::ProcessCollector(Procfs procfs, const Detector& detector, const Clock& clock, ProcessSettings settings)
    : procfs_(std::make_unique<Procfs>(std::move(procfs))),
      clock_(clock),
      settings_(settings),
      ports_(*procfs_, clock),
      scanner_(*procfs_, ports_, detector, clock) {
  if (!settings_.events || !procfs_->is_live()) return;
  if (auto events = ProcessEvents::subscribe()) {
    scanner_.use_events(*std::move(events));
  } else {
    log::info("processes are polled: the kernel's process events are not to be had", {{"cause", events.error().message}});
  }
}

std::shared_ptr<const signals::ProcessSnapshot> ProcessCollector::scan(const signals::GpuSnapshot* gpu) {
  const auto begin = std::chrono::steady_clock::now();
  ++scan_;
  ports_.begin_scan();
  const GpuUses gpus = gpu_uses(gpu);
  GpuMemory gpu_memory;
  for (const auto& [pid, uses] : gpus)
    if (const auto bytes = memory_of(uses)) gpu_memory.emplace(pid, *bytes);
  if (const auto done = scanner_.scan(gpu_memory); !done) log::error("cannot scan processes", {{"error", done.error().message}});

  auto snapshot = std::make_shared<signals::ProcessSnapshot>();
  snapshot->time = clock_.now();
  snapshot->scanned = scanner_.process_count();
  std::vector<Kinship> kinship;
  for (const JudgedProcess& judged : scanner_.judged()) {
    if (!judged.verdict->is_llm && !settings_.other_ai) continue;
    Measured& measured = measured_[judged.stat.pid];
    if (measured.start_ticks != judged.stat.start_ticks) measured = Measured();
    measured.start_ticks = judged.stat.start_ticks;
    measured.scan = scan_;
    snapshot->processes.push_back(measure(judged, measured, gpus));
    kinship.push_back({judged.root.pid, judged.root_died, judged.evidence->argv.empty() ? std::string() : judged.evidence->argv.front(), has_title(*judged.verdict)});
  }
  std::erase_if(measured_, [&](const auto& one) {
    if (one.second.scan != scan_) ports_.forget(one.first);
    return one.second.scan != scan_;
  });
  snapshot->services = group(snapshot->processes, kinship);
  last_scan_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  scan_seconds_total_ += last_scan_seconds_;
  return snapshot;
}

ProcessCollector::GpuUses ProcessCollector::gpu_uses(const signals::GpuSnapshot* gpu) const {
  GpuUses uses;
  if (gpu == nullptr) return uses;
  for (const signals::GpuProcess& process : gpu->processes) {
    int64_t pid = process.pid;
    // A process in a container writes its own idea of its pid into its file.
    if (process.source == GpuSource::file && !measured_.contains(pid)) {
      int64_t found = 0;
      size_t matches = 0;
      for (const auto& [outer, measured] : measured_)
        if (measured.namespace_pids.size() > 1 && measured.namespace_pids.back() == pid) {
          found = outer;
          ++matches;
        }
      if (matches == 1) pid = found;
    }
    uses[pid].push_back({process.gpu, process.source, process.memory_bytes, process.utilization_percent});
  }
  return uses;
}

Process ProcessCollector::describe(const ProcessStat& stat, const Evidence& evidence, const signals::Verdict& verdict) const {
  Process process;
  process.id = {stat.pid, stat.start_ticks};
  process.name = display_name(evidence);
  process.command_line = redact_command_line(evidence.argv);
  process.verdict = verdict;
  process.llm_type = llm_type(verdict);
  const auto simulated = evidence.environment.find(kSimulatedVariable);
  process.is_simulated = simulated != evidence.environment.end() && simulated->second == "1";
  const uint64_t per_second = procfs_->ticks_per_second();
  process.started = procfs_->boot_time() + std::chrono::milliseconds{stat.start_ticks * 1000 / per_second};
  count(stat, process);
  return process;
}

void ProcessCollector::count(const ProcessStat& stat, Process& process) const {
  process.parent_pid = stat.parent_pid;
  process.cpu_seconds = static_cast<double>(stat.cpu_ticks) / static_cast<double>(procfs_->ticks_per_second());
  process.memory_bytes = stat.memory_bytes;
  process.threads = stat.threads;
}

Process ProcessCollector::measure(const JudgedProcess& judged, Measured& measured, const GpuUses& gpus) {
  const ProcessStat& stat = judged.stat;
  if (measured.described_evidence != judged.evidence || measured.described_verdict != judged.verdict) {
    measured.described = describe(stat, *judged.evidence, *judged.verdict);
    measured.described_evidence = judged.evidence;
    measured.described_verdict = judged.verdict;
  }
  Process process = measured.described;
  count(stat, process);
  if (!measured.identified) identify(stat.pid, measured);
  process.user = measured.user;
  process.container = measured.container;
  process.pod = measured.pod;
  process.systemd_unit = measured.systemd_unit;

  const nanoseconds now = clock_.monotonic();
  if (measured.cpu_ticks && now > measured.cpu_time && stat.cpu_ticks >= *measured.cpu_ticks) {
    const double seconds = static_cast<double>(stat.cpu_ticks - *measured.cpu_ticks) / static_cast<double>(procfs_->ticks_per_second());
    process.cpu_percent = 100 * seconds / std::chrono::duration<double>(now - measured.cpu_time).count();
  }
  measured.cpu_ticks = stat.cpu_ticks;
  measured.cpu_time = now;
  measure_memory(judged, measured);
  process.proportional_memory_bytes = measured.proportional_memory;
  if (const auto count = procfs_->open_file_count(stat.pid)) process.open_files = *count;
  if (const auto io = procfs_->io(stat.pid)) {
    process.read_bytes = io->read_bytes;
    process.written_bytes = io->written_bytes;
  }
  if (auto ports = ports_.read(process.id, process.open_files)) process.ports = *std::move(ports);
  if (const auto uses = gpus.find(stat.pid); uses != gpus.end()) process.gpus = uses->second;
  return process;
}

void ProcessCollector::identify(int64_t pid, Measured& measured) {
  if (const auto owner = procfs_->owner(pid)) {
    measured.user = users_.name(owner->uid);
    measured.namespace_pids = owner->namespace_pids;
  }
  if (const auto groups = procfs_->control_groups(pid)) {
    CgroupIdentity identity = parse_cgroup(*groups);
    measured.container = std::move(identity.container);
    measured.pod = std::move(identity.pod);
    measured.systemd_unit = std::move(identity.systemd_unit);
  }
  measured.identified = true;
}

void ProcessCollector::measure_memory(const JudgedProcess& judged, Measured& measured) {
  const nanoseconds now = clock_.monotonic();
  if (now < measured.proportional_memory_due) return;
  const uint64_t rss = judged.stat.memory_bytes;
  const uint64_t moved = rss > measured.proportional_memory_rss ? rss - measured.proportional_memory_rss : measured.proportional_memory_rss - rss;
  if (now < measured.proportional_memory_stale && moved <= rss / kProportionalMemoryMove) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto bytes = procfs_->proportional_memory(judged.stat.pid);
  const nanoseconds took = std::chrono::steady_clock::now() - begin;
  measured.proportional_memory_due = now + took * kProportionalMemoryPause;
  measured.proportional_memory_stale = now + kProportionalMemoryInterval;
  measured.proportional_memory_rss = rss;
  measured.proportional_memory = bytes ? std::optional(*bytes) : std::nullopt;
}

ScanStatus ProcessCollector::status() const {
  return {.counters = scanner_.counters(),
          .last_scan_seconds = last_scan_seconds_,
          .scan_seconds_total = scan_seconds_total_,
          .processes = scanner_.process_count(),
          .kept_files = procfs_->kept_files()};
}

Result<ProcessCollector::Explanation> ProcessCollector::explain(int64_t pid, const signals::GpuSnapshot* gpu) {
  std::vector<signals::ProcessGpuUse> uses;
  if (gpu != nullptr)
    for (const signals::GpuProcess& process : gpu->processes)
      if (process.pid == pid) uses.push_back({process.gpu, process.source, process.memory_bytes, process.utilization_percent});
  auto read = scanner_.explain(pid, memory_of(uses));
  if (!read && read.error().code == Code::not_found)
    return Error{Code::not_found, fmt::format("cannot explain process {}: there is no such process", pid)};
  if (!read) return wrap(read.error(), fmt::format("cannot explain process {}", pid));
  Explanation explanation;
  explanation.process = describe(read->stat, *read->evidence, read->verdict);
  explanation.process.gpus = std::move(uses);
  explanation.executable = redact_text(read->evidence->exe);
  explanation.is_kernel_thread = read->stat.is_kernel_thread;
  Measured measured;
  identify(pid, measured);
  explanation.process.user = measured.user;
  explanation.process.container = measured.container;
  explanation.process.pod = measured.pod;
  explanation.process.systemd_unit = measured.systemd_unit;
  for (const Evidence* ancestor = read->evidence->parent.get(); ancestor != nullptr; ancestor = ancestor->parent.get())
    explanation.ancestors.push_back(display_name(*ancestor));
  return explanation;
}

}  // namespace monitorai::collect

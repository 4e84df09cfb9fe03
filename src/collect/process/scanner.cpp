#include "collect/process/scanner.h"

#include <algorithm>
#include <numeric>

#include "base/log.h"
#include "collect/process/recorded.h"
#include "collect/process/redact.h"

namespace monitorai::collect {
namespace {

using signals::ProcessId;
using std::chrono::nanoseconds;

ProcessId id_of(const ProcessStat& stat) { return {stat.pid, stat.start_ticks}; }

bool is_ai(const signals::Verdict& verdict) { return verdict.is_llm || verdict.is_ai; }

/// More evidence cannot change it: it is named in full, or something speaks clearly against it (a wrapper, a known tool).
bool is_settled(const signals::Verdict& verdict) {
  if (verdict.is_llm) return !verdict.framework.empty() && !verdict.model.empty();
  const double weight = std::accumulate(verdict.reasons.begin(), verdict.reasons.end(), 0.0, [](double sum, const auto& reason) { return sum + reason.weight; });
  return weight < 0;
}

void add_missing(std::vector<std::string>& all, std::vector<std::string> more) {
  for (std::string& one : more)
    if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
}

}  // namespace

template <class T>
bool Scanner::note(const Result<T>& result) {
  if (result) return true;
  switch (result.error().code) {
    case Code::not_found: break;  // an answer: the caller knows what it means
    case Code::corrupt: ++counters_.corrupt; break;
    default: ++counters_.permission_denied; break;
  }
  return false;
}

void Scanner::use_events(ProcessEvents events) {
  events_ = std::move(events);
  counters_.has_events = true;
  last_full_pass_.reset();
}

Result<void> Scanner::scan(const GpuMemory& gpu_memory) {
  ++counters_.scans;
  if (events_) take_events();
  const bool resync = !events_ || !last_full_pass_ || clock_.monotonic() - *last_full_pass_ >= kResyncInterval;
  if (resync) {
    MAI_TRY(full_pass());
  } else {
    events_pass();
  }
  look_again(gpu_memory);
  publish();
  ai_changed_ = false;
  return {};
}

Result<void> Scanner::full_pass() {
  MAI_TRY(table_.pids(pids_));
  ++pass_;
  ++counters_.full_scans;
  last_full_pass_ = clock_.monotonic();
  pending_.clear();
  for (const int64_t pid : pids_) {
    const auto known = entries_.find(pid);
    if (known != entries_.end() && is_quiet(known->second)) {
      known->second.pass = pass_;
    } else {
      visit(pid);
    }
  }
  // visit() may have dropped some already; whoever was not listed has ended.
  std::vector<int64_t> ended;
  for (const auto& [pid, entry] : entries_)
    if (entry.pass != pass_) ended.push_back(pid);
  for (const int64_t pid : ended) drop(pid);
  return {};
}

bool Scanner::is_quiet(const Entry& entry) const {
  const bool its_turn = (pass_ + static_cast<uint64_t>(entry.stat.pid)) % kQuietScans == 0;
  return !its_turn && !events_ && !entry.ai && entry.kept && age_of(entry.stat) >= kQuietAge;
}

void Scanner::events_pass() {
  for (const int64_t pid : ai_pids_) pending_.try_emplace(pid, Pending::changed);
  std::vector<int64_t> pids;
  pids.reserve(pending_.size());
  for (const auto& [pid, kind] : pending_) pids.push_back(pid);
  pending_.clear();
  std::sort(pids.begin(), pids.end());  // parents before children, mostly
  for (const int64_t pid : pids) visit(pid);
}

bool Scanner::take_events() {
  if (!events_) return false;
  // What was new at the last call and still lives is worth a look; most of what starts has ended by now.
  std::vector<int64_t> due;
  for (auto& [pid, kind] : pending_) {
    if (kind == Pending::started) due.push_back(pid);
    if (due.size() >= kLooksPerTakeMax) break;
  }
  taken_.clear();
  const auto taken = events_->take(taken_);
  counters_.events += taken_.size();
  if (!taken && taken.error().code != Code::exhausted) {
    log::warn("process events have ended: all processes are polled from now on", {{"error", taken.error().message}});
    events_.reset();
    counters_.has_events = false;
    return true;
  }
  if (!taken && counters_.events_lost++ == 0)
    log::warn("process events were lost, all processes are looked at instead (logged once, counted in monitorai_process_events_lost_total)");
  if (!taken || pending_.size() > kPendingEventsMax) last_full_pass_.reset();
  for (const ProcessEvent& event : taken_) {
    switch (event.kind) {
      case ProcessEvent::Kind::started:
      case ProcessEvent::Kind::executed: pending_[event.pid] = Pending::started; break;
      case ProcessEvent::Kind::renamed: pending_.try_emplace(event.pid, Pending::changed); break;
      case ProcessEvent::Kind::ended: {
        // Most processes end before anybody looked at them: they cost nothing.
        const auto known = entries_.find(event.pid);
        if (known == entries_.end()) {
          pending_.erase(event.pid);
        } else {
          pending_[event.pid] = Pending::ended;
          if (known->second.ai) ai_changed_ = true;
        }
      }
    }
  }
  std::sort(due.begin(), due.end());
  for (const int64_t pid : due) {
    const auto still = pending_.find(pid);
    if (still == pending_.end() || still->second == Pending::ended) continue;
    pending_.erase(still);
    visit(pid);
  }
  return ai_changed_;
}

void Scanner::visit(int64_t pid) {
  auto known = entries_.find(pid);
  auto read = table_.stat(pid, stat_);
  if (!read && known != entries_.end() && read.error().code == Code::not_found) {
    // The process behind the open file has ended; another one may have its number already.
    drop(pid);
    known = entries_.end();
    read = table_.stat(pid, stat_);
  }
  if (!note(read)) {
    if (read.error().code == Code::not_found) ++counters_.vanished;
    if (known != entries_.end()) drop(pid);
    return;
  }
  if (known != entries_.end() && known->second.stat.start_ticks != stat_.start_ticks) {
    drop(pid);
    known = entries_.end();
  }
  if (stat_.ended()) {
    if (known != entries_.end()) drop(pid);
    return;
  }
  if (known == entries_.end()) {
    Entry& entry = entries_[pid];
    entry.stat = stat_;
    entry.pass = pass_;
    first_sight(entry);
    return;
  }
  Entry& entry = known->second;
  const bool another_program = entry.stat.image != stat_.image;
  const bool renamed = entry.stat.comm != stat_.comm;
  entry.stat = stat_;
  entry.pass = pass_;
  if (!entry.kept) {
    table_.keep(pid);
    entry.kept = true;
  }
  if (another_program) entry.evidence.reset();
  if (another_program || renamed) judge(entry, false);
}

void Scanner::first_sight(Entry& entry) {
  if (entry.stat.is_kernel_thread) return;
  // A fork that has not executed anything is what its parent is; only children of AI processes are worth reading.
  if (entry.stat.image != 0) {
    const auto parent = entries_.find(entry.stat.parent_pid);
    if (parent != entries_.end() && !parent->second.ai && parent->second.stat.image == entry.stat.image && parent->second.stat.comm == entry.stat.comm) {
      schedule(entry);
      return;
    }
  }
  judge(entry, false);
}

void Scanner::read_light(const ProcessStat& stat, Evidence& evidence, bool same_program) {
  const int64_t pid = stat.pid;
  evidence.comm = stat.comm;
  if (auto arguments = table_.arguments(pid); note(arguments)) evidence.argv = *std::move(arguments);
  if (same_program) return;  // a new title: it has overwritten the environment too
  if (auto exe = table_.executable(pid); note(exe)) evidence.exe = *std::move(exe);
  if (auto cwd = table_.working_directory(pid); note(cwd)) evidence.cwd = *std::move(cwd);
  if (auto environment = table_.environment(pid, environment_name_allowed); note(environment)) evidence.environment = *std::move(environment);
}

void Scanner::read_heavy(const ProcessStat& stat, Evidence& evidence) {
  const int64_t pid = stat.pid;
  if (auto mapped = table_.mapped_files(pid); note(mapped)) {
    evidence.libraries = std::move(mapped->libraries);
    evidence.model_files = std::move(mapped->model_files);
  }
  if (auto files = table_.open_model_files(pid); note(files)) add_missing(evidence.model_files, *std::move(files));
  if (auto listening = ports_.read(id_of(stat), std::nullopt); note(listening)) {
    evidence.listening_ports.clear();
    for (const signals::ListeningPort& one : *listening) evidence.listening_ports.push_back(one.port);
  }
}

Scanner::Judgement Scanner::judge(const ProcessStat& stat, Evidence& evidence, bool heavy) {
  Judgement light{detector_.judge(evidence)};
  if (!heavy && !is_ai(light.verdict) && (stat.memory_bytes < kHeavyBytes || is_settled(light.verdict))) return light;
  read_heavy(stat, evidence);
  // What `monitorai demo` starts has no library of any framework, and says so.
  if (evidence.environment.contains(kSimulatedVariable)) evidence.libraries.clear();
  Judgement full{detector_.judge(evidence)};
  if (is_ai(light.verdict) && !is_ai(full.verdict) && age_of(stat) < kImportTime) {
    // That a library is missing says nothing yet.
    evidence.libraries.clear();
    return {detector_.judge(evidence), true};
  }
  return full;
}

// A runner of Ollama knows its model as a blob; the manifests beside the blobs know its name.
void Scanner::name_ollama_blob(int64_t pid, signals::Verdict& verdict) {
  auto name = ollama_model_of_blob_path(table_.root_directory(pid), verdict.model_ref);
  if (!name) return;
  verdict.reasons.push_back({"file", fmt::format("Ollama's manifests name the blob {}", *name), 0});
  verdict.model = *std::move(name);
}

void Scanner::judge(Entry& entry, bool heavy) {
  ++counters_.judged;
  const bool same_program = entry.evidence != nullptr;
  auto evidence = same_program ? std::make_shared<Evidence>(*entry.evidence) : std::make_shared<Evidence>();
  read_light(entry.stat, *evidence, same_program);
  if (Entry* parent = parent_of(entry)) evidence->parent = evidence_of(*parent, 1);
  if (entry.gpu_memory > 0) evidence->gpu_memory_bytes = entry.gpu_memory;
  auto [verdict, provisional] = judge(entry.stat, *evidence, heavy || entry.gpu_memory > 0);
  if (entry.ai && same_program) {
    // A title says less than the command line that it overwrote: what was known of this program stays known.
    const signals::Verdict& before = *entry.ai->verdict;
    if (!is_ai(verdict)) verdict = before;
    if (verdict.framework.empty()) verdict.framework = before.framework;
    if (verdict.model.empty()) {
      verdict.model = before.model;
      verdict.model_ref = before.model_ref;
    }
  }
  if (verdict.framework == "ollama" && verdict.model.empty() && !verdict.model_ref.empty()) name_ollama_blob(entry.stat.pid, verdict);
  if (is_ai(verdict)) {
    if (!entry.ai) {
      entry.ai = std::make_unique<Ai>();
      ai_pids_.insert(entry.stat.pid);
      ai_changed_ = true;
    }
    const bool settled = is_settled(verdict) && !provisional;
    entry.ai->verdict = std::make_shared<const signals::Verdict>(std::move(verdict));
    entry.evidence = std::move(evidence);
    if (settled) {
      entry.look_again = nanoseconds::max();
    } else {
      schedule(entry);
    }
    return;
  }
  if (ai_pids_.erase(entry.stat.pid) > 0) ai_changed_ = true;
  entry.ai.reset();
  entry.evidence.reset();
  if (is_settled(verdict)) {
    entry.look_again = nanoseconds::max();
  } else {
    schedule(entry);
  }
}

void Scanner::schedule(Entry& entry) {
  // The older it is, the less it changes: again when it is half as old again.
  entry.look_again = clock_.monotonic() + std::clamp<nanoseconds>(age_of(entry.stat) / 2, kLookAgainMin, kLookAgainMax);
}

std::chrono::milliseconds Scanner::age_of(const ProcessStat& stat) const {
  return clock_.now() - table_.boot_time() - std::chrono::milliseconds{stat.start_ticks * 1000 / table_.ticks_per_second()};
}

void Scanner::look_again(const GpuMemory& gpu_memory) {
  for (const auto& [pid, bytes] : gpu_memory) {
    const auto known = entries_.find(pid);
    if (known == entries_.end() || bytes == 0) continue;
    Entry& entry = known->second;
    const bool first_time = entry.gpu_memory == 0;
    entry.gpu_memory = bytes;
    if (first_time) judge(entry, true);
  }
  const nanoseconds now = clock_.monotonic();
  pids_.clear();
  for (const auto& [pid, entry] : entries_)
    if (entry.look_again <= now) pids_.push_back(pid);
  size_t light = 0, heavy = 0;
  for (const int64_t pid : pids_) {
    if (heavy >= kHeavyLooksPerScanMax) break;
    Entry& entry = entries_.at(pid);
    if (events_ && !entry.ai) {
      if (++light > kLightLooksPerScanMax) continue;
      if (!note(table_.stat(pid, stat_)) || stat_.start_ticks != entry.stat.start_ticks || stat_.ended()) {
        drop(pid);
        continue;
      }
      entry.stat = stat_;
    }
    if (!entry.ai && entry.stat.memory_bytes < kHeavyBytes) {
      schedule(entry);
      continue;
    }
    ++heavy;
    judge(entry, true);
  }
}

void Scanner::drop(int64_t pid) {
  const auto known = entries_.find(pid);
  if (known == entries_.end()) return;
  if (ai_pids_.erase(pid) > 0) ai_changed_ = true;
  table_.forget(pid);
  ports_.forget(pid);
  entries_.erase(known);
}

Scanner::Entry* Scanner::parent_of(Entry& entry) {
  const auto find = [&]() -> Entry* {
    const auto parent = entries_.find(entry.stat.parent_pid);
    // A parent is never younger than its child: a younger one has the number of a parent that ended.
    return parent != entries_.end() && parent->second.stat.start_ticks <= entry.stat.start_ticks ? &parent->second : nullptr;
  };
  if (entry.stat.parent_pid <= 0) return nullptr;
  if (Entry* parent = find()) return parent;
  if (!note(table_.stat(entry.stat.pid, stat_)) || stat_.start_ticks != entry.stat.start_ticks) return nullptr;
  entry.stat.parent_pid = stat_.parent_pid;
  if (Entry* parent = find()) return parent;
  // Numbers wrap round: a parent may be listed after its child.
  if (entry.stat.parent_pid > 0 && !entries_.contains(entry.stat.parent_pid)) visit(entry.stat.parent_pid);
  return find();
}

std::shared_ptr<Evidence> Scanner::evidence_of(Entry& entry, size_t depth) {
  if (entry.stat.is_kernel_thread || depth > kAncestorsMax) return nullptr;
  // Evidence that is kept has the parent it was judged with; a chain that broke since stays as it was when it mattered.
  if (entry.evidence) return entry.evidence;
  auto evidence = std::make_shared<Evidence>();
  read_light(entry.stat, *evidence, false);
  if (entry.stat.pid != 1)
    if (Entry* parent = parent_of(entry)) evidence->parent = evidence_of(*parent, depth + 1);
  entry.evidence = evidence;
  return evidence;
}

void Scanner::publish() {
  judged_.clear();
  for (const int64_t pid : std::vector<int64_t>(ai_pids_.begin(), ai_pids_.end())) {  // looking for a parent may find more
    Entry& entry = entries_.at(pid);
    ProcessId root;
    Entry* above = &entry;
    for (size_t depth = 0; depth < kAncestorsMax && (above = parent_of(*above)) != nullptr; ++depth) {
      if (!above->ai || !above->ai->verdict->is_llm) continue;
      root = id_of(above->stat);
      break;
    }
    if (root.pid != 0) {
      entry.ai->root = root;
      entry.ai->root_died = false;
    } else if (entry.ai->root.pid != 0) {
      entry.ai->root_died = true;
    }
    judged_.push_back({entry.stat, entry.evidence, entry.ai->verdict, root, entry.ai->root_died, entry.stat.parent_pid});
  }
}

Result<Scanner::Explained> Scanner::explain(int64_t pid, std::optional<uint64_t> gpu_memory_bytes) {
  Explained explained;
  MAI_TRY(table_.stat(pid, explained.stat));
  auto evidence = std::make_shared<Evidence>();
  if (!explained.stat.is_kernel_thread) {
    read_light(explained.stat, *evidence, false);
    Entry entry;
    entry.stat = explained.stat;
    if (Entry* parent = parent_of(entry)) evidence->parent = evidence_of(*parent, 1);
    evidence->gpu_memory_bytes = gpu_memory_bytes;
    explained.verdict = judge(explained.stat, *evidence, true).verdict;
  }
  explained.evidence = std::move(evidence);
  return explained;
}

}  // namespace monitorai::collect

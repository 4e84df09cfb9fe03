#pragma once
// What the follower of log files is told: which files, under which labels, what is masked, and its limits. A value; the configuration
// reader fills it.

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "collect/relabel/relabel.h"
#include "signals/labels.h"

namespace monitorai::collect {

class PipelinePlan;

/// What becomes of prompt and answer text, which follows the marks [USER] and [MODEL] of a line.
enum class ContentPolicy {
  off,       ///< replaced by its length
  redacted,  ///< stored with the masks applied, as all other text
  full,      ///< stored as it is, without masks
};

/// One thing to mask: every match of `pattern` (RE2) is replaced by `replacement` ($1 and ${name} stand for groups).
struct MaskRule {
  std::string name;  ///< for the counter
  std::string pattern;
  std::string replacement;  ///< "": "[<name>]"
};

struct MaskSettings {
  bool builtin = true;  ///< keys, tokens, private keys, e-mail addresses, card and phone numbers
  std::vector<MaskRule> rules{};
  ContentPolicy content = ContentPolicy::redacted;
};

/// Files under one set of labels: __path__ and __path_exclude__ are globs (*, ?, [a-z], {a,b}, ** for any depth).
struct FollowTarget {
  std::string path;
  std::string exclude{};
  signals::Labels labels{};
};

/// A group of files that are treated alike, as an entry of promtail's scrape_configs.
struct FollowJob {
  std::string name;
  std::vector<FollowTarget> targets;
  std::vector<RelabelRule> relabel_configs{};
  /// Null: time, level and tracebacks are recognised, and a file whose labels name no job gets its own name without its ending as job.
  std::shared_ptr<const PipelinePlan> pipeline{};
};

struct FollowLimits {
  size_t files_max = 4096;                ///< followed (and open) at one time, and at most half of RLIMIT_NOFILE; others are counted and left
  size_t line_bytes_max = 256 * 1024;     ///< longer lines are split into parts, each with the metadata split_part
  size_t entry_lines_max = 512;           ///< of one traceback
  size_t batch_bytes_max = 1 << 20;       ///< text of one write
  uint64_t first_read_bytes_max = uint64_t{1} << 30;  ///< of a file that was never seen: what is before is skipped and counted
};

struct FollowSettings {
  std::filesystem::path state;          ///< a folder of ours for the positions; made when missing
  std::filesystem::path proc = "/proc";
  std::filesystem::path root = "/";     ///< below which containers' output is looked for
  std::string journalctl = "journalctl";  ///< program that reads systemd's journal; "": the journal is not read
  std::vector<FollowJob> jobs;          ///< see default_follow_jobs()
  bool detected = true;                 ///< follow what LLM processes write: files, containers' output, units
  MaskSettings mask{};
  FollowLimits limits{};
  std::chrono::milliseconds poll_interval{1000};        ///< files are looked at this often where inotify is silent
  std::chrono::milliseconds rescan_interval{10'000};    ///< globs are expanded this often besides
  std::chrono::milliseconds half_line_wait{5000};       ///< a line without an end is stored after this long
  std::chrono::milliseconds entry_wait{500};            ///< a traceback's further lines are waited for this long
  std::chrono::milliseconds first_scan_wait{3000};      ///< reading begins with the first scan of processes, or after this long
  std::chrono::milliseconds line_age_max = std::chrono::hours(200);  ///< lines whose own time is older get the time of reading
};

/// `logs/*.log` below this folder.
std::vector<FollowJob> default_follow_jobs(const std::filesystem::path& folder);

}  // namespace monitorai::collect

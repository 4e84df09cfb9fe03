#pragma once
// What the LLM services of a scan write their logs to: files they hold open, their containers' output, their systemd units. Reads /proc
// and the folders of container runtimes. Thread: one at a time.

#include <map>
#include <string>
#include <vector>

#include "collect/logs/file_source.h"
#include "signals/process.h"

namespace monitorai::collect {

struct DetectedUnit {
  std::string unit;  ///< "ollama.service"
  std::shared_ptr<const FileContext> context;
};

struct DetectedLogs {
  std::vector<FileSource> files;
  std::vector<DetectedUnit> units;
  /// Labels framework and model_name, metadata pid and service, of every file that an LLM process holds: for files that jobs name.
  std::map<FileIdentity, std::shared_ptr<const FileContext>> holders;
};

DetectedLogs detect_logs(const signals::ProcessSnapshot& snapshot, const std::filesystem::path& proc, const std::filesystem::path& root);

}  // namespace monitorai::collect

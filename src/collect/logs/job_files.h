#pragma once
// The files that jobs name by globs, with their labels. Thread: one.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "collect/logs/file_source.h"
#include "collect/logs/follow_settings.h"
#include "collect/logs/glob.h"

namespace monitorai::collect {

class JobFiles {
 public:
  /// Code::invalid names the job and the pattern that is wrong.
  static Result<JobFiles> make(const std::vector<FollowJob>& jobs);

  /// The source that a path would be found as; nullopt when no job names it.
  std::optional<FileSource> source_of(const std::string& path) const;
  /// Calls for each file that a job names (one that several name: for the first), and adds the folders to watch.
  void find(const std::function<void(const std::string& path, const FileSource& source)>& found, std::set<std::string>& folders) const;

 private:
  struct Target {
    Glob glob;
    std::optional<Glob> exclude;
    signals::Labels labels;
    size_t job;
  };
  std::optional<FileSource> source_of(const Target& target, const std::string& path) const;
  std::vector<FollowJob> jobs_;
  std::vector<Target> targets_;
};

/// "llm-model" for "/srv/logs/llm-model.log": the job of a file for which nobody named one.
std::string job_of_path(std::string_view path);

}  // namespace monitorai::collect

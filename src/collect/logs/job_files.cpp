#include "collect/logs/job_files.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

/// The labels under which a file is stored; nullopt when relabelling drops it.
std::optional<signals::Labels> labels_of(const FollowJob& job, const signals::Labels& target, const std::string& path) {
  auto labels = relabel(target.with("__path__", path), job.relabel_configs);
  if (!labels) return std::nullopt;
  std::vector<signals::Label> kept;
  for (const signals::Label& label : *labels)
    if (!label.name.starts_with("__")) kept.push_back(label);
  signals::Labels out = signals::Labels::from(std::move(kept)).with("filename", path);
  if (!job.pipeline && !out.has("job")) out = out.with("job", job_of_path(path));
  return out;
}

}  // namespace

std::string job_of_path(std::string_view path) {
  const std::string_view name = basename(path);
  const size_t dot = name.rfind('.');
  return std::string(dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot));
}

Result<JobFiles> JobFiles::make(const std::vector<FollowJob>& jobs) {
  JobFiles out;
  out.jobs_ = jobs;
  for (size_t i = 0; i < jobs.size(); ++i)
    for (const FollowTarget& target : jobs[i].targets) {
      auto glob = Glob::parse(target.path);
      if (!glob) return wrap(glob.error(), fmt::format("cannot follow the files of job {}", jobs[i].name));
      std::optional<Glob> exclude;
      if (!target.exclude.empty()) {
        auto excluded = Glob::parse(target.exclude);
        if (!excluded) return wrap(excluded.error(), fmt::format("cannot follow the files of job {}", jobs[i].name));
        exclude = std::move(*excluded);
      }
      out.targets_.push_back({std::move(*glob), std::move(exclude), target.labels, i});
    }
  return out;
}

std::optional<FileSource> JobFiles::source_of(const Target& target, const std::string& path) const {
  if (target.exclude && target.exclude->matches(path)) return std::nullopt;
  const FollowJob& job = jobs_[target.job];
  auto labels = labels_of(job, target.labels, path);
  if (!labels) return std::nullopt;
  return FileSource{.path = path,
                    .origin = job.name,
                    .pipeline = job.pipeline,
                    .context = std::make_shared<const FileContext>(FileContext{std::move(*labels), {}})};
}

std::optional<FileSource> JobFiles::source_of(const std::string& path) const {
  for (const Target& target : targets_)
    if (target.glob.matches(path))
      if (auto source = source_of(target, path)) return source;
  return std::nullopt;
}

void JobFiles::find(const std::function<void(const std::string&, const FileSource&)>& found, std::set<std::string>& folders) const {
  for (const Target& target : targets_) {
    folders.insert(target.glob.base());
    target.glob.expand(
        [&](const std::string& path) {
          if (const auto source = source_of(target, path)) found(path, *source);
        },
        [&](const std::string& folder) { folders.insert(folder); });
  }
}

}  // namespace monitorai::collect

#include "app/serve/dashboard_folder.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "judge/rules/rule_file.h"
#include "serve/ui/dashboard_api.h"

namespace monitorai::app {
namespace {

namespace fs = std::filesystem;
using serve::DashboardEntry;

struct FileOfDashboard {
  fs::path path;
  DashboardEntry entry;
};

/// The file's name without its ending, in the letters that a uid may have.
std::string uid_of(const fs::path& path) {
  std::string uid = path.stem().string().substr(0, serve::kDashboardUidBytesMax);
  for (char& c : uid)
    if (!serve::is_dashboard_uid(std::string_view(&c, 1))) c = '-';
  return uid;
}

TimeMs changed(const fs::path& path) {
  std::error_code error;
  const auto time = fs::last_write_time(path, error);
  if (error) return {};
  const auto since = std::chrono::file_clock::to_sys(time).time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::milliseconds>(since).count()};
}

std::vector<FileOfDashboard> files_of(const std::vector<std::string>& globs) {
  std::vector<FileOfDashboard> out;
  for (const std::string& name : judge::files_of(globs)) {
    if (out.size() == kDashboardFilesMax) break;
    const fs::path path(name);
    if (path.stem().empty()) continue;
    out.push_back({path, {.uid = uid_of(path), .title = path.filename().string(), .version = 0, .saved = changed(path)}});
  }
  return out;
}

}  // namespace

Result<std::vector<DashboardEntry>> DashboardFolder::list() {
  MAI_TRY_ASSIGN(std::vector<DashboardEntry> out, kept_->list());
  const size_t kept = out.size();
  for (FileOfDashboard& file : files_of(files_)) {
    const auto is_same = [&](const DashboardEntry& one) { return one.uid == file.entry.uid; };
    if (std::any_of(out.begin(), out.end(), is_same)) continue;
    if (const auto json = read_file(file.path, serve::kDashboardBytesMax))
      if (const auto title = serve::dashboard_title(*json); title && !title->empty()) file.entry.title = *title;
    out.push_back(std::move(file.entry));
  }
  if (out.size() != kept) std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.title < b.title; });
  return out;
}

Result<serve::KeptDashboard> DashboardFolder::find(const std::string& uid, std::optional<int64_t> version) {
  auto kept = kept_->find(uid, version == 0 ? std::nullopt : version);
  if (kept || kept.error().code != Code::not_found) return kept;
  for (FileOfDashboard& file : files_of(files_)) {
    if (file.entry.uid != uid) continue;
    MAI_TRY_ASSIGN(std::string json, read_file(file.path, serve::kDashboardBytesMax));
    const auto title = serve::dashboard_title(json);
    if (!title) return Error{title.error().code, fmt::format("{}: {}", file.path.string(), title.error().message)};
    if (!title->empty()) file.entry.title = *title;
    return serve::KeptDashboard{std::move(file.entry), std::move(json)};
  }
  return kept;
}

}  // namespace monitorai::app

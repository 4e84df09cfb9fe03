#include "collect/logs/directory_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace monitorai::collect {
namespace {

constexpr uint32_t kNameEvents = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr uint32_t kEvents = kNameEvents | IN_MODIFY;

}  // namespace

DirectoryWatch::DirectoryWatch() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}

void DirectoryWatch::watch(const std::set<std::string>& folders) {
  if (!fd_) return;
  std::erase_if(folders_, [&](const auto& one) {
    if (folders.contains(one.first)) return false;
    ::inotify_rm_watch(fd_.number(), one.second);
    by_watch_.erase(one.second);
    return true;
  });
  refused_ = 0;
  for (const std::string& folder : folders) {
    if (folders_.contains(folder)) continue;
    const int watch = ::inotify_add_watch(fd_.number(), folder.c_str(), kEvents | IN_ONLYDIR);
    if (watch < 0) {
      refused_ += errno != ENOENT;
      continue;
    }
    // Two names of one folder are one watch: the newer name is told.
    folders_[folder] = watch;
    by_watch_[watch] = folder;
  }
}

DirectoryWatch::Events DirectoryWatch::take() {
  Events out;
  if (!fd_) return out;
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t n = ::read(fd_.number(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return out;
    for (size_t at = 0; at < static_cast<size_t>(n);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      at += sizeof(inotify_event) + event->len;
      if ((event->mask & IN_Q_OVERFLOW) != 0) out.lost = out.names_changed = true;
      const auto folder = by_watch_.find(event->wd);
      if (folder == by_watch_.end()) continue;
      if ((event->mask & kNameEvents) != 0) out.names_changed = true;
      if ((event->mask & IN_MODIFY) != 0 && event->len > 0) out.written.insert(folder->second + "/" + event->name);
      if ((event->mask & IN_IGNORED) != 0) {
        std::erase_if(folders_, [&](const auto& one) { return one.second == event->wd; });
        by_watch_.erase(folder);
      }
    }
  }
}

}  // namespace monitorai::collect

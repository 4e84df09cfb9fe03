#include "store/logs/log_listeners.h"

#include <algorithm>

namespace monitorai::store {

using signals::Labels;
using signals::LogLineView;
using signals::Matcher;

namespace {

/// A listener that saw more streams than this forgets what it knew of them.
constexpr size_t kStreamsKnownMax = 100'000;

}  // namespace

std::shared_ptr<void> LogListeners::add(std::vector<Matcher> matchers, signals::LogListener listener) {
  auto added = std::make_shared<Listener>();
  added->matchers = std::move(matchers);
  added->call = std::move(listener);
  {
    const std::lock_guard lock(list_->mutex);
    list_->listeners.push_back(added);
    ++list_->count;
  }
  return {added.get(), [added, list = list_](void*) {
            {
              const std::lock_guard lock(list->mutex);
              list->count -= std::erase(list->listeners, added);
            }
            const std::lock_guard lock(added->mutex);
            added->gone = true;
          }};
}

void LogListeners::notify(StreamId id, const Labels& stream, std::span<const LogLineView> lines) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::lock_guard lock(list_->mutex);
    listeners = list_->listeners;
  }
  for (const auto& listener : listeners) {
    const std::lock_guard lock(listener->mutex);
    if (listener->gone) continue;
    if (listener->selects.size() >= kStreamsKnownMax) listener->selects.clear();
    const auto [known, fresh] = listener->selects.try_emplace(id, false);
    if (fresh)
      known->second = std::all_of(listener->matchers.begin(), listener->matchers.end(),
                                  [&](const Matcher& matcher) { return matcher.matches(stream.value(matcher.name())); });
    if (known->second) listener->call(stream, lines);
  }
}

}  // namespace monitorai::store

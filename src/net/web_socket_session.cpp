#include "net/web_socket_session.h"

#include "net/web_socket_frames.h"

namespace monitorai::net {

WebSocketOutbox::WebSocketOutbox(size_t bytes_waiting_max, HttpCounters& counters, std::function<void()> notify)
    : bytes_waiting_max_(bytes_waiting_max), counters_(counters), notify_(std::move(notify)) {}

bool WebSocketOutbox::send(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (ended_ || closing_) return false;
  // One message always fits, whatever its size: the limit is for what waits behind it.
  if (!frames_.empty() && frames_.size() + text.size() > bytes_waiting_max_) {
    HttpCounters::add(counters_.web_socket_messages_dropped, 1);
    return false;
  }
  append_frame(frames_, WebSocketOpcode::text, text);
  notify_locked();
  return true;
}

size_t WebSocketOutbox::bytes_waiting() const {
  const std::lock_guard lock(mutex_);
  return frames_.size();
}

void WebSocketOutbox::close(WebSocketClose code, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (ended_ || closing_) return;
  closing_ = Closing{code, std::string(reason)};
  notify_locked();
}

/// Under the mutex, so that end() cannot come between: the io thread's executor lives until then.
void WebSocketOutbox::notify_locked() {
  if (!std::exchange(notified_, true)) notify_();
}

WebSocketOutbox::Outgoing WebSocketOutbox::take() {
  const std::lock_guard lock(mutex_);
  notified_ = false;
  return {std::exchange(frames_, {}), closing_};
}

void WebSocketOutbox::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  notify_ = nullptr;
  frames_.clear();
}

}  // namespace monitorai::net

#include "serve/loki/live_tail.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <list>
#include <mutex>
#include <set>

#include "base/text.h"
#include "base/threads.h"
#include "serve/loki/tail_queue.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::WebSocketSession;
using query::LogQlTail;
using signals::Labels;

/// Lines of a stream's future that stored lines may have, beside those of now.
constexpr std::chrono::minutes kFutureMax{10};

/// One line as it is sent.
struct Sent {
  Labels labels;
  query::LogEntry entry;
  Labels metadata;  ///< of the line, for categorize-labels
  Labels stream;
  auto operator<=>(const Sent&) const = default;
};

void append_dropped(std::string& out, const std::vector<DroppedLine>& dropped) {
  out += R"("dropped_entries":[)";
  for (size_t i = 0; i < dropped.size(); ++i) {
    fmt::format_to(std::back_inserter(out), R"({}{{"timestamp":"{}","labels":)", i > 0 ? "," : "", dropped[i].time.ns);
    append_json_labels(out, *dropped[i].stream);
    out += '}';
  }
  out += ']';
}

}  // namespace

/// One open tail. `queue` is shared with the listener; the rest belongs to the thread "tail" once the socket is open.
struct OpenTail {
  explicit OpenTail(LogQlTail given) : compiled(std::move(given)) {}

  LogQlTail compiled;
  TailRequest wanted;
  TailQueue queue{kTailQueueBytesMax};
  std::shared_ptr<void> subscription;
  std::vector<Sent> history;         ///< sent once the socket is open, oldest first
  std::set<query::LogEntry> known;   ///< of the history, for what was queued while it was read
  std::chrono::nanoseconds known_until{0};
  std::shared_ptr<WebSocketSession> session;
  std::atomic<bool> closed{false};
};

class LiveTail::Core : public std::enable_shared_from_this<LiveTail::Core> {
 public:
  Core(const signals::LogSource& source, const query::LogQlEngine& engine, const Clock& clock) : source_(source), engine_(engine), clock_(clock) {}
  void start() {
    thread_ = start_thread("tail", [this](const std::stop_token& stop) { run(stop); });
  }
  void stop() {
    thread_.request_stop();
    thread_.join();
    std::list<std::shared_ptr<OpenTail>> tails;
    {
      const std::lock_guard lock(mutex_);
      tails.swap(tails_);
    }
    for (const auto& tail : tails) tail->subscription.reset();
  }

  Result<net::HttpResponse, LokiError> open(const net::HttpRequest& request, TailRequest wanted);
  TailCounts counts() const {
    TailCounts out{.lines_sent = lines_sent_, .lines_dropped = lines_dropped_};
    const std::lock_guard lock(mutex_);
    out.open = tails_.size();
    for (const auto& tail : tails_) out.lines_dropped += tail->queue.dropped();
    return out;
  }

 private:
  Result<void, LokiError> read_history(OpenTail& tail, std::stop_token stop);
  void opened(const std::shared_ptr<OpenTail>& tail, std::shared_ptr<WebSocketSession> session);
  void run(const std::stop_token& stop);
  void serve(OpenTail& tail);
  void send(OpenTail& tail, std::span<const Sent> lines);
  bool send_message(OpenTail& tail, std::span<const Sent> lines);
  std::string message_of(OpenTail& tail, std::span<const Sent> lines) const;
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    wakeup_.notify_one();
  }

  const signals::LogSource& source_;
  const query::LogQlEngine& engine_;
  const Clock& clock_;
  std::atomic<size_t> asked_{0};  // tails open, and those that are being opened
  std::atomic<uint64_t> lines_sent_{0}, lines_dropped_{0};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any wakeup_;
  bool woken_ = false;
  std::list<std::shared_ptr<OpenTail>> tails_;
  std::jthread thread_;
};

Result<net::HttpResponse, LokiError> LiveTail::Core::open(const net::HttpRequest& request, TailRequest wanted) {
  auto compiled = engine_.tail(wanted.query);
  if (!compiled) return loki_error(compiled.error());
  // Counted down when the last of the handlers and the list lets go of the tail.
  const auto self = shared_from_this();
  const std::shared_ptr<OpenTail> tail(new OpenTail(std::move(*compiled)), [self](OpenTail* ended) {
    self->lines_dropped_ += ended->queue.dropped();
    delete ended;
    --self->asked_;
  });
  if (const size_t open = ++asked_; open > kTailsMax)
    return LokiError{429, fmt::format("max concurrent tail requests limit exceeded, count > limit ({} > {})", open, kTailsMax)};
  tail->wanted = std::move(wanted);
  net::HttpResponse response = net::accept_web_socket(
      request, {.on_open = [self, tail](std::shared_ptr<WebSocketSession> session) { self->opened(tail, std::move(session)); },
                .on_message = {},
                .on_close =
                    [self, tail] {
                      tail->closed = true;
                      self->wake();
                    }});
  if (!response.web_socket) return response;
  tail->subscription = source_.listen(tail->compiled.matchers(), [this, weak = std::weak_ptr<OpenTail>(tail)](const Labels& stream, std::span<const signals::LogLineView> lines) {
    if (const auto listening = weak.lock(); listening && listening->queue.push(stream, lines, clock_.monotonic())) wake();
  });
  MAI_TRY(read_history(*tail, request.cancelled));
  return response;
}

/// After listening began: a line that comes meanwhile is in the history, or queued, or both.
Result<void, LokiError> LiveTail::Core::read_history(OpenTail& tail, std::stop_token stop) {
  const TimeNs to{clock_.now().ms * 1'000'000};
  tail.known_until = clock_.monotonic();
  if (tail.wanted.from >= to) return {};
  const query::LogQlRange range{.from = tail.wanted.from, .to = to + kFutureMax, .limit = tail.wanted.limit, .direction = signals::Direction::backward};
  auto found = engine_.range(source_, tail.wanted.query, range, std::move(stop));
  if (!found) return loki_error(found.error());
  for (const query::LogStream& stream : found->streams)
    for (const query::LogEntry& entry : stream.entries) {
      tail.history.push_back({stream.labels, entry, stream.structured_metadata, stream.stream});
      tail.known.insert(entry);
    }
  std::stable_sort(tail.history.begin(), tail.history.end(), [](const Sent& a, const Sent& b) { return a.entry.time < b.entry.time; });
  tail.known_until = clock_.monotonic();
  return {};
}

/// Thread: io.
void LiveTail::Core::opened(const std::shared_ptr<OpenTail>& tail, std::shared_ptr<WebSocketSession> session) {
  {
    const std::lock_guard lock(mutex_);
    tail->session = std::move(session);
    tails_.push_back(tail);
    woken_ = true;
  }
  wakeup_.notify_one();
}

void LiveTail::Core::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::list<std::shared_ptr<OpenTail>> ended, open;
    std::optional<std::chrono::nanoseconds> due;
    {
      std::unique_lock lock(mutex_);
      const auto is_woken = [&] { return woken_; };
      for (const auto& tail : tails_)
        if (const auto oldest = tail->queue.oldest()) due = std::min(due.value_or(std::chrono::nanoseconds::max()), *oldest + tail->wanted.delay);
      if (due)
        wakeup_.wait_for(lock, stop, std::max(*due - clock_.monotonic(), std::chrono::nanoseconds{0}), is_woken);
      else
        wakeup_.wait(lock, stop, is_woken);
      woken_ = false;
      for (auto at = tails_.begin(); at != tails_.end();) {
        const auto one = at++;
        ((*one)->closed ? ended : open).push_back(*one);
        if ((*one)->closed) tails_.erase(one);
      }
    }
    for (const auto& tail : ended) {
      tail->subscription.reset();
      tail->session.reset();
    }
    for (const auto& tail : open) serve(*tail);
  }
}

/// Sends what is due.
void LiveTail::Core::serve(OpenTail& tail) {
  if (!tail.history.empty()) send(tail, std::exchange(tail.history, {}));
  std::vector<Sent> lines;
  for (WaitingLine& waiting : tail.queue.take(clock_.monotonic() - tail.wanted.delay)) {
    std::vector<signals::LabelView> metadata;
    for (const signals::Label& label : waiting.metadata) metadata.push_back({label.name, label.value});
    auto shown = tail.compiled.process(*waiting.stream, {.time = waiting.time, .line = waiting.text, .metadata = metadata});
    if (!shown) continue;
    if (waiting.arrived <= tail.known_until && tail.known.contains(shown->entry)) continue;
    lines.push_back({std::move(shown->labels), std::move(shown->entry), Labels::from(std::move(waiting.metadata)), *waiting.stream});
  }
  if (!tail.known.empty() && clock_.monotonic() - tail.wanted.delay > tail.known_until) tail.known.clear();
  if (tail.wanted.delay.count() > 0)
    std::stable_sort(lines.begin(), lines.end(), [](const Sent& a, const Sent& b) { return a.entry.time < b.entry.time; });
  send(tail, lines);
}

void LiveTail::Core::send(OpenTail& tail, std::span<const Sent> lines) {
  while (!lines.empty()) {
    size_t count = 0, bytes = 0;
    while (count < lines.size() && count < kTailMessageLinesMax && (count == 0 || bytes + lines[count].entry.line.size() <= kTailMessageBytesMax))
      bytes += lines[count++].entry.line.size();
    const auto part = lines.first(count);
    lines = lines.subspan(count);
    if (send_message(tail, part)) {
      lines_sent_ += part.size();
      continue;
    }
    for (const Sent& line : part) tail.queue.add_dropped({line.entry.time, std::make_shared<const Labels>(line.labels)});
  }
}

bool LiveTail::Core::send_message(OpenTail& tail, std::span<const Sent> lines) { return tail.session->send(message_of(tail, lines)); }

/// `{"streams":[{"stream":{...},"values":[["ns","line"]]}],"dropped_entries":[...]}`: consecutive lines of the same labels together.
std::string LiveTail::Core::message_of(OpenTail& tail, std::span<const Sent> lines) const {
  std::string out = R"({"streams":[)";
  const bool categorize = tail.wanted.categorize;
  const auto key = [&](const Sent& line) -> const Labels& { return categorize ? line.stream : line.labels; };
  for (size_t from = 0; from < lines.size();) {
    size_t to = from;
    while (to < lines.size() && key(lines[to]) == key(lines[from])) ++to;
    if (from > 0) out += ',';
    out += R"({"stream":)";
    append_json_labels(out, key(lines[from]));
    out += R"(,"values":[)";
    for (size_t i = from; i < to; ++i) {
      fmt::format_to(std::back_inserter(out), "{}[\"{}\",", i > from ? "," : "", lines[i].entry.time.ns);
      append_json_string(out, lines[i].entry.line);
      if (categorize) {
        // What the pipeline made is what is neither the stream's nor the line's.
        std::vector<signals::Label> parsed;
        for (const signals::Label& label : lines[i].labels)
          if (lines[i].stream.value(label.name) != label.value && lines[i].metadata.value(label.name) != label.value) parsed.push_back(label);
        out += ",{";
        if (!lines[i].metadata.empty()) {
          out += R"("structuredMetadata":)";
          append_json_labels(out, lines[i].metadata);
        }
        if (!parsed.empty()) {
          out += lines[i].metadata.empty() ? R"("parsed":)" : R"(,"parsed":)";
          append_json_labels(out, Labels::from(std::move(parsed)));
        }
        out += '}';
      }
      out += ']';
    }
    out += "]}";
    from = to;
  }
  out += ']';
  if (const auto dropped = tail.queue.take_dropped(); !dropped.empty()) {
    out += ',';
    append_dropped(out, dropped);
  }
  if (categorize) out += R"(,"encodingFlags":["categorize-labels"])";
  return out += '}';
}

LiveTail::LiveTail(const signals::LogSource& source, const query::LogQlEngine& engine, const Clock& clock)
    : core_(std::make_shared<Core>(source, engine, clock)) {
  core_->start();
}
LiveTail::~LiveTail() { core_->stop(); }
Result<net::HttpResponse, LokiError> LiveTail::open(const net::HttpRequest& request, TailRequest wanted) { return core_->open(request, std::move(wanted)); }
TailCounts LiveTail::counts() const { return core_->counts(); }

}  // namespace monitorai::serve

#include "serve/loki/live_tail.h"

#include <gmock/gmock.h>

#include <list>
#include <mutex>

#include "net/http_server.h"
#include "net/web_socket_client.h"
#include "query/logql/testing/memory_log_source.h"
#include "serve/loki/api.h"

namespace monitorai::serve {
namespace {

using signals::Labels;
using signals::LogLineView;
using signals::Matcher;
using testing::HasSubstr;
using testing::Not;

/// Has nothing stored; what is written goes to who listens.
class ListeningSource final : public signals::LogSource {
 public:
  Result<std::unique_ptr<signals::StreamSet>> select(std::span<const Matcher> matchers, signals::LogRange range) const override { return stored_.select(matchers, range); }
  Result<std::vector<std::string>> label_names(std::span<const Matcher> matchers, signals::LogRange range, size_t limit) const override {
    return stored_.label_names(matchers, range, limit);
  }
  Result<std::vector<std::string>> label_values(std::string_view name, std::span<const Matcher> matchers, signals::LogRange range, size_t limit) const override {
    return stored_.label_values(name, matchers, range, limit);
  }
  std::shared_ptr<void> listen(std::vector<Matcher> matchers, signals::LogListener listener) const override {
    const std::lock_guard lock(mutex_);
    listeners_.push_back({std::move(matchers), std::move(listener)});
    return std::shared_ptr<void>(nullptr, [this, at = std::prev(listeners_.end())](void*) {
      const std::lock_guard removing(mutex_);
      listeners_.erase(at);
    });
  }
  void write(const Labels& stream, std::span<const LogLineView> lines) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [matchers, listener] : listeners_)
      if (std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) { return m.matches(stream.value(m.name())); })) listener(stream, lines);
  }
  size_t listeners() const {
    const std::lock_guard lock(mutex_);
    return listeners_.size();
  }

 private:
  query::MemoryLogSource stored_;
  mutable std::mutex mutex_;
  mutable std::list<std::pair<std::vector<Matcher>, signals::LogListener>> listeners_;
};

class LiveTailTest : public testing::Test {
 protected:
  void start(net::HttpLimits limits = {}) {
    auto router = std::make_shared<net::Router>();
    add_loki_api(*router, std::make_shared<const LokiApi>(LokiApi{&source_, &engine_, &clock_, &*tail_}));
    server_ = std::make_unique<net::HttpServer>(limits);
    port_ = server_->listen({.name = "main", .router = router}).value();
  }
  void TearDown() override { server_.reset(); }
  Result<std::unique_ptr<net::WebSocketClient>> tail(const std::string& more = "") {
    return net::WebSocketClient::connect({}, fmt::format("http://127.0.0.1:{}/loki/api/v1/tail?query=%7Bjob%3D%22x%22%7D{}", port_, more));
  }
  static bool comes_true(const std::function<bool()>& condition) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > patience) return false;
      std::this_thread::yield();
    }
    return true;
  }

  const SystemClock clock_;
  ListeningSource source_;
  Pool pool_{1};
  query::LogQlEngine engine_{{}, pool_};
  std::optional<LiveTail> tail_{std::in_place, source_, engine_, clock_};
  std::unique_ptr<net::HttpServer> server_;
  uint16_t port_ = 0;
};

TEST_F(LiveTailTest, sends_what_the_query_selects_with_its_labels_and_ends_with_its_client) {
  start();
  auto one = tail("%20%7C%3D%20%22keep%22");  // |= "keep"
  ASSERT_TRUE(one) << one.error().message;
  const std::vector<signals::LabelView> metadata{{"pid", "7"}};
  source_.write({{"job", "y"}}, std::vector<LogLineView>{{{1}, "keep away"}});
  source_.write({{"job", "x"}}, std::vector<LogLineView>{{{2}, "drop"}, {{3}, "keep 3", metadata}, {{4}, "keep 4"}});
  EXPECT_EQ((*one)->receive().value().value(),
            R"({"streams":[{"stream":{"job":"x","pid":"7"},"values":[["3","keep 3"]]},{"stream":{"job":"x"},"values":[["4","keep 4"]]}]})");
  one->reset();
  EXPECT_TRUE(comes_true([&] { return source_.listeners() == 0 && tail_->counts().open == 0; })) << "nobody listens for a client that went";
  EXPECT_EQ(tail_->counts().lines_sent, 2u);
}

TEST_F(LiveTailTest, holds_lines_back_and_puts_them_in_order) {
  start();
  auto one = tail("&delay_for=1");
  ASSERT_TRUE(one);
  source_.write({{"job", "x"}}, std::vector<LogLineView>{{{30}, "third"}});
  source_.write({{"job", "x"}}, std::vector<LogLineView>{{{10}, "first"}, {{20}, "second"}});
  std::string all;
  while (all.find("third") == std::string::npos) all += (*one)->receive().value().value();
  EXPECT_THAT(all, HasSubstr(R"(["10","first"],["20","second"],["30","third"])"));
}

TEST_F(LiveTailTest, tells_a_client_that_reads_too_slowly_what_it_lost) {
  start({.web_socket_bytes_waiting_max = 100'000});
  auto slow = tail();
  ASSERT_TRUE(slow);
  const std::string text(10'000, 'x');
  const std::vector<LogLineView> lines(50, {{5}, text});
  ASSERT_TRUE(comes_true([&] {
    source_.write({{"job", "x"}}, lines);
    return tail_->counts().lines_dropped > 0;
  }));
  std::string message;
  do {
    source_.write({{"job", "x"}}, std::vector<LogLineView>{{{6}, "the end"}});
    message = (*slow)->receive().value().value();
  } while (message.find("dropped_entries") == std::string::npos);
  EXPECT_THAT(message, HasSubstr(R"("dropped_entries":[{"timestamp":"5","labels":{"job":"x"}})"));
}

TEST_F(LiveTailTest, has_a_limit) {
  start();
  std::vector<std::unique_ptr<net::WebSocketClient>> clients;
  for (size_t i = 0; i < kTailsMax; ++i) {
    auto client = tail();
    ASSERT_TRUE(client) << client.error().message;
    clients.push_back(std::move(*client));
  }
  const auto refused = tail();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, fmt::format("max concurrent tail requests limit exceeded, count > limit ({} > {})", kTailsMax + 1, kTailsMax));
  clients.clear();
  EXPECT_TRUE(comes_true([&] { return tail().has_value(); }));
}

}  // namespace
}  // namespace monitorai::serve

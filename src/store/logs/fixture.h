#pragma once
// What the tests of the log store share: a store in a temporary folder, short ways to write and to ask, and the model it is compared with.

#include <gtest/gtest.h>

#include <map>

#include "base/files.h"
#include "store/logs/log_store.h"

namespace monitorai::store {

inline constexpr int64_t kLogT0Ms = 1'700'000'000'000;
inline constexpr int64_t kLogT0 = kLogT0Ms * 1'000'000;
inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr signals::LogRange kAllTime{{INT64_MIN}, {INT64_MAX}};

inline signals::Labels stream_named(std::string_view job, int instance = 0) {
  return {{"filename", fmt::format("/var/log/{}-{}.log", job, instance)}, {"job", std::string(job)}};
}

struct Line {
  int64_t time_ns = 0;
  std::string text;
  std::vector<signals::Label> metadata{};
  auto operator<=>(const Line&) const = default;
};

struct LogFixture {
  TemporaryDirectory folder;
  FakeClock clock{{kLogT0Ms}};
  PosixFileSystem disk;
  FileSystem& files;
  LogSettings settings;
  std::unique_ptr<LogStore> store;

  explicit LogFixture(LogSettings with = {}) : LogFixture(std::move(with), nullptr) {}
  LogFixture(LogSettings with, FileSystem* other) : files(other == nullptr ? disk : *other), settings(std::move(with)) {
    settings.folder = folder.path() / "logs";
    settings.background = false;
    reopen();
  }
  void reopen() {
    store.reset();
    auto opened = LogStore::open(settings, clock, files);
    EXPECT_TRUE(opened.has_value()) << (opened ? "" : opened.error().message);
    if (opened) store = std::move(*opened);
  }

  Result<signals::LogWriteOutcome> try_write(const signals::Labels& labels, const std::vector<Line>& lines) {
    std::vector<signals::LabelView> views;
    for (const signals::Label& label : labels) views.push_back({label.name, label.value});
    std::vector<std::vector<signals::LabelView>> metadata(lines.size());
    std::vector<signals::LogLineView> line_views;
    for (size_t i = 0; i < lines.size(); ++i) {
      for (const signals::Label& label : lines[i].metadata) metadata[i].push_back({label.name, label.value});
      line_views.push_back({{lines[i].time_ns}, lines[i].text, metadata[i]});
    }
    const signals::StreamWrite write{views, line_views};
    return store->write({&write, 1});
  }
  signals::LogWriteOutcome write(const signals::Labels& labels, const std::vector<Line>& lines) {
    auto outcome = try_write(labels, lines);
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    return outcome ? *outcome : signals::LogWriteOutcome{};
  }

  static signals::Matcher matcher(std::string name, signals::MatchOp op, std::string value) {
    return *signals::Matcher::make(std::move(name), op, std::move(value));
  }
  std::unique_ptr<signals::StreamSet> select(const std::vector<signals::Matcher>& matchers = {}, signals::LogRange range = kAllTime) const {
    auto set = store->select(matchers, range);
    EXPECT_TRUE(set.has_value());
    return std::move(*set);
  }
  /// The lines of one stream in the order of the direction, checking the contract of cursors on the way.
  static std::vector<Line> read(const signals::StreamSet& set, size_t stream, signals::LogRange range, signals::Direction direction,
                                const signals::Needles& needles = {}) {
    std::vector<Line> out;
    const bool forward = direction == signals::Direction::forward;
    auto cursor = set.read(stream, range, direction, needles);
    EXPECT_TRUE(cursor.has_value());
    int64_t bound = forward ? INT64_MIN : INT64_MAX;
    for (;;) {
      const auto peeked = (*cursor)->peek();
      const auto next = (*cursor)->next();
      EXPECT_TRUE(next.has_value()) << (next ? "" : next.error().message);
      if (!next || *next == nullptr) return out;
      const signals::LogBlock& block = **next;
      EXPECT_GT(block.size(), 0u);
      EXPECT_EQ(block.ends.size(), block.size());
      EXPECT_EQ(block.text.size(), block.ends.back() + 1u);
      EXPECT_TRUE(std::is_sorted(block.times_ns.begin(), block.times_ns.end()));
      EXPECT_TRUE(peeked.has_value());
      // A block that turns out to be damaged is skipped, so the next may lie behind what was announced.
      const bool behind = forward ? block.times_ns.front() >= peeked->to.ns : block.times_ns.back() < peeked->from.ns;
      EXPECT_TRUE(behind || (peeked->from.ns <= block.times_ns.front() && block.times_ns.back() < peeked->to.ns)) << "peek() must cover";
      EXPECT_TRUE(range.contains({block.times_ns.front()}) && range.contains({block.times_ns.back()}));
      EXPECT_TRUE(forward ? bound <= block.times_ns.front() : bound >= block.times_ns.back()) << "blocks must not overlap";
      bound = forward ? block.times_ns.back() : block.times_ns.front();
      std::vector<Line> lines;
      for (size_t i = 0; i < block.size(); ++i) {
        EXPECT_EQ(block.text[block.ends[i]], '\n');
        const auto metadata = block.metadata(i);
        lines.push_back({block.times_ns[i], std::string(block.line(i)), {metadata.begin(), metadata.end()}});
      }
      if (forward)
        out.insert(out.end(), lines.begin(), lines.end());
      else
        out.insert(out.begin(), lines.begin(), lines.end());
    }
  }
  /// By stream, its lines ascending by time, equal times in the order of arrival.
  using Model = std::map<std::string, std::vector<Line>>;
  /// Everything the store holds within a range; both directions must agree.
  Model everything(signals::LogRange range = kAllTime) const {
    const auto set = select({}, range);
    Model out;
    for (size_t i = 0; i < set->size(); ++i) {
      std::vector<Line> forward = read(*set, i, range, signals::Direction::forward);
      EXPECT_EQ(forward, read(*set, i, range, signals::Direction::backward));
      if (!forward.empty()) out[set->labels(i).text()] = std::move(forward);
    }
    return out;
  }
};

/// Adds a line where it belongs: behind all that are not later.
inline void add_line(LogFixture::Model& model, const signals::Labels& stream, Line line) {
  std::vector<Line>& lines = model[stream.text()];
  lines.insert(std::upper_bound(lines.begin(), lines.end(), line.time_ns, [](int64_t time, const Line& other) { return time < other.time_ns; }),
               std::move(line));
}

}  // namespace monitorai::store

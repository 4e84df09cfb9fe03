#include "query/logql/testing/memory_log_source.h"

#include <algorithm>
#include <set>

namespace monitorai::query {
namespace {

using signals::LogBlock;
using signals::LogRange;
using signals::Matcher;
using StoredLine = MemoryLogSource::StoredLine;

bool matches(const signals::Labels& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const Matcher& m) { return m.matches(labels.value(m.name())); });
}

class Cursor final : public signals::LogCursor {
 public:
  Cursor(std::span<const StoredLine> lines, signals::Direction direction, size_t lines_per_block, const signals::Needles& needles)
      : lines_(lines), direction_(direction), lines_per_block_(lines_per_block), needles_(needles) {
    skip();
  }

  std::optional<LogRange> peek() const override {
    if (lines_.empty()) return std::nullopt;
    const auto part = ahead();
    return LogRange{part.front().time, {part.back().time.ns + 1}};
  }

  Result<const LogBlock*> next() override {
    if (lines_.empty()) return nullptr;
    build(ahead());
    advance();
    skip();
    return &block_;
  }

 private:
  std::span<const StoredLine> ahead() const {
    const size_t count = std::min(lines_per_block_, lines_.size());
    return direction_ == signals::Direction::forward ? lines_.first(count) : lines_.last(count);
  }
  void advance() {
    const size_t count = ahead().size();
    lines_ = direction_ == signals::Direction::forward ? lines_.subspan(count) : lines_.first(lines_.size() - count);
  }
  /// As a store with an index does: blocks without a needle are never read.
  void skip() {
    while (!lines_.empty()) {
      const auto part = ahead();
      const auto holds = [&](const std::string& needle) {
        return std::any_of(part.begin(), part.end(), [&](const StoredLine& l) { return l.line.find(needle) != std::string::npos; });
      };
      if (std::all_of(needles_.begin(), needles_.end(), holds)) return;
      advance();
    }
  }
  void build(std::span<const StoredLine> part) {
    times_.clear();
    text_.clear();
    ends_.clear();
    sets_.clear();
    set_of_.clear();
    bool any = false;
    for (const StoredLine& line : part) {
      times_.push_back(line.time.ns);
      text_ += line.line;
      ends_.push_back(static_cast<uint32_t>(text_.size()));
      text_ += '\n';
      any = any || !line.metadata.empty();
    }
    if (any) {
      for (const StoredLine& line : part) {
        auto found = std::find(sets_.begin(), sets_.end(), line.metadata);
        if (found == sets_.end()) found = sets_.insert(sets_.end(), line.metadata);
        set_of_.push_back(static_cast<uint32_t>(found - sets_.begin()));
      }
    }
    block_ = {times_, text_, ends_, sets_, set_of_};
  }

  std::span<const StoredLine> lines_;
  signals::Direction direction_;
  size_t lines_per_block_;
  signals::Needles needles_;
  std::vector<int64_t> times_;
  std::string text_;
  std::vector<uint32_t> ends_;
  std::vector<std::vector<signals::Label>> sets_;
  std::vector<uint32_t> set_of_;
  LogBlock block_;
};

class Set final : public signals::StreamSet {
 public:
  Set(std::vector<std::shared_ptr<MemoryLogSource::Stream>> streams, size_t lines_per_block)
      : streams_(std::move(streams)), lines_per_block_(lines_per_block) {}
  size_t size() const override { return streams_.size(); }
  const signals::Labels& labels(size_t stream) const override { return streams_[stream]->labels; }
  Result<std::unique_ptr<signals::LogCursor>> read(size_t stream, LogRange range, signals::Direction direction,
                                                   const signals::Needles& needles) const override {
    return std::unique_ptr<signals::LogCursor>(std::make_unique<Cursor>(lines(stream, range), direction, lines_per_block_, needles));
  }
  signals::StreamUsage usage(size_t stream, LogRange range) const override {
    signals::StreamUsage out;
    for (const StoredLine& line : lines(stream, range)) {
      ++out.lines;
      out.bytes += line.line.size();
    }
    out.blocks = (out.lines + lines_per_block_ - 1) / lines_per_block_;
    return out;
  }

 private:
  std::span<const StoredLine> lines(size_t stream, LogRange range) const {
    const auto& all = streams_[stream]->lines;
    const auto before = [](const StoredLine& line, TimeNs time) { return line.time < time; };
    const auto from = std::lower_bound(all.begin(), all.end(), range.from, before);
    const auto to = std::lower_bound(from, all.end(), range.to, before);
    return {from, to};
  }
  std::vector<std::shared_ptr<MemoryLogSource::Stream>> streams_;
  size_t lines_per_block_;
};

template <class Container>
std::vector<std::string> limited(const Container& all, size_t limit) {
  std::vector<std::string> out;
  for (const std::string& text : all) {
    if (limit != 0 && out.size() == limit) break;
    out.push_back(text);
  }
  return out;
}

}  // namespace

void MemoryLogSource::add(const signals::Labels& labels, std::vector<StoredLine> lines) {
  std::shared_ptr<Stream>& stream = streams_[labels];
  if (!stream) stream = std::make_shared<Stream>(Stream{labels, {}});
  for (StoredLine& line : lines) stream->lines.push_back(std::move(line));
  std::stable_sort(stream->lines.begin(), stream->lines.end(), [](const StoredLine& a, const StoredLine& b) { return a.time < b.time; });
}

Result<std::unique_ptr<signals::StreamSet>> MemoryLogSource::select(std::span<const Matcher> matchers, LogRange) const {
  std::vector<std::shared_ptr<Stream>> found;
  for (const auto& [labels, stream] : streams_)
    if (matches(labels, matchers)) found.push_back(stream);
  return std::unique_ptr<signals::StreamSet>(std::make_unique<Set>(std::move(found), lines_per_block_));
}

Result<std::vector<std::string>> MemoryLogSource::label_names(std::span<const Matcher> matchers, LogRange, size_t limit) const {
  std::set<std::string> names;
  for (const auto& [labels, stream] : streams_)
    if (matches(labels, matchers))
      for (const signals::Label& label : labels) names.insert(label.name);
  return limited(names, limit);
}

Result<std::vector<std::string>> MemoryLogSource::label_values(std::string_view name, std::span<const Matcher> matchers, LogRange,
                                                               size_t limit) const {
  std::set<std::string> values;
  for (const auto& [labels, stream] : streams_)
    if (matches(labels, matchers) && labels.has(name)) values.emplace(labels.value(name));
  return limited(values, limit);
}

std::shared_ptr<void> MemoryLogSource::listen(std::vector<Matcher>, signals::LogListener) const { return nullptr; }

}  // namespace monitorai::query

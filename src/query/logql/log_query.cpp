// Log queries: lines of many streams, merged by time. A stream's next block is read only when its lines may be the next ones, several
// streams at once where they are; lines of equal time are in the order of the streams, and of arrival within one.

#include <algorithm>
#include <queue>

#include "query/logql/label_sets.h"
#include "query/logql/pipeline.h"
#include "query/logql/run.h"

namespace monitorai::query::logql {
namespace {

constexpr size_t kBlocksPerTask = 8;      // read in a row while no line matches
constexpr size_t kLinesPerCheck = 4096;  // between two looks at the stop token

struct Found {
  int64_t time_ns = 0;
  uint32_t set = 0;
  std::string line;
};

struct Reader {
  uint32_t stream = 0;
  std::unique_ptr<signals::LogCursor> cursor;
  LabelSets sets{true};
  std::vector<Found> found;  ///< of the block read last, in the direction of the query
  size_t next = 0;
  std::vector<uint32_t> global;  ///< of each set: its place in the result, UINT32_MAX before it has one
  Status status;

  bool loaded() const { return next < found.size(); }
};

class LogReading {
 public:
  LogReading(Run& run, const Pipeline& pipeline, const LogQlRange& range) : run_(run), pipeline_(pipeline), range_(range) {}

  Result<std::vector<LogStream>, QueryError> all(const std::vector<signals::Matcher>& matchers) {
    const signals::LogRange range{range_.from, range_.to};
    auto selected = run_.source.select(matchers, range);
    if (!selected) return QueryError::from(selected.error());
    const signals::StreamSet& streams = **selected;
    run_.count_streams(streams.size());
    std::vector<Reader> readers(streams.size());
    streams_ = &streams;
    for (uint32_t i = 0; i < readers.size(); ++i) {
      auto cursor = streams.read(i, range, range_.direction, pipeline_.needles());
      if (!cursor) return QueryError::from(cursor.error());
      readers[i].stream = i;
      readers[i].cursor = std::move(*cursor);
      push(readers[i]);
    }
    const size_t at_once = std::max<size_t>(run_.pool.threads() * 2, 1);
    std::vector<Reader*> to_load;
    while (!heap_.empty() && returned_ < range_.limit) {
      to_load.clear();
      while (!heap_.empty() && !heap_.top().reader->loaded() && to_load.size() < at_once) {
        to_load.push_back(heap_.top().reader);
        heap_.pop();
      }
      if (!to_load.empty()) {
        MAI_TRY(run_.alive());
        run_.pool.run(to_load.size(), [&](size_t i) { to_load[i]->status = load(*to_load[i]); });
        for (Reader* reader : to_load) {
          MAI_TRY(reader->status);
          push(*reader);
        }
        continue;
      }
      Reader& reader = *heap_.top().reader;
      heap_.pop();
      emit(reader, reader.found[reader.next++]);
      push(reader);
    }
    std::sort(result_.begin(), result_.end(), [](const LogStream& a, const LogStream& b) {
      return std::tie(a.labels, a.stream, a.structured_metadata) < std::tie(b.labels, b.stream, b.structured_metadata);
    });
    return std::move(result_);
  }

 private:
  struct Next {
    int64_t time_ns;  ///< of its next line, or the first time at which it may have one
    bool loaded;
    uint32_t stream;
    Reader* reader;
  };
  struct Later {
    bool backward;
    bool operator()(const Next& a, const Next& b) const {
      if (a.time_ns != b.time_ns) return backward ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
      if (a.loaded != b.loaded) return a.loaded;  // what may hold a line of this time is read first
      return backward ? a.stream < b.stream : a.stream > b.stream;
    }
  };

  bool backward() const { return range_.direction == signals::Direction::backward; }

  void push(Reader& reader) {
    if (reader.loaded()) {
      heap_.push({reader.found[reader.next].time_ns, true, reader.stream, &reader});
    } else if (const auto ahead = reader.cursor->peek()) {
      heap_.push({backward() ? ahead->to.ns - 1 : ahead->from.ns, false, reader.stream, &reader});
    }
  }

  /// Reads blocks until one has a line that passes, or a few had none.
  Status load(Reader& reader) const {
    thread_local Line line;
    thread_local std::vector<uint32_t> candidates;
    reader.found.clear();
    reader.next = 0;
    const signals::Labels& labels = streams_->labels(reader.stream);
    for (size_t blocks = 0; blocks < kBlocksPerTask && reader.found.empty(); ++blocks) {
      auto read = reader.cursor->next();
      if (!read) return QueryError::from(read.error());
      const signals::LogBlock* block = *read;
      if (block == nullptr) return {};
      MAI_TRY(run_.count_block(*block));
      const bool every = pipeline_.candidates(*block, labels, candidates);
      const size_t count = every ? block->size() : candidates.size();
      // No more than the limit of one stream's lines are ever shown, unless an interval leaves some out.
      const size_t wanted = range_.interval.count() > 0 ? SIZE_MAX : static_cast<size_t>(range_.limit - returned_);
      for (size_t n = 0; n < count && reader.found.size() < wanted; ++n) {
        if (n % kLinesPerCheck == kLinesPerCheck - 1) MAI_TRY(run_.alive());
        const size_t in_order = backward() ? count - 1 - n : n;
        const size_t i = every ? in_order : candidates[in_order];
        const std::string_view text = block->line(i);
        line.start(block->times_ns[i], text, block->text.size() - (block->begin_of(i) + text.size()), labels, block->metadata(i));
        if (!pipeline_.run(line)) continue;
        reader.found.push_back({line.time_ns, reader.sets.of(line.labels), std::string(line.text)});
      }
      run_.count_matched(reader.found.size());
    }
    return {};
  }

  void emit(Reader& reader, Found& found) {
    if (range_.interval.count() > 0 && last_ns_) {
      const int64_t distance = backward() ? *last_ns_ - found.time_ns : found.time_ns - *last_ns_;
      if (distance < range_.interval.count()) return;
    }
    last_ns_ = found.time_ns;
    ++returned_;
    if (reader.global.size() <= found.set) reader.global.resize(found.set + 1, UINT32_MAX);
    uint32_t& place = reader.global[found.set];
    if (place == UINT32_MAX) {
      // Different streams may come to the same labels.
      const LabelSets::Set& set = reader.sets[found.set];
      const auto [entry, fresh] = places_.try_emplace({set.labels, set.stream, set.metadata}, static_cast<uint32_t>(result_.size()));
      if (fresh) result_.push_back({set.labels, set.stream, set.metadata, set.parsed, {}});
      place = entry->second;
    }
    result_[place].entries.push_back({{found.time_ns}, std::move(found.line)});
  }

  Run& run_;
  const Pipeline& pipeline_;
  const LogQlRange& range_;
  const signals::StreamSet* streams_ = nullptr;
  std::priority_queue<Next, std::vector<Next>, Later> heap_{Later{range_.direction == signals::Direction::backward}};
  std::vector<LogStream> result_;
  std::map<std::tuple<signals::Labels, signals::Labels, signals::Labels>, uint32_t> places_;
  uint64_t returned_ = 0;
  std::optional<int64_t> last_ns_;
};

}  // namespace

Result<std::vector<LogStream>, QueryError> read_lines(Run& run, const LogExpr& log, const LogQlRange& range) {
  auto pipeline = Pipeline::compile(log, Wanted{}, {run.limits.line_bytes_max, run.limits.template_steps_max});
  if (!pipeline) return QueryError{QueryError::Kind::parse, pipeline.error().text(run.text)};
  return LogReading(run, *pipeline, range).all(log.matchers);
}

}  // namespace monitorai::query::logql

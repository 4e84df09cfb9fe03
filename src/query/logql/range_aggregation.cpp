// Range aggregations: lines become samples, samples windows. Counts and bytes are added up as the lines come (one addition where the
// windows of a line begin and one where they end); unwrapped values are kept until all are there. The work is cut by streams and, for
// large streams, by time, and split over the pool; each worker has its own series, joined at the end.

#include <algorithm>

#include "base/text.h"
#include "query/logql/label_sets.h"
#include "query/logql/pipeline.h"
#include "query/logql/run.h"
#include "query/logql/units.h"
#include "query/logql/windows.h"
#include "query/promql/printer.h"

namespace monitorai::query::logql {
namespace {

constexpr uint64_t kBytesPerSlice = 8 << 20;  // less text of a stream is not cut by time
constexpr size_t kSlicesMax = 16;
constexpr size_t kLinesPerCheck = 4096;

/// What the enclosing expression leaves of the labels: by (...), without (...), nothing, or all.
struct Kept {
  std::optional<Grouping> grouping;  ///< nullopt: all labels
  bool none() const { return grouping && !grouping->without && grouping->labels.empty(); }
};

Kept kept_labels(const RangeAggregation& node) {
  Kept out;
  if (node.op == RangeOp::absent_over_time) {
    out.grouping = Grouping{};
    return out;
  }
  out.grouping = node.grouping ? node.grouping : node.pushed_down;
  // The label that became the value is no label any more.
  if (node.unwrap) {
    if (!out.grouping) out.grouping = Grouping{{}, true};
    if (out.grouping->without) out.grouping->labels.push_back(node.unwrap->label);
  }
  return out;
}

Wanted wanted_labels(const RangeAggregation& node, const Kept& kept) {
  std::vector<std::string> names = labels_read(node.log.stages);
  if (node.unwrap) {
    names.push_back(node.unwrap->label);
    for (const LabelFilter& filter : node.unwrap->filters) add_labels_read(filter, names);
  }
  Wanted out;
  if (!kept.grouping || kept.grouping->without) return out;
  out.kind = kept.none() && names.empty() ? Wanted::Kind::nothing : Wanted::Kind::names;
  for (const std::string& label : kept.grouping->labels) names.push_back(label);
  for (size_t i = names.size(); i-- > 0;)
    if (names[i].ends_with(kExtractedSuffix)) names.push_back(names[i].substr(0, names[i].size() - kExtractedSuffix.size()));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  out.names = std::move(names);
  return out;
}

/// The series that one worker makes.
class Accumulator {
 public:
  Accumulator(const WindowGrid& grid, bool counts, bool weighs) : grid_(&grid), counts_(counts), weighs_(weighs) {}

  LabelSets sets;

  void add_lines(uint32_t series, const WindowFinder& windows, uint64_t lines, uint64_t bytes) {
    if (series >= lines_.size()) grow(series);
    lines_[series][windows.first] += lines;
    lines_[series][windows.last] -= lines;
    if (!weighs_) return;
    bytes_[series][windows.first] += bytes;
    bytes_[series][windows.last] -= bytes;
  }
  void add_sample(uint32_t series, int64_t time_ns, double value) {
    if (series >= samples_.size()) samples_.resize(series + 1);
    samples_[series].times_ns.push_back(time_ns);
    samples_[series].values.push_back(value);
    ++held;
  }
  /// Adds another worker's series.
  void merge(Accumulator&& other) {
    for (uint32_t i = 0; i < other.sets.size(); ++i) {
      const uint32_t mine = sets.of(other.sets[i].labels);
      if (counts_ && i < other.lines_.size()) {
        if (mine >= lines_.size()) grow(mine);
        for (size_t k = 0; k <= grid_->count; ++k) {
          lines_[mine][k] += other.lines_[i][k];
          if (weighs_) bytes_[mine][k] += other.bytes_[i][k];
        }
      }
      if (i < other.samples_.size()) {
        if (mine >= samples_.size()) samples_.resize(mine + 1);
        Samples& to = samples_[mine];
        Samples& from = other.samples_[i];
        to.times_ns.insert(to.times_ns.end(), from.times_ns.begin(), from.times_ns.end());
        to.values.insert(to.values.end(), from.values.begin(), from.values.end());
        from = {};
      }
    }
  }

  /// The row of a series, kAbsent where its window is empty.
  void row(uint32_t series, const RangeAggregation& node, std::span<double> out) {
    std::fill(out.begin(), out.end(), kAbsent);
    if (counts_) return counted_row(series, node, out);
    if (series >= samples_.size()) return;
    sort(samples_[series]);
    const Samples& s = samples_[series];
    std::vector<double> scratch;
    size_t begin = 0;
    size_t end = 0;
    for (size_t k = 0; k < out.size(); ++k) {
      const int64_t at = grid_->at(k);
      while (end < s.times_ns.size() && s.times_ns[end] <= at) ++end;
      while (begin < end && s.times_ns[begin] <= at - grid_->range_ns) ++begin;
      if (begin == end) continue;
      out[k] = window_value(node, std::span(s.times_ns).subspan(begin, end - begin), std::span(s.values).subspan(begin, end - begin), at, scratch);
    }
  }

  uint64_t held = 0;  ///< samples

 private:
  void grow(uint32_t series) {
    while (lines_.size() <= series) {
      lines_.emplace_back(grid_->count + 1, 0);
      if (weighs_) bytes_.emplace_back(grid_->count + 1, 0);
    }
  }
  void counted_row(uint32_t series, const RangeAggregation& node, std::span<double> out) const {
    if (series >= lines_.size()) return;
    const double seconds = static_cast<double>(node.range_ns) / 1e9;
    const bool rate = node.op == RangeOp::rate || node.op == RangeOp::bytes_rate;
    uint64_t lines = 0;
    uint64_t bytes = 0;
    for (size_t k = 0; k < out.size(); ++k) {
      lines += lines_[series][k];
      if (weighs_) bytes += bytes_[series][k];
      if (lines == 0) continue;
      const auto value = static_cast<double>(weighs_ ? bytes : lines);
      out[k] = node.op == RangeOp::absent_over_time ? 1 : rate ? value / seconds : value;
    }
  }
  static void sort(Samples& s) {
    if (std::is_sorted(s.times_ns.begin(), s.times_ns.end())) return;
    std::vector<uint32_t> order(s.times_ns.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return s.times_ns[a] < s.times_ns[b]; });
    Samples sorted;
    for (const uint32_t i : order) {
      sorted.times_ns.push_back(s.times_ns[i]);
      sorted.values.push_back(s.values[i]);
    }
    s = std::move(sorted);
  }

  const WindowGrid* grid_;
  bool counts_;  ///< lines (and bytes) as differences from window to window
  bool weighs_;
  std::vector<std::vector<uint64_t>> lines_;
  std::vector<std::vector<uint64_t>> bytes_;
  std::vector<Samples> samples_;
};

class Aggregation {
 public:
  Aggregation(Run& run, const RangeAggregation& node, const Grid& grid)
      : run_(run),
        node_(node),
        kept_(kept_labels(node)),
        windows_{grid.start_ms * 1'000'000 - node.offset_ns, grid.step_ms * 1'000'000, grid.count, node.range_ns},
        counts_(!node.unwrap),
        weighs_(node.op == RangeOp::bytes_over_time || node.op == RangeOp::bytes_rate) {}

  Result<ExternalRows, QueryError> rows() {
    auto pipeline = Pipeline::compile(node_.log, wanted_labels(node_, kept_), {run_.limits.line_bytes_max, run_.limits.template_steps_max});
    if (!pipeline) return QueryError{QueryError::Kind::parse, pipeline.error().text(run_.text)};
    pipeline_ = &*pipeline;
    if (node_.unwrap) {
      for (const LabelFilter& filter : node_.unwrap->filters) {
        auto step = make_label_filter(filter);
        if (!step) return QueryError{QueryError::Kind::parse, step.error().message};
        after_unwrap_.push_back(std::move(*step));
      }
    }
    const signals::LogRange range{{windows_.first_ns()}, {windows_.end_ns()}};
    auto selected = run_.source.select(node_.log.matchers, range);
    if (!selected) return QueryError::from(selected.error());
    streams_ = selected->get();
    run_.count_streams(streams_->size());
    cut(range);

    const size_t workers = std::min(run_.pool.threads(), std::max<size_t>(slices_.size(), 1));
    std::vector<Accumulator> parts;
    parts.reserve(workers);
    for (size_t i = 0; i < workers; ++i) parts.emplace_back(windows_, counts_, weighs_);
    std::vector<Status> results(workers);
    std::atomic<size_t> next{0};
    std::atomic<bool> failed{false};
    run_.pool.run(workers, [&](size_t worker) {
      for (size_t i = next++; i < slices_.size() && !failed; i = next++) {
        results[worker] = read(slices_[i], parts[worker]);
        if (!results[worker]) failed = true;
      }
    });
    for (Status& result : results) MAI_TRY(std::move(result));
    for (size_t i = 1; i < workers; ++i) parts[0].merge(std::move(parts[i]));
    MAI_TRY(few_enough(parts[0]));
    return node_.op == RangeOp::absent_over_time ? absent_row(parts[0]) : all_rows(parts[0]);
  }

 private:
  struct Slice {
    uint32_t stream;
    signals::LogRange range;
  };

  void cut(signals::LogRange range) {
    for (uint32_t stream = 0; stream < streams_->size(); ++stream) {
      size_t pieces = 1;
      if (run_.pool.threads() > 1)
        pieces = std::clamp<size_t>(streams_->usage(stream, range).bytes / kBytesPerSlice, 1, kSlicesMax);
      const int64_t width = (range.to.ns - range.from.ns) / static_cast<int64_t>(pieces);
      for (size_t i = 0; i < pieces; ++i) {
        const TimeNs from{range.from.ns + static_cast<int64_t>(i) * width};
        const TimeNs to = i + 1 == pieces ? range.to : TimeNs{from.ns + width};
        slices_.push_back({stream, {from, to}});
      }
    }
  }

  Status few_enough(const Accumulator& part) const {
    if (part.sets.size() > run_.limits.series_max)
      return QueryError{QueryError::Kind::limit,
                        fmt::format("maximum number of series ({}) reached for a single query (the limit series of a range aggregation); "
                                    "consider reducing the cardinality by grouping or more specific stream selectors",
                                    run_.limits.series_max)};
    if (part.held + part.sets.size() * windows_.count > run_.limits.samples_max)
      return QueryError{QueryError::Kind::limit,
                        fmt::format("the query would hold too many samples (the limit samples per query is {})", run_.limits.samples_max)};
    return {};
  }

  Status read(const Slice& slice, Accumulator& out) {
    auto cursor = streams_->read(slice.stream, slice.range, signals::Direction::forward, pipeline_->needles());
    if (!cursor) return QueryError::from(cursor.error());
    const signals::Labels& labels = streams_->labels(slice.stream);
    thread_local Line line;
    std::vector<uint32_t> candidates;
    // The series of lines whose labels are those of the stream.
    std::optional<uint32_t> plain;
    const auto plain_series = [&] {
      if (!plain) {
        line.labels.start(labels, {}, line.arena);
        plain = out.sets.of(line.labels, grouping());
      }
      return *plain;
    };
    for (;;) {
      auto next = (*cursor)->next();
      if (!next) return QueryError::from(next.error());
      const signals::LogBlock* block = *next;
      if (block == nullptr) return {};
      MAI_TRY(run_.count_block(*block));
      const bool every = pipeline_->candidates(*block, labels, candidates);
      const size_t count = every ? block->size() : candidates.size();
      const bool same_labels = kept_.none() || (pipeline_->text_only() && block->set_of.empty());
      if (counts_ && same_labels && pipeline_->candidates_pass()) {
        count_all(*block, every, candidates, plain_series(), out);
        continue;
      }
      MAI_TRY(run_lines(*block, labels, every, candidates, count, line, plain_series, same_labels, out));
      MAI_TRY(few_enough(out));
    }
  }

  const Grouping* grouping() const { return kept_.grouping ? &*kept_.grouping : nullptr; }

  /// Every candidate counts, for one series.
  void count_all(const signals::LogBlock& block, bool every, const std::vector<uint32_t>& candidates, uint32_t series, Accumulator& out) {
    WindowFinder windows(windows_);
    uint64_t lines = 0;
    uint64_t bytes = 0;
    uint64_t total = 0;
    const auto flush = [&] {
      if (lines > 0 && !windows.none()) {
        out.add_lines(series, windows, lines, bytes);
        total += lines;
      }
      lines = bytes = 0;
    };
    const size_t count = every ? block.size() : candidates.size();
    for (size_t n = 0; n < count; ++n) {
      const size_t i = every ? n : candidates[n];
      if (!windows.holds(block.times_ns[i])) {
        flush();
        windows.move_to(block.times_ns[i]);
      }
      ++lines;
      bytes += block.ends[i] - block.begin_of(i);
    }
    flush();
    run_.count_matched(total);
  }

  template <class PlainSeries>
  Status run_lines(const signals::LogBlock& block, const signals::Labels& labels, bool every, const std::vector<uint32_t>& candidates,
                   size_t count, Line& line, const PlainSeries& plain_series, bool same_labels, Accumulator& out) {
    WindowFinder windows(windows_);
    uint64_t matched = 0;
    for (size_t n = 0; n < count; ++n) {
      if (n % kLinesPerCheck == kLinesPerCheck - 1) MAI_TRY(run_.alive());
      const size_t i = every ? n : candidates[n];
      windows.move_to(block.times_ns[i]);
      if (windows.none()) continue;
      const std::string_view text = block.line(i);
      line.start(block.times_ns[i], text, block.text.size() - (block.begin_of(i) + text.size()), labels, block.metadata(i));
      if (!pipeline_->run(line)) continue;
      double value = 0;
      if (node_.unwrap) {
        const auto unwrapped = unwrap(line);
        if (!unwrapped) continue;
        value = *unwrapped;
      }
      if (!line.labels.error().empty() && !line.labels.get(kPreserveErrorLabel)) return pipeline_error(line);
      ++matched;
      const uint32_t series = same_labels && line.labels.untouched() ? plain_series() : out.sets.of(line.labels, grouping());
      if (node_.unwrap)
        out.add_sample(series, line.time_ns, value);
      else
        out.add_lines(series, windows, 1, line.text.size());
    }
    run_.count_matched(matched);
    return {};
  }

  /// The value of the unwrapped label; nullopt when the line has none or a filter drops it.
  std::optional<double> unwrap(Line& line) const {
    const Unwrap& u = *node_.unwrap;
    const std::string_view text = line.labels.value(u.label);
    if (text.empty()) return std::nullopt;
    std::optional<double> value;
    switch (u.conversion) {
      case Conversion::none:
        value = parse_number(text);
        break;
      case Conversion::bytes:
        value = parse_bytes(text);
        break;
      default:
        if (const auto ns = parse_go_duration(text)) value = static_cast<double>(*ns) / 1e9;
    }
    if (!value) {
      const std::string why = u.conversion == Conversion::none    ? number_fault(text)
                              : u.conversion == Conversion::bytes ? bytes_fault(text)
                                                                  : duration_fault(text);
      line.labels.fail(kSampleError, line.arena.copy(why));
      value = 0;
    }
    for (const StepPtr& step : after_unwrap_)
      if (!step->run(line)) return std::nullopt;
    return value;
  }

  static Status pipeline_error(const Line& line) {
    LabelSets all;
    const std::string series = all[all.of(line.labels)].labels.text();
    const std::string error(line.labels.error());
    return QueryError::execution(fmt::format(
        "pipeline error: '{0}' for series: '{1}'.\nUse a label filter to intentionally skip this error. (e.g | __error__!=\"{0}\").\n"
        "To skip all potential errors you can match empty errors.(e.g __error__=\"\")\n"
        "The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n",
        error, series));
  }

  Result<ExternalRows, QueryError> all_rows(Accumulator& part) {
    ExternalRows out;
    const size_t steps = windows_.count;
    const size_t series = part.sets.size();
    std::vector<double> values(series * steps);
    std::atomic<bool> stopped{false};
    run_.pool.run(series, [&](size_t i) {
      if (stopped || !run_.alive()) {
        stopped = true;
        return;
      }
      part.row(static_cast<uint32_t>(i), node_, std::span(values).subspan(i * steps, steps));
    });
    MAI_TRY(run_.alive());
    for (uint32_t i = 0; i < series; ++i) {
      const std::span<const double> row = std::span(values).subspan(i * steps, steps);
      if (std::none_of(row.begin(), row.end(), present)) continue;
      out.labels.push_back(part.sets[i].labels);
      out.values.insert(out.values.end(), row.begin(), row.end());
    }
    return out;
  }

  /// 1 where there was no line, with the labels that the selector demands.
  Result<ExternalRows, QueryError> absent_row(Accumulator& part) {
    std::vector<double> values(windows_.count, kAbsent);
    if (part.sets.size() > 0) part.row(0, node_, values);
    for (double& v : values) v = absent(v) ? 1 : kAbsent;
    std::vector<signals::Label> labels;
    for (const signals::Matcher& m : node_.log.matchers) {
      const auto same_name = [&](const signals::Matcher& other) { return other.name() == m.name(); };
      const bool once = std::count_if(node_.log.matchers.begin(), node_.log.matchers.end(), same_name) == 1;
      if (m.op() == signals::MatchOp::equal && once) labels.push_back({m.name(), m.value()});
    }
    ExternalRows out;
    out.labels.push_back(signals::Labels::from(std::move(labels)));
    out.values = std::move(values);
    return out;
  }

  Run& run_;
  const RangeAggregation& node_;
  Kept kept_;
  WindowGrid windows_;
  bool counts_;
  bool weighs_;
  const Pipeline* pipeline_ = nullptr;
  std::vector<StepPtr> after_unwrap_;
  const signals::StreamSet* streams_ = nullptr;
  std::vector<Slice> slices_;
};

}  // namespace

Result<ExternalRows, QueryError> aggregate_range(Run& run, const RangeAggregation& node, const Grid& grid) {
  return Aggregation(run, node, grid).rows();
}

}  // namespace monitorai::query::logql

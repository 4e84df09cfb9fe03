#include "query/logql/testing/log_script_runner.h"

#include <algorithm>

#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/promql/quantile.h"

namespace monitorai::query {
namespace {

constexpr double kTolerance = 0.000001;

class MemoryStorage final : public LogScriptStorage {
 public:
  explicit MemoryStorage(size_t lines_per_block) : source_(lines_per_block) {}
  Result<void> add(const signals::Labels& stream, std::vector<MemoryLogSource::StoredLine> lines) override {
    source_.add(stream, std::move(lines));
    return {};
  }
  const signals::LogSource& source() override { return source_; }

 private:
  MemoryLogSource source_;
};

/// "" when all is as expected.
using Problem = std::string;
using Expected = LogEvalCommand::ExpectedLine;

std::string show(const signals::Labels& labels, TimeNs time, const std::string& line) {
  return fmt::format("{} @ {} ms \"{}\"", labels.text(), time.ns / 1'000'000, line);
}

class Runner {
 public:
  Runner(const LogQlEngine& engine, const NewLogScriptStorage& new_storage)
      : engine_(engine), new_storage_(new_storage), storage_(new_storage()) {}

  LogScriptReport run(std::string_view text) {
    const auto script = parse_log_script(text);
    if (!script) {
      report_.failures.push_back({0, script.error().message});
      return std::move(report_);
    }
    for (const LogCommand& command : *script) {
      if (std::holds_alternative<LogClearCommand>(command.what)) storage_ = new_storage_();
      if (const auto* load = std::get_if<LogLoadCommand>(&command.what)) {
        for (const auto& stream : load->streams)
          if (const auto added = storage_->add(stream.labels, stream.lines); !added)
            report_.failures.push_back({command.line, added.error().message});
      }
      if (const auto* eval = std::get_if<LogEvalCommand>(&command.what)) run_eval(*eval, command.line);
    }
    return std::move(report_);
  }

 private:
  void run_eval(const LogEvalCommand& eval, size_t line) {
    Problem problem = check_printing(eval.query);
    if (problem.empty()) {
      problem = eval.kind == LogEvalCommand::Kind::logs ? check_logs(eval) : eval.kind == LogEvalCommand::Kind::range ? check_range(eval) : check_instant(eval);
    }
    if (problem.empty())
      ++report_.passed;
    else
      report_.failures.push_back({line, fmt::format("{}: {}", eval.query, problem)});
  }

  static Problem check_printing(const std::string& query) {
    const auto parsed = logql::parse(query);
    if (!parsed) return {};  // evaluation reports it
    const std::string printed = logql::print(*parsed);
    const auto again = logql::parse(printed);
    if (!again) return fmt::format("printed as {}, which does not parse: {}", printed, again.error().text(printed));
    if (!logql::same(*parsed, *again)) return fmt::format("printed as {}, which is another query", printed);
    if (const auto pretty = logql::parse(logql::format_query(*parsed)); !pretty || !logql::same(*parsed, *pretty))
      return "its formatted text is another query";
    return {};
  }

  /// True when the check ends here: the query failed, or should have.
  template <class T>
  static bool failed(const LogEvalCommand& eval, const Result<T, QueryError>& result, Problem& problem) {
    if (result) {
      if (eval.fails) problem = "expected an error but got none";
      return eval.fails;
    }
    if (!eval.fails)
      problem = "error: " + result.error().message;
    else if (result.error().message.find(eval.fail_message) == std::string::npos)
      problem = "another error than expected: " + result.error().message;
    return true;
  }

  Problem check_instant(const LogEvalCommand& eval) {
    const auto result = engine_.instant(storage_->source(), eval.query, eval.from);
    if (Problem p; failed(eval, result, p)) return p;
    if (Problem p = check_values(eval, result->metric, eval.from.ns / 1'000'000, 1); !p.empty()) return p;
    if (eval.ordered) return {};
    // The middle of a range query is the same.
    const TimeNs before{eval.from.ns - 60'000'000'000};
    const TimeNs after{eval.from.ns + 60'000'000'000};
    auto range = engine_.range(storage_->source(), eval.query, {before, after, std::chrono::seconds(30)});
    // Lines of the other steps may have errors of their own.
    if (!range) return range.error().message.starts_with("pipeline error") ? "" : "in range mode: " + range.error().message;
    QueryResult middle;
    middle.type = result->metric.type;
    for (const ResultSeries& series : range->metric.series)
      for (const signals::Sample& sample : series.samples)
        if (sample.time.ms == eval.from.ns / 1'000'000) middle.series.push_back({series.labels, {sample}});
    const Problem p = check_values(eval, middle, eval.from.ns / 1'000'000, 1);
    return p.empty() ? p : "in range mode: " + p;
  }

  Problem check_range(const LogEvalCommand& eval) {
    const auto result = engine_.range(storage_->source(), eval.query, {eval.from, eval.to, eval.step});
    if (Problem p; failed(eval, result, p)) return p;
    return check_values(eval, result->metric, eval.from.ns / 1'000'000, eval.step.count());
  }

  static Problem check_values(const LogEvalCommand& eval, const QueryResult& result, int64_t start_ms, int64_t step_ms) {
    if (eval.scalar) {
      if (result.type != ValueType::scalar) return "expected a scalar";
      const double got = result.series.at(0).samples.at(0).value;
      return almost_equal(*eval.scalar, got, kTolerance) ? "" : fmt::format("expected {} but got {}", *eval.scalar, got);
    }
    if (result.type == ValueType::scalar) return "unexpected scalar";
    for (size_t i = 0; i < result.series.size(); ++i) {
      const ResultSeries& got = result.series[i];
      const auto want = std::find_if(eval.series.begin(), eval.series.end(), [&](const NotatedSeries& s) { return s.labels == got.labels; });
      if (want == eval.series.end()) return fmt::format("unexpected {} in the result: {}", got.labels.text(), show_samples(got.samples));
      if (eval.ordered && static_cast<size_t>(want - eval.series.begin()) != i) return fmt::format("{} stands at place {}", got.labels.text(), i + 1);
      std::vector<signals::Sample> expected;
      for (size_t k = 0; k < want->values.size(); ++k)
        if (want->values[k]) expected.push_back({{start_ms + static_cast<int64_t>(k) * step_ms}, *want->values[k]});
      bool equal = expected.size() == got.samples.size();
      for (size_t k = 0; equal && k < expected.size(); ++k)
        equal = expected[k].time == got.samples[k].time && almost_equal(expected[k].value, got.samples[k].value, kTolerance);
      if (!equal) return fmt::format("expected {} for {} but got {}", show_samples(expected), got.labels.text(), show_samples(got.samples));
    }
    for (const NotatedSeries& want : eval.series)
      if (std::any_of(want.values.begin(), want.values.end(), [](const auto& v) { return v.has_value(); }) &&
          std::none_of(result.series.begin(), result.series.end(), [&](const ResultSeries& s) { return s.labels == want.labels; }))
        return fmt::format("expected {} is not in the result", want.labels.text());
    return {};
  }

  Problem check_logs(const LogEvalCommand& eval) {
    LogQlRange range{eval.from, eval.to};
    range.limit = eval.limit;
    range.interval = eval.interval;
    range.direction = eval.direction;
    const auto result = engine_.range(storage_->source(), eval.query, range);
    if (Problem p; failed(eval, result, p)) return p;
    if (!result->is_log) return "the result is no log";
    if (Problem p = check_lines(eval.lines, result->streams); !p.empty()) return p;
    if (Problem p = check_parts(result->streams); !p.empty()) return p;
    const uint64_t returned = result->statistics.entries_returned;
    if (returned < eval.limit && eval.interval.count() == 0) {
      // The other direction is the same reversed.
      LogQlRange other = range;
      other.direction = eval.direction == signals::Direction::forward ? signals::Direction::backward : signals::Direction::forward;
      auto reversed = engine_.range(storage_->source(), eval.query, other);
      if (!reversed) return "in the other direction: " + reversed.error().message;
      for (LogStream& stream : reversed->streams) std::reverse(stream.entries.begin(), stream.entries.end());
      if (Problem p = check_lines(eval.lines, reversed->streams); !p.empty()) return "in the other direction: " + p;
      // A smaller limit gives the lines that come first.
      if (returned > 1) return check_beginning(eval, range, result->streams, returned / 2);
    }
    return {};
  }

  Problem check_beginning(const LogEvalCommand& eval, LogQlRange range, const std::vector<LogStream>& all, uint64_t limit) const {
    range.limit = limit;
    const auto part = engine_.range(storage_->source(), eval.query, range);
    if (!part) return "with a limit: " + part.error().message;
    if (part->statistics.entries_returned != limit) return fmt::format("with limit {}: {} lines", limit, part->statistics.entries_returned);
    for (const LogStream& stream : part->streams) {
      const auto whole = std::find_if(all.begin(), all.end(), [&](const LogStream& s) { return s.labels == stream.labels; });
      if (whole == all.end() || whole->entries.size() < stream.entries.size() ||
          !std::equal(stream.entries.begin(), stream.entries.end(), whole->entries.begin()))
        return fmt::format("with limit {}: {} does not begin as the whole does", limit, stream.labels.text());
    }
    return {};
  }

  /// The lines of each stream are in the order of the script.
  static Problem check_lines(const std::vector<Expected>& expected, const std::vector<LogStream>& streams) {
    size_t seen = 0;
    for (const LogStream& stream : streams) {
      std::vector<const Expected*> of_stream;
      for (const Expected& e : expected)
        if (e.labels == stream.labels) of_stream.push_back(&e);
      for (size_t i = 0; i < stream.entries.size(); ++i) {
        const LogEntry& got = stream.entries[i];
        if (i >= of_stream.size()) return "unexpected " + show(stream.labels, got.time, got.line);
        const Expected& want = *of_stream[i];
        if (want.time != got.time || want.line != got.line)
          return fmt::format("expected {} but got {}", show(want.labels, want.time, want.line), show(stream.labels, got.time, got.line));
        ++seen;
      }
      if (stream.entries.size() < of_stream.size()) {
        const Expected& missing = *of_stream[stream.entries.size()];
        return fmt::format("expected {} is not in the result", show(missing.labels, missing.time, missing.line));
      }
    }
    if (seen < expected.size()) {
      for (const Expected& e : expected)
        if (std::none_of(streams.begin(), streams.end(), [&](const LogStream& s) { return s.labels == e.labels; }))
          return fmt::format("expected {} is not in the result", show(e.labels, e.time, e.line));
    }
    return {};
  }

  /// The labels of a stream are those of its three parts together.
  static Problem check_parts(const std::vector<LogStream>& streams) {
    for (const LogStream& stream : streams) {
      std::vector<signals::Label> all;
      for (const signals::Labels* part : {&stream.stream, &stream.structured_metadata, &stream.parsed})
        all.insert(all.end(), part->begin(), part->end());
      if (signals::Labels::from(std::move(all)) != stream.labels) return "the parts of " + stream.labels.text() + " are not the whole";
    }
    return {};
  }

  static std::string show_samples(const std::vector<signals::Sample>& samples) {
    std::string out;
    for (const signals::Sample& s : samples) out += fmt::format("{}{} @[{}]", out.empty() ? "" : " ", s.value, s.time.ms);
    return "[" + out + "]";
  }

  const LogQlEngine& engine_;
  const NewLogScriptStorage& new_storage_;
  std::unique_ptr<LogScriptStorage> storage_;
  LogScriptReport report_;
};

}  // namespace

NewLogScriptStorage memory_log_storage(size_t lines_per_block) {
  return [lines_per_block] { return std::make_unique<MemoryStorage>(lines_per_block); };
}

LogScriptReport run_log_script(std::string_view text, const LogQlEngine& engine, const NewLogScriptStorage& storage) {
  return Runner(engine, storage).run(text);
}

}  // namespace monitorai::query

#include "query/promql/testing/script_runner.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "query/promql/ast.h"
#include "query/promql/printer.h"
#include "query/promql/quantile.h"
#include "query/promql/testing/memory_source.h"

namespace monitorai::query {
namespace {

using Kind = Expectation::Kind;
constexpr double kTolerance = 0.000001;

class MemoryStorage final : public ScriptStorage {
 public:
  Result<void> add(const signals::Labels& labels, const std::vector<signals::Sample>& samples) override {
    source_.add(labels, samples);
    return {};
  }
  const signals::MetricSource& source() override { return source_; }

 private:
  MemorySource source_;
};

std::string show(const NotatedSeries& series) { return series.labels.text(); }

/// "" when all is as expected.
using Problem = std::string;

template <class F>
void visit(const Expr& expr, F&& f) {
  f(expr);
  for (const Expr* child : children(expr)) visit(*child, f);
}

bool matches(const signals::Labels& labels, const std::vector<signals::Matcher>& matchers) {
  return std::all_of(matchers.begin(), matchers.end(), [&](const signals::Matcher& m) { return m.matches(labels.value(m.name())); });
}

/// Sets @ on every selector that has none and no subquery with one round it. False when a function in it depends on the time anyway.
bool pin(Expr& expr, int64_t time_ms, bool pinned) {
  switch (expr.kind) {
    case Expr::Kind::vector_selector: {
      TimeShift& shift = static_cast<VectorSelector&>(expr).shift;
      if (!pinned && !shift.has_at()) shift.at_ms = time_ms;
      return true;
    }
    case Expr::Kind::matrix_selector:
      return pin(*static_cast<MatrixSelector&>(expr).selector, time_ms, pinned);
    case Expr::Kind::subquery: {
      auto& node = static_cast<Subquery&>(expr);
      if (!pinned && !node.shift.has_at()) node.shift.at_ms = time_ms;
      return pin(*node.expr, time_ms, true);
    }
    case Expr::Kind::call: {
      auto& node = static_cast<Call&>(expr);
      static constexpr std::array kUnsafe = {
          FunctionId::days_in_month, FunctionId::day_of_month, FunctionId::day_of_week, FunctionId::day_of_year, FunctionId::end,
          FunctionId::hour,          FunctionId::minute,       FunctionId::month,       FunctionId::year,        FunctionId::predict_linear,
          FunctionId::range,         FunctionId::start,        FunctionId::step,        FunctionId::time,        FunctionId::timestamp};
      bool safe = std::find(kUnsafe.begin(), kUnsafe.end(), node.function->id) == kUnsafe.end();
      for (const ExprPtr& arg : node.args) safe = pin(*arg, time_ms, pinned) && safe;
      return safe;
    }
    default: {
      bool safe = true;
      for (const Expr* child : children(expr)) safe = pin(const_cast<Expr&>(*child), time_ms, pinned) && safe;
      return safe;
    }
  }
}

class Runner {
 public:
  Runner(const Engine& engine, const NewScriptStorage& new_storage) : engine_(engine), new_storage_(new_storage), storage_(new_storage()) {}

  ScriptReport run(std::string_view text) {
    const auto script = parse_script(text);
    if (!script) {
      report_.failures.push_back({0, script.error().message});
      return std::move(report_);
    }
    for (const Command& command : *script) {
      if (std::holds_alternative<ClearCommand>(command.what)) clear();
      if (const auto* load = std::get_if<LoadCommand>(&command.what)) run_load(*load, command.line);
      if (const auto* eval = std::get_if<EvalCommand>(&command.what)) run_eval(*eval, command.line);
    }
    return std::move(report_);
  }

 private:
  void clear() {
    storage_ = new_storage_();
    native_.clear();
    with_start_.clear();
  }

  void run_load(const LoadCommand& load, size_t line) {
    for (auto entry = load.lines.begin(); entry != load.lines.end(); ++entry) {
      const NotatedSeries& series = entry->series;
      // Of lines for the same series within one load the last one holds.
      const auto replaces = [&](const LoadCommand::Line& later) {
        return later.series.labels == series.labels && later.start_timestamps == entry->start_timestamps;
      };
      if (std::any_of(entry + 1, load.lines.end(), replaces)) continue;
      if (entry->start_timestamps) {
        with_start_.push_back(series.labels);
        continue;
      }
      if (series.has_native_histograms) native_.push_back(series.labels);
      if (load.with_nhcb) add_converted(series.labels);
      std::vector<signals::Sample> samples;
      for (size_t i = 0; i < series.values.size(); ++i)
        if (series.values[i]) samples.push_back({{static_cast<int64_t>(i) * load.step_ms}, *series.values[i]});
      if (samples.empty()) continue;
      if (const auto added = storage_->add(series.labels, samples); !added) report_.failures.push_back({line, added.error().message});
    }
  }

  /// load_with_nhcb: `x_bucket`, `x_count` and `x_sum` also make the native histogram `x`.
  void add_converted(const signals::Labels& labels) {
    const std::string_view name = labels.value(signals::kMetricName);
    for (const std::string_view suffix : {"_bucket", "_count", "_sum"})
      if (name.ends_with(suffix))
        native_.push_back(labels.with("le", "").with(signals::kMetricName, name.substr(0, name.size() - suffix.size())));
  }

  void run_eval(const EvalCommand& eval, size_t line) {
    const auto parsed = parse(eval.query, engine_.options().parse);
    bool native = std::any_of(eval.series.begin(), eval.series.end(), [](const NotatedSeries& s) { return s.has_native_histograms; });
    bool start = false;
    if (parsed) {
      visit(**parsed, [&](const Expr& expr) {
        if (expr.kind != Expr::Kind::vector_selector) return;
        const auto& matchers = as<VectorSelector>(expr).matchers;
        const auto met = [&](const signals::Labels& labels) { return matches(labels, matchers); };
        native = native || std::any_of(native_.begin(), native_.end(), met);
        start = start || std::any_of(with_start_.begin(), with_start_.end(), met);
      });
    }
    if (native) {
      ++report_.skipped_native;
      return;
    }
    if (start) {
      ++report_.skipped_start_timestamps;
      return;
    }
    const Problem problem = eval.is_range ? check_range(eval) : check_instant(eval);
    if (problem.empty())
      ++report_.passed;
    else
      report_.failures.push_back({line, fmt::format("{}: {}", eval.query, problem)});
  }

  Problem check_range(const EvalCommand& eval) {
    if (Problem p = check_printing(eval.query); !p.empty()) return p;
    const auto result =
        engine_.range(storage_->source(), eval.query, {{eval.start_ms}, {eval.end_ms}}, std::chrono::milliseconds(eval.step_ms));
    if (Problem p; failed(eval, result, p)) return p;
    if (Problem p = check_annotations(eval, *result); !p.empty()) return p;
    return check_matrix(eval, *result);
  }

  Problem check_instant(const EvalCommand& eval) {
    if (Problem p = check_printing(eval.query); !p.empty()) return p;
    const int64_t time = eval.end_ms;
    if (Problem p = check_instant_at(eval, eval.query, time); !p.empty()) return p;
    auto parsed = parse(eval.query, engine_.options().parse);
    if (!parsed || !pin(**parsed, time, false)) return {};
    const std::string pinned = print(**parsed);
    const std::vector<int64_t> times =
        time == 0 ? std::vector<int64_t>{-1000, 0, 1000} : std::vector<int64_t>{-10 * time, 0, time / 5, time, 10 * time};
    for (const int64_t other : times)
      if (Problem p = check_instant_at(eval, pinned, other); !p.empty()) return fmt::format("as {} at {} ms: {}", pinned, other, p);
    return {};
  }

  Problem check_instant_at(const EvalCommand& eval, const std::string& query, int64_t time) {
    const auto result = engine_.instant(storage_->source(), query, {time});
    if (Problem p; failed(eval, result, p)) return p;
    if (Problem p = check_annotations(eval, *result); !p.empty()) return p;
    if (Problem p = check_value(eval, *result); !p.empty()) return p;
    if (eval.range_vector || eval.text) return {};
    for (const std::string_view word : {"start()", "end()", "range()", "step()"})
      if (query.find(word) != std::string::npos) return {};
    // The middle of a range query over a minute either way is the same.
    auto range = engine_.range(storage_->source(), query, {{time - 60'000}, {time + 60'000}}, std::chrono::minutes(1));
    if (!range) return "in range mode: " + range.error().message;
    if (eval.expects(Kind::ordered)) return {};
    QueryResult middle;
    middle.type = result->type;
    for (const ResultSeries& series : range->series)
      for (const signals::Sample& sample : series.samples)
        if (sample.time.ms == time) middle.series.push_back({series.labels, {sample}});
    const Problem p = check_value(eval, middle);
    return p.empty() ? p : "in range mode: " + p;
  }

  Problem check_printing(const std::string& query) {
    const auto parsed = parse(query, engine_.options().parse);
    if (!parsed) return {};  // evaluation reports it
    const std::string printed = print(**parsed);
    const auto again = parse(printed, engine_.options().parse);
    if (!again) return fmt::format("printed as {}, which does not parse: {}", printed, again.error().text(printed));
    if (!same(**parsed, **again)) return fmt::format("printed as {}, which is another query", printed);
    if (const auto pretty = parse(format_query(**parsed), engine_.options().parse); !pretty || !same(**parsed, **pretty))
      return "its formatted text is another query";
    return {};
  }

  /// True when the check ends here: the query failed, or should have.
  static bool failed(const EvalCommand& eval, const Result<QueryResult, QueryError>& result, Problem& problem) {
    const bool expected = eval.expects(Kind::fail);
    if (result) {
      if (expected) problem = "expected an error but got none";
      return expected;
    }
    if (!expected) {
      problem = "error: " + result.error().message;
      return true;
    }
    for (const Expectation& e : eval.expectations)
      if (e.kind == Kind::fail && !e.matches(result.error().message)) problem = "another error than expected: " + result.error().message;
    return true;
  }

  static Problem check_annotations(const EvalCommand& eval, const QueryResult& result) {
    const auto check = [&](Kind want, Kind none, const std::vector<std::string>& found, std::string_view what) -> Problem {
      if (eval.expects(none) && !found.empty()) return fmt::format("unexpected {}: {}", what, join(found, "; "));
      if (!eval.expects(want)) return {};
      if (found.empty()) return fmt::format("expected {} annotations but got none", what);
      for (const Expectation& e : eval.expectations)
        if (e.kind == want && std::none_of(found.begin(), found.end(), [&](const std::string& text) { return e.matches(text); }))
          return fmt::format("no {} as expected ({}), found: {}", what, e.message.value_or("regex"), join(found, "; "));
      for (const std::string& text : found)
        if (std::none_of(eval.expectations.begin(), eval.expectations.end(),
                         [&](const Expectation& e) { return e.kind == want && e.matches(text); }))
          return fmt::format("unexpected {}: {}", what, text);
      return {};
    };
    if (Problem p = check(Kind::warn, Kind::no_warn, result.warnings, "warning"); !p.empty()) return p;
    return check(Kind::info, Kind::no_info, result.infos, "info");
  }

  static Problem check_value(const EvalCommand& eval, const QueryResult& result) {
    switch (result.type) {
      case ValueType::string:
        if (!eval.text || *eval.text != result.text) return fmt::format("expected another string than \"{}\"", result.text);
        return {};
      case ValueType::scalar: {
        if (!eval.scalar) return "expected a vector, but got a scalar";
        const double got = result.series.at(0).samples.at(0).value;
        if (!almost_equal(*eval.scalar, got, kTolerance)) return fmt::format("expected scalar {} but got {}", *eval.scalar, got);
        return {};
      }
      case ValueType::vector:
        return check_vector(eval, result);
      default:
        return check_matrix(eval, result);
    }
  }

  static Problem check_vector(const EvalCommand& eval, const QueryResult& result) {
    if (eval.scalar) return "expected a scalar, but got a vector";
    for (size_t i = 0; i < result.series.size(); ++i) {
      const ResultSeries& got = result.series[i];
      const auto want =
          std::find_if(eval.series.begin(), eval.series.end(), [&](const NotatedSeries& s) { return s.labels == got.labels; });
      if (want == eval.series.end())
        return fmt::format("unexpected {} in result, has value {}", got.labels.text(), got.samples.at(0).value);
      const auto position = static_cast<size_t>(want - eval.series.begin());
      if (eval.expects(Kind::ordered) && position != i)
        return fmt::format("expected {} at position {} but was at {}", got.labels.text(), position + 1, i + 1);
      if (want->values.empty() || !want->values[0] || !almost_equal(*want->values[0], got.samples.at(0).value, kTolerance))
        return fmt::format("expected {} for {} but got {}", want->values.empty() ? std::nan("") : want->values[0].value_or(std::nan("")),
                           got.labels.text(), got.samples.at(0).value);
    }
    for (const NotatedSeries& want : eval.series)
      if (std::none_of(result.series.begin(), result.series.end(), [&](const ResultSeries& s) { return s.labels == want.labels; }))
        return fmt::format("expected {} not found", show(want));
    return {};
  }

  static Problem check_matrix(const EvalCommand& eval, const QueryResult& result) {
    if (eval.scalar) return "expected a scalar, but got a matrix";
    if (eval.expects(Kind::ordered)) return "expected an ordered result, but got a matrix";
    if (!std::is_sorted(result.series.begin(), result.series.end(), [](const auto& a, const auto& b) { return a.labels < b.labels; }))
      return "the matrix is not sorted by labels";
    for (const ResultSeries& got : result.series) {
      const auto want =
          std::find_if(eval.series.begin(), eval.series.end(), [&](const NotatedSeries& s) { return s.labels == got.labels; });
      if (want == eval.series.end()) return fmt::format("unexpected {} in result, has {}", got.labels.text(), show_samples(got));
      std::vector<signals::Sample> expected;
      for (size_t i = 0; i < want->values.size(); ++i)
        if (want->values[i]) expected.push_back({{eval.start_ms + static_cast<int64_t>(i) * eval.step_ms}, *want->values[i]});
      bool equal = expected.size() == got.samples.size();
      for (size_t i = 0; equal && i < expected.size(); ++i)
        equal = expected[i].time == got.samples[i].time && almost_equal(expected[i].value, got.samples[i].value, kTolerance);
      if (!equal) return fmt::format("expected {} for {} but got {}", show_samples({{}, expected}), got.labels.text(), show_samples(got));
    }
    for (const NotatedSeries& want : eval.series)
      if (std::none_of(result.series.begin(), result.series.end(), [&](const ResultSeries& s) { return s.labels == want.labels; }))
        return fmt::format("expected {} not found", show(want));
    return {};
  }

  static std::string show_samples(const ResultSeries& series) {
    std::string out;
    for (const signals::Sample& s : series.samples) out += fmt::format("{}{} @[{}]", out.empty() ? "" : " ", s.value, s.time.ms);
    return "[" + out + "]";
  }

  const Engine& engine_;
  const NewScriptStorage& new_storage_;
  std::unique_ptr<ScriptStorage> storage_;
  std::vector<signals::Labels> native_;
  std::vector<signals::Labels> with_start_;
  ScriptReport report_;
};

}  // namespace

std::unique_ptr<ScriptStorage> new_memory_storage() { return std::make_unique<MemoryStorage>(); }

EngineOptions script_options() {
  EngineOptions options;
  options.parse = ParseOptions::everything();
  options.delayed_name_removal = true;
  return options;
}

ScriptReport run_script(std::string_view text, const Engine& engine, const NewScriptStorage& storage) {
  return Runner(engine, storage).run(text);
}

}  // namespace monitorai::query

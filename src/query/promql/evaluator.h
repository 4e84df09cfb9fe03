#pragma once
// Evaluates a syntax tree on a grid of steps. One evaluator serves one query; its thread owns it, workers of the pool see it as const.

#include <atomic>

#include "query/promql/ast.h"
#include "query/promql/engine.h"
#include "query/promql/vector.h"
#include "query/promql/windows.h"

namespace monitorai::query {

/// What an External evaluates to; without equal labels.
struct ExternalRows {
  std::vector<signals::Labels> labels;
  std::vector<double> values;  ///< rows x steps, kAbsent where there is none
};

/// What stays the same during a query.
struct Query {
  const signals::MetricSource& source;
  Pool& pool;
  Limits limits;
  EngineOptions options;
  TimeRange range;      ///< start and end of the query, what start() and end() mean
  int64_t step_ms = 0;  ///< 0 for an instant query
  std::stop_token stop;
  std::chrono::steady_clock::time_point deadline;
  std::function<Result<ExternalRows, QueryError>(const External& node, const Grid& grid)> external{};  ///< set where the tree has one
};

/// The value of a tree over the grid, as the engine hands it out; `text` is the query, for the places of annotations.
Result<QueryResult, QueryError> evaluate(const Query& query, const Expr& expr, std::string_view text, const Grid& grid, bool is_range);

class Evaluator {
 public:
  explicit Evaluator(const Query& query) : query_(query) {}

  Result<Value, QueryError> eval(const Expr& expr, const Grid& grid);
  /// Computes all rows of a lazy vector.
  Status materialise(Vector& vector);
  /// Removes the names that delayed removal kept, and checks that the label sets stay different.
  Status finish_names(Vector& vector);
  /// The samples of a range vector as the result of an instant query shows them.
  Result<std::vector<ResultSeries>, QueryError> range_vector(Ranges& ranges, const Grid& grid);

  const Annotations& annotations() const { return annotations_; }
  Statistics statistics() const;

 private:
  // ---- evaluator.cpp ----
  Result<Value, QueryError> eval_unshared(const Expr& expr, const Grid& grid);
  Result<Vector, QueryError> eval_vector(const Expr& expr, const Grid& grid);
  Result<Scalars, QueryError> eval_scalar(const Expr& expr, const Grid& grid);
  Result<Value, QueryError> eval_unary(const Unary& node, const Grid& grid);
  Result<Vector, QueryError> eval_external(const External& node, const Grid& grid);
  Status alive() const;
  /// Splits rows among the pool: body(part, row, scratch) for every row; parts are contiguous and each is run by one thread.
  Status for_rows(size_t rows, size_t parts_max, const std::function<Status(size_t part, size_t row, Scratch& scratch)>& body);
  /// How many parts for_rows makes.
  size_t parts_of(size_t rows, size_t parts_max) const;
  Status hold(uint64_t samples);
  void drop_names(Vector& vector) { drop_names(vector.keys, vector.unique_unnamed); }
  void drop_names(Keys& keys, bool& unique);
  /// Rows of equal labels become one; two values at one step are an error. With `strict`, two rows with values are.
  Status merge_same_labels(Vector& vector, bool strict);
  RowKey own_key(signals::Labels labels, bool drop_later = false);
  /// A dense vector of absent values.
  Result<Vector, QueryError> new_vector(size_t rows, size_t steps);

  // ---- selectors.cpp ----
  struct Moved {
    int64_t offset_ms = 0;
    std::optional<int64_t> at_ms;
    int64_t of(int64_t time_ms) const { return at_ms.value_or(time_ms) - offset_ms; }
  };
  Result<Moved, QueryError> resolve(const TimeShift& shift) const;
  Result<int64_t, QueryError> resolve(const Duration& duration, bool may_be_negative) const;
  Result<const signals::SeriesSet*, QueryError> select(std::span<const signals::Matcher> matchers, TimeRange range);
  enum class Reading { value, timestamp };
  Result<Vector, QueryError> eval_selector(const VectorSelector& node, const Grid& grid, Reading reading);
  Result<Vector, QueryError> smoothed_selector(const VectorSelector& node, const Grid& grid, const Moved& moved);
  Result<Ranges, QueryError> eval_ranges(const Expr& expr, const Grid& grid);
  Result<Ranges, QueryError> matrix_ranges(const MatrixSelector& node, const Grid& grid);
  Result<Ranges, QueryError> subquery_ranges(const Subquery& node, const Grid& grid);

  // ---- calls.cpp ----
  Result<Value, QueryError> eval_call(const Call& node, const Grid& grid);
  Result<Vector, QueryError> window_call(const Call& node, const Grid& grid);
  Result<Vector, QueryError> absent_rows(const Expr& arg, Vector vector, const Grid& grid);
  Result<Vector, QueryError> map_values(const Call& node, const Grid& grid, std::function<double(double value, size_t step)> f);
  Result<Vector, QueryError> math_call(const Call& node, const Grid& grid);
  Result<Vector, QueryError> date_call(const Call& node, const Grid& grid);
  Result<Vector, QueryError> sort_call(const Call& node, const Grid& grid);
  Result<Scalars, QueryError> scalar_call(const Call& node, const Grid& grid);

  // ---- label_calls.cpp ----
  Result<Vector, QueryError> label_replace(const Call& node, const Grid& grid);
  Result<Vector, QueryError> label_join(const Call& node, const Grid& grid);
  Result<Vector, QueryError> info(const Call& node, const Grid& grid);
  void set_label(Vector& vector, size_t row, std::string_view name, std::string_view value);

  // ---- histogram_calls.cpp ----
  Result<Vector, QueryError> histogram_call(const Call& node, const Grid& grid);

  // ---- aggregates.cpp, selections.cpp ----
  struct Groups {
    std::vector<uint32_t> of_row;
    std::vector<RowKey> first;  ///< a row of each group
    size_t size() const { return first.size(); }
  };
  Result<Vector, QueryError> eval_aggregate(const Aggregate& node, const Grid& grid);
  Groups group_rows(const Vector& vector, const std::vector<std::string>& labels, bool without) const;
  signals::Labels group_labels(RowKey key, const Aggregate& node) const;
  template <class Cell>
  Result<Vector, QueryError> fold(const Aggregate& node, const Vector& vector);
  Result<Vector, QueryError> fold_quantile(const Aggregate& node, Vector vector, const Scalars& phi);
  Result<Vector, QueryError> select_rows(const Aggregate& node, Vector vector, const Scalars& param);
  Result<Vector, QueryError> count_values(const Aggregate& node, Vector vector);
  Result<Vector, QueryError> group_vector(const Aggregate& node, const Vector& vector, const Groups& groups);

  // ---- binary.cpp ----
  Result<Value, QueryError> eval_binary(const Binary& node, const Grid& grid);
  Result<Vector, QueryError> vector_scalar(const Binary& node, Vector vector, Scalars scalars, bool scalar_left);
  Result<Vector, QueryError> vector_vector(const Binary& node, Vector left, Vector right);
  Result<Vector, QueryError> set_operation(const Binary& node, Vector left, Vector right);

  const Query& query_;
  std::vector<std::unique_ptr<const signals::SeriesSet>> sets_;
  OwnLabels* own_ = nullptr;
  Annotations annotations_;
  uint64_t samples_read_ = 0;
  uint64_t series_selected_ = 0;
  uint64_t held_ = 0;
};

/// True when the value of an expression does not depend on the time of its evaluation.
bool step_invariant(const Expr& expr);

/// Identity of a row for matching and grouping: `names` only, or all labels but these.
void append_signature(std::string& out, RowKey key, std::span<const std::string> names, bool without);

}  // namespace monitorai::query

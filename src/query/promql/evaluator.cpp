#include "query/promql/evaluator.h"

#include <algorithm>

namespace monitorai::query {
namespace {

constexpr size_t kRowsPerPart = 64;    // fewer rows are not worth a task
constexpr size_t kRowsPerCheck = 128;  // between two looks at the stop token

/// Functions whose value depends on the evaluation time although their arguments do not.
bool depends_on_time(FunctionId id) {
  switch (id) {
    case FunctionId::days_in_month:
    case FunctionId::day_of_month:
    case FunctionId::day_of_week:
    case FunctionId::day_of_year:
    case FunctionId::hour:
    case FunctionId::minute:
    case FunctionId::month:
    case FunctionId::year:
    case FunctionId::predict_linear:
    case FunctionId::time:
    case FunctionId::timestamp:
      return true;
    default:
      return false;
  }
}

uint64_t hash_labels(const signals::Labels& labels) {
  uint64_t h = 0xcbf29ce484222325;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    h = (h ^ 0xff) * 0x100000001b3;
  };
  for (const signals::Label& label : labels) {
    mix(label.name);
    mix(label.value);
  }
  return h;
}

}  // namespace

bool is_metadata_label(std::string_view name) { return name == "__name__" || name == "__type__" || name == "__unit__"; }

signals::Labels RowKey::labels() const {
  signals::Labels all = set->labels(index);
  if (!drop_name) return all;
  std::vector<signals::Label> kept;
  for (const signals::Label& label : all)
    if (!is_metadata_label(label.name)) kept.push_back(label);
  return signals::Labels::from(std::move(kept));
}

void append_signature(std::string& out, RowKey key, std::span<const std::string> names, bool without) {
  const auto put = [&](std::string_view text) {
    const auto size = static_cast<uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += text;
  };
  if (!without) {
    for (const std::string& name : names) put(key.label(name));
    return;
  }
  for (const signals::Label& label : key.labels()) {
    if (label.name == signals::kMetricName || std::find(names.begin(), names.end(), label.name) != names.end()) continue;
    put(label.name);
    put(label.value);
  }
}

bool step_invariant(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::number:
    case Expr::Kind::string:
      return true;
    case Expr::Kind::vector_selector:
      return as<VectorSelector>(expr).shift.has_at();
    case Expr::Kind::matrix_selector:
      return as<MatrixSelector>(expr).selector->shift.has_at();
    case Expr::Kind::subquery:
      return as<Subquery>(expr).shift.has_at();
    case Expr::Kind::call: {
      const auto& node = as<Call>(expr);
      const auto of_arg = [](const ExprPtr& arg) { return step_invariant(*arg); };
      if (!std::all_of(node.args.begin(), node.args.end(), of_arg)) return false;
      if (node.function->id == FunctionId::timestamp) return unwrap(*node.args[0]).kind == Expr::Kind::vector_selector;
      return !depends_on_time(node.function->id);
    }
    case Expr::Kind::external:
      return false;
    default: {
      const auto parts = children(expr);
      return std::all_of(parts.begin(), parts.end(), [](const Expr* part) { return step_invariant(*part); });
    }
  }
}

Status Evaluator::alive() const {
  if (query_.stop.stop_requested()) return QueryError{QueryError::Kind::cancelled, "query was canceled in expression evaluation"};
  if (std::chrono::steady_clock::now() >= query_.deadline)
    return QueryError{QueryError::Kind::timeout, fmt::format("query timed out in expression evaluation (the limit query timeout is {} ms)",
                                                             query_.limits.timeout.count())};
  return {};
}

size_t Evaluator::parts_of(size_t rows, size_t parts_max) const {
  return std::max<size_t>(1, std::min({(rows + kRowsPerPart - 1) / kRowsPerPart, query_.pool.threads() * 4, parts_max}));
}

Status Evaluator::for_rows(size_t rows, size_t parts_max, const std::function<Status(size_t, size_t, Scratch&)>& body) {
  MAI_TRY(alive());
  const size_t parts = parts_of(rows, parts_max);
  std::vector<Scratch> scratches(parts);
  std::vector<Status> results(parts);
  std::atomic<bool> failed{false};
  query_.pool.run(parts, [&](size_t part) {
    const size_t begin = rows * part / parts;
    const size_t end = rows * (part + 1) / parts;
    bool gave_up = false;
    scratches[part].give_up = [&] { return gave_up = gave_up || !alive(); };
    for (size_t row = begin; row < end; ++row) {
      if (row % kRowsPerCheck == 0) {
        if (failed.load(std::memory_order_relaxed)) return;
        results[part] = alive();
      }
      if (results[part]) results[part] = body(part, row, scratches[part]);
      if (gave_up) results[part] = alive();
      if (!results[part]) {
        failed = true;
        return;
      }
    }
  });
  for (Scratch& scratch : scratches) scratch.collect(annotations_, samples_read_);
  for (Status& result : results) MAI_TRY(std::move(result));
  return {};
}

Status Evaluator::hold(uint64_t samples) {
  held_ += samples;
  if (held_ <= query_.limits.samples_max) return {};
  return QueryError{
      QueryError::Kind::limit,
      fmt::format("query processing would load too many samples into memory in query execution (the limit samples per query is {})",
                  query_.limits.samples_max)};
}

Result<Vector, QueryError> Evaluator::new_vector(size_t rows, size_t steps) {
  MAI_TRY(hold(rows * steps));
  Vector out;
  out.steps = steps;
  out.dense.assign(rows * steps, kAbsent);
  return out;
}

Status Evaluator::materialise(Vector& vector) {
  if (!vector.fill) return {};
  MAI_TRY(hold(vector.size() * vector.steps));
  vector.dense.resize(vector.size() * vector.steps);
  MAI_TRY(
      for_rows(vector.size(), SIZE_MAX, [&](size_t, size_t row, Scratch& scratch) { return vector.fill(row, scratch, vector.row(row)); }));
  vector.fill = nullptr;
  return {};
}

RowKey Evaluator::own_key(signals::Labels labels, bool drop_later) {
  if (own_ == nullptr) {
    auto own = std::make_unique<OwnLabels>();
    own_ = own.get();
    sets_.push_back(std::move(own));
  }
  return {own_, own_->add(std::move(labels)), false, drop_later};
}

void Evaluator::drop_names(Keys& keys, bool& unique) {
  keys.drop_names(query_.options.delayed_name_removal);
  if (query_.options.delayed_name_removal) unique = true;  // nothing has gone yet
}

Status Evaluator::merge_same_labels(Vector& vector, bool strict) {
  if (vector.unique_unnamed || vector.size() <= 1) return {};
  std::vector<std::pair<uint64_t, uint32_t>> hashes(vector.size());
  MAI_TRY(for_rows(vector.size(), SIZE_MAX, [&](size_t, size_t row, Scratch&) -> Status {
    hashes[row] = {hash_labels(vector.keys[row].labels()), static_cast<uint32_t>(row)};
    return {};
  }));
  std::sort(hashes.begin(), hashes.end());
  vector.unique_unnamed = true;
  const auto next_equal = [](const auto& a, const auto& b) { return a.first == b.first; };
  if (std::adjacent_find(hashes.begin(), hashes.end(), next_equal) == hashes.end()) return {};
  MAI_TRY(materialise(vector));
  const auto empty = [](std::span<const double> row) { return std::none_of(row.begin(), row.end(), present); };
  std::vector<bool> gone(vector.size(), false);
  for (size_t i = 1; i < hashes.size(); ++i) {
    if (hashes[i].first != hashes[i - 1].first) continue;
    const uint32_t from = hashes[i].second;
    uint32_t into = hashes[i - 1].second;
    if (vector.keys[from].labels() != vector.keys[into].labels()) continue;
    size_t first = i - 1;
    while (gone[hashes[first].second]) --first;
    into = hashes[first].second;
    if (strict && !empty(vector.row(from)) && !empty(vector.row(into)))
      return QueryError::execution("vector cannot contain metrics with the same labelset");
    for (size_t step = 0; step < vector.steps; ++step) {
      if (absent(vector.row(from)[step])) continue;
      if (present(vector.row(into)[step])) return QueryError::execution("vector cannot contain metrics with the same labelset");
      vector.row(into)[step] = vector.row(from)[step];
    }
    gone[from] = true;
  }
  Vector merged;
  merged.steps = vector.steps;
  merged.ordered = vector.ordered;
  merged.unique_unnamed = true;
  for (size_t row = 0; row < vector.size(); ++row) {
    if (gone[row]) continue;
    merged.keys.push_back(vector.keys[row]);
    merged.dense.insert(merged.dense.end(), vector.row(row).begin(), vector.row(row).end());
  }
  vector = std::move(merged);
  return {};
}

Status Evaluator::finish_names(Vector& vector) {
  if (!query_.options.delayed_name_removal) return {};
  bool any = false;
  for (size_t row = 0; row < vector.size(); ++row) {
    RowKey key = vector.keys[row];
    if (!key.drop_later) continue;
    any = true;
    key.drop_name = true;
    vector.keys.set(row, key);
  }
  if (!any) return {};
  vector.unique_unnamed = false;
  return merge_same_labels(vector, false);
}

Statistics Evaluator::statistics() const {
  Statistics out;
  out.samples_read = samples_read_;
  out.series_selected = series_selected_;
  out.samples_held = held_;
  return out;
}

Result<Value, QueryError> Evaluator::eval(const Expr& expr, const Grid& grid) {
  MAI_TRY(alive());
  const bool literal = expr.kind == Expr::Kind::number || expr.kind == Expr::Kind::string;
  if (grid.count <= 1 || literal || expr.type() == ValueType::matrix || !step_invariant(expr)) return eval_unshared(expr, grid);
  // The same value at every step: evaluated once, at the first.
  MAI_TRY_ASSIGN(Value once, eval_unshared(expr, Grid{grid.start_ms, grid.step_ms, 1}));
  if (auto* scalars = std::get_if<Scalars>(&once)) {
    MAI_TRY(hold(grid.count));
    return Value(Scalars(grid.count, scalars->at(0)));
  }
  auto* vector = std::get_if<Vector>(&once);
  if (vector == nullptr) return once;
  MAI_TRY(materialise(*vector));
  MAI_TRY_ASSIGN(Vector out, new_vector(vector->size(), grid.count));
  for (size_t row = 0; row < vector->size(); ++row) std::fill(out.row(row).begin(), out.row(row).end(), vector->dense[row]);
  out.keys = std::move(vector->keys);
  out.unique_unnamed = vector->unique_unnamed;
  out.ordered = vector->ordered;
  return Value(std::move(out));
}

Result<Value, QueryError> Evaluator::eval_unshared(const Expr& expr, const Grid& grid) {
  switch (expr.kind) {
    case Expr::Kind::number:
      MAI_TRY(hold(grid.count));
      return Value(Scalars(grid.count, as<NumberLiteral>(expr).value));
    case Expr::Kind::string:
      return Value(as<StringLiteral>(expr).value);
    case Expr::Kind::vector_selector: {
      MAI_TRY_ASSIGN(Vector out, eval_selector(as<VectorSelector>(expr), grid, Reading::value));
      return Value(std::move(out));
    }
    case Expr::Kind::matrix_selector:
    case Expr::Kind::subquery: {
      MAI_TRY_ASSIGN(Ranges out, eval_ranges(expr, grid));
      return Value(std::move(out));
    }
    case Expr::Kind::call:
      return eval_call(as<Call>(expr), grid);
    case Expr::Kind::aggregate: {
      MAI_TRY_ASSIGN(Vector out, eval_aggregate(as<Aggregate>(expr), grid));
      return Value(std::move(out));
    }
    case Expr::Kind::binary:
      return eval_binary(as<Binary>(expr), grid);
    case Expr::Kind::unary:
      return eval_unary(as<Unary>(expr), grid);
    case Expr::Kind::paren:
      return eval(*as<Paren>(expr).expr, grid);
    case Expr::Kind::external: {
      MAI_TRY_ASSIGN(Vector out, eval_external(as<External>(expr), grid));
      return Value(std::move(out));
    }
  }
  return QueryError::execution("unknown kind of expression");
}

Result<Vector, QueryError> Evaluator::eval_vector(const Expr& expr, const Grid& grid) {
  MAI_TRY_ASSIGN(Value value, eval(expr, grid));
  return std::get<Vector>(std::move(value));
}

Result<Scalars, QueryError> Evaluator::eval_scalar(const Expr& expr, const Grid& grid) {
  MAI_TRY_ASSIGN(Value value, eval(expr, grid));
  return std::get<Scalars>(std::move(value));
}

Result<Vector, QueryError> Evaluator::eval_external(const External& node, const Grid& grid) {
  MAI_TRY_ASSIGN(ExternalRows rows, query_.external(node, grid));
  MAI_TRY(hold(rows.values.size()));
  Vector out;
  out.steps = grid.count;
  out.unique_unnamed = true;
  out.dense = std::move(rows.values);
  for (signals::Labels& labels : rows.labels) out.keys.push_back(own_key(std::move(labels)));
  return out;
}

Result<Value, QueryError> Evaluator::eval_unary(const Unary& node, const Grid& grid) {
  MAI_TRY_ASSIGN(Value value, eval(*node.expr, grid));
  if (node.op == Token::add) return value;
  if (auto* scalars = std::get_if<Scalars>(&value)) {
    for (double& s : *scalars) s = -s;
    return value;
  }
  auto& vector = std::get<Vector>(value);
  MAI_TRY(materialise(vector));
  for (double& v : vector.dense)
    if (present(v)) v = -v;
  drop_names(vector);
  MAI_TRY(merge_same_labels(vector, false));
  return value;
}

}  // namespace monitorai::query

// Operators: between scalars, a vector and a scalar, two vectors by matching labels, and sets.

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <map>

#include "query/promql/ast.h"
#include "query/promql/evaluator.h"

namespace monitorai::query {
namespace {

/// The value of an operator; a comparison keeps its left value where it holds and is absent elsewhere.
double apply(Token op, double a, double b, const EngineOptions& options) {
  switch (op) {
    case Token::add:
      return a + b;
    case Token::sub:
      return a - b;
    case Token::mul:
      return a * b;
    case Token::div:
      return b == 0 && options.nan_divided_by_zero ? std::nan("") : a / b;
    case Token::mod:
      return std::fmod(a, b);
    case Token::pow:
      return std::pow(a, b);
    case Token::atan2:
      return std::atan2(a, b);
    case Token::equal_equal:
      return a == b ? a : kAbsent;
    case Token::not_equal:
      return a != b ? a : kAbsent;
    case Token::less:
      return a < b ? a : kAbsent;
    case Token::less_equal:
      return a <= b ? a : kAbsent;
    case Token::greater:
      return a > b ? a : kAbsent;
    case Token::greater_equal:
      return a >= b ? a : kAbsent;
    default:
      return kAbsent;
  }
}

double apply_bool(Token op, double a, double b) { return present(apply(op, a, b, {})) ? 1 : 0; }

/// Arithmetic makes another metric of it; a comparison does not.
bool changes_metric(Token op) { return op >= Token::add && op <= Token::atan2; }
bool is_trim(Token op) { return op == Token::trim_upper || op == Token::trim_lower; }

void remove_metadata(std::vector<signals::Label>& labels) {
  std::erase_if(labels, [](const signals::Label& label) { return is_metadata_label(label.name); });
}

bool listed(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<bool> any_present(const Vector& vector) {
  std::vector<bool> out(vector.steps, false);
  for (size_t row = 0; row < vector.size(); ++row)
    for (size_t step = 0; step < vector.steps; ++step)
      if (present(vector.row(row)[step])) out[step] = true;
  return out;
}

/// All labels in braces, the name among them, as Prometheus's messages show a series.
std::string braced(const signals::Labels& labels) {
  std::string out;
  for (const signals::Label& label : labels) {
    out += out.empty() ? "{" : ", ";
    out += signals::valid_label_name(label.name) ? label.name : quote(label.name);
    out += "=" + quote(label.value);
  }
  return out.empty() ? "{}" : out + "}";
}

/// The labels that two matched series share, for messages.
std::string match_group(RowKey key, const Matching& matching) {
  std::vector<signals::Label> labels;
  for (const signals::Label& label : key.labels()) {
    if (!matching.on && label.name == signals::kMetricName) continue;
    if (listed(matching.labels, label.name) == matching.on) labels.push_back(label);
  }
  return braced(signals::Labels::from(std::move(labels)));
}

/// The rows of both sides by what they are matched by.
struct Sides {
  struct Rows {
    std::vector<uint32_t> left;
    std::vector<uint32_t> right;
  };
  std::vector<Rows> by_signature;
  std::vector<uint32_t> left_signature;
  std::vector<uint32_t> right_signature;

  Sides(const Vector& left, const Vector& right, const Matching& matching) {
    boost::unordered_flat_map<std::string, uint32_t> index;
    std::string signature;
    const auto add = [&](const Vector& vector, std::vector<uint32_t>& of_row, auto rows) {
      of_row.resize(vector.size());
      for (size_t row = 0; row < vector.size(); ++row) {
        signature.clear();
        append_signature(signature, vector.keys[row], matching.labels, !matching.on);
        const auto [found, fresh] = index.try_emplace(signature, static_cast<uint32_t>(by_signature.size()));
        if (fresh) by_signature.emplace_back();
        of_row[row] = found->second;
        (by_signature[found->second].*rows).push_back(static_cast<uint32_t>(row));
      }
    };
    add(left, left_signature, &Rows::left);
    add(right, right_signature, &Rows::right);
  }
};

}  // namespace

Result<Value, QueryError> Evaluator::eval_binary(const Binary& node, const Grid& grid) {
  MAI_TRY_ASSIGN(Value left, eval(*node.left, grid));
  MAI_TRY_ASSIGN(Value right, eval(*node.right, grid));
  auto* const a = std::get_if<Scalars>(&left);
  auto* const b = std::get_if<Scalars>(&right);
  if (a != nullptr && b != nullptr) {
    for (size_t step = 0; step < grid.count; ++step)
      (*a)[step] = is_comparison(node.op) ? apply_bool(node.op, (*a)[step], (*b)[step]) : apply(node.op, (*a)[step], (*b)[step], query_.options);
    return left;
  }
  const auto vector = [](Result<Vector, QueryError> result) -> Result<Value, QueryError> {
    if (!result) return std::move(result).error();
    return Value(std::move(result).value());
  };
  if (a != nullptr) return vector(vector_scalar(node, std::get<Vector>(std::move(right)), std::move(*a), true));
  if (b != nullptr) return vector(vector_scalar(node, std::get<Vector>(std::move(left)), std::move(*b), false));
  if (is_set_operator(node.op)) return vector(set_operation(node, std::get<Vector>(std::move(left)), std::get<Vector>(std::move(right))));
  return vector(vector_vector(node, std::get<Vector>(std::move(left)), std::get<Vector>(std::move(right))));
}

Result<Vector, QueryError> Evaluator::vector_scalar(const Binary& node, Vector vector, Scalars scalars, bool scalar_left) {
  const auto inner = std::make_shared<Vector>(std::move(vector));
  const auto values = std::make_shared<Scalars>(std::move(scalars));
  Vector out;
  out.keys = inner->keys;
  out.steps = inner->steps;
  out.ordered = inner->ordered;
  out.unique_unnamed = inner->unique_unnamed;
  const uint32_t position = node.span.start;
  out.fill = [inner, values, scalar_left, op = node.op, return_bool = node.return_bool, position,
              &options = query_.options](size_t row, Scratch& scratch,
                                                                                                  std::span<double> to) -> Status {
    MAI_TRY_ASSIGN(const std::span<const double> from, inner->pull(row, scratch, to));
    for (size_t step = 0; step < to.size(); ++step) {
      const double v = from[step];
      if (absent(v)) {
        to[step] = kAbsent;
        continue;
      }
      const double s = (*values)[step];
      const double left = scalar_left ? s : v;
      const double right = scalar_left ? v : s;
      if (return_bool)
        to[step] = apply_bool(op, left, right);
      else if (is_comparison(op))
        to[step] = present(apply(op, left, right, options)) ? v : kAbsent;
      else
        to[step] = apply(op, left, right, options);
      if (is_trim(op))
        scratch.annotations.add(
            Annotations::Level::info,
            fmt::format("PromQL info: incompatible sample types encountered for binary operator \"{0}\": float {0} float", token_text(op)),
            position);
    }
    return {};
  };
  if (!changes_metric(node.op) && !node.return_bool) return out;
  drop_names(out);
  MAI_TRY(merge_same_labels(out, false));
  return out;
}

Result<Vector, QueryError> Evaluator::vector_vector(const Binary& node, Vector left, Vector right) {
  const Matching& matching = *node.matching;
  MAI_TRY(materialise(left));
  MAI_TRY(materialise(right));
  const bool swapped = matching.card == Matching::Card::one_to_many;
  const bool one_to_one = matching.card == Matching::Card::one_to_one;
  if (swapped) std::swap(left, right);
  // From here `left` is the side that may have many, `right` the one with at most one series a match.
  const size_t steps = left.steps;
  const std::optional<double> fill_many = swapped ? matching.fill_right : matching.fill_left;
  const std::optional<double> fill_one = swapped ? matching.fill_left : matching.fill_right;
  const bool filling = fill_many || fill_one;
  const Sides sides(left, right, matching);
  const bool drop_name = changes_metric(node.op) || (node.return_bool && !query_.options.delayed_name_removal);
  const bool plain = one_to_one && !matching.on && matching.labels.empty();
  std::vector<bool> both_sides = any_present(left);
  const std::vector<bool> right_any = any_present(right);
  for (size_t step = 0; step < steps; ++step) both_sides[step] = filling || (both_sides[step] && right_any[step]);

  Vector out;
  out.steps = steps;
  const auto result_labels = [&](const std::vector<signals::Label>& many, const RowKey* one) {
    std::vector<signals::Label> labels = many;
    if (drop_name) remove_metadata(labels);
    if (one_to_one) std::erase_if(labels, [&](const signals::Label& l) { return listed(matching.labels, l.name) != matching.on; });
    for (const std::string& name : matching.include) {
      std::erase_if(labels, [&](const signals::Label& l) { return l.name == name; });
      if (one != nullptr)
        if (const std::string_view value = one->label(name); !value.empty()) labels.push_back({name, std::string(value)});
    }
    return signals::Labels::from(std::move(labels));
  };
  const auto matched_labels = [&](RowKey key) {
    std::vector<signals::Label> labels;
    for (const signals::Label& label : key.labels())
      if (listed(matching.labels, label.name) == matching.on && (matching.on || label.name != signals::kMetricName))
        labels.push_back(label);
    return labels;
  };
  const auto label_list = [](RowKey key) {
    const signals::Labels labels = key.labels();
    return std::vector<signals::Label>(labels.begin(), labels.end());
  };
  const auto new_row = [&](RowKey key) -> Result<std::span<double>, QueryError> {
    MAI_TRY(hold(steps));
    out.keys.push_back(key);
    out.dense.resize(out.dense.size() + steps, kAbsent);
    return out.row(out.size() - 1);
  };
  const auto value_of = [&](double many, double one) {
    const double a = swapped ? one : many;
    const double b = swapped ? many : one;
    return node.return_bool ? apply_bool(node.op, a, b) : apply(node.op, a, b, query_.options);
  };

  std::vector<uint32_t> right_at(steps);  // the present row of the one side, UINT32_MAX without one
  std::vector<bool> matched(steps);
  size_t signature = 0;
  for (const Sides::Rows& rows : sides.by_signature) {
    if (signature++ % 128 == 0) MAI_TRY(alive());
    if ((rows.left.empty() && !fill_many) || (rows.right.empty() && !fill_one)) {
      if (rows.right.size() <= 1) continue;  // duplicates on the one side are an error even when nothing meets them
    }
    std::fill(right_at.begin(), right_at.end(), UINT32_MAX);
    std::fill(matched.begin(), matched.end(), false);
    for (const uint32_t r : rows.right) {
      for (size_t step = 0; step < steps; ++step) {
        if (!both_sides[step] || absent(right.row(r)[step])) continue;
        if (right_at[step] != UINT32_MAX) {
          std::string first = braced(right.keys[r].labels());
          std::string second = braced(right.keys[right_at[step]].labels());
          if (first > second) std::swap(first, second);
          return QueryError::execution(
              fmt::format("found duplicate series for the match group {} on the {} hand-side of the operation: [{}, {}]"
                          ";many-to-many matching not allowed: matching labels must be unique on one side",
                          match_group(right.keys[r], matching), swapped ? "left" : "right", first, second));
        }
        right_at[step] = r;
      }
    }
    // Steps at which a result of these labels was made already, with many on the left.
    std::map<signals::Labels, std::vector<bool>> made;
    const bool check_unique = !one_to_one && rows.left.size() > 1;
    for (const uint32_t l : rows.left) {
      const std::span<const double> many = left.row(l);
      std::map<uint32_t, size_t> out_rows;  // by row of the one side
      std::map<uint32_t, std::vector<bool>*> seen;
      const std::vector<signals::Label> labels = plain ? std::vector<signals::Label>{} : label_list(left.keys[l]);
      uint32_t current = UINT32_MAX - 1;
      size_t current_row = 0;
      for (size_t step = 0; step < steps; ++step) {
        if (absent(many[step])) continue;
        const uint32_t r = right_at[step];
        if (r == UINT32_MAX && !fill_one) continue;
        if (one_to_one && matched[step])
          return QueryError::execution("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
        matched[step] = true;
        if (r != current) {
          const auto [found, fresh] = out_rows.try_emplace(r, out.size());
          if (fresh) {
            RowKey key = left.keys[l];
            key.drop_later = node.return_bool && query_.options.delayed_name_removal;
            if (plain) {
              key.drop_name = key.drop_name || drop_name;
            } else {
              const RowKey one = r == UINT32_MAX ? RowKey{} : right.keys[r];
              key = own_key(result_labels(labels, r == UINT32_MAX ? nullptr : &one), key.drop_later);
            }
            MAI_TRY_ASSIGN([[maybe_unused]] const std::span<double> row, new_row(key));
            if (check_unique) seen[r] = &made.try_emplace(key.labels(), std::vector<bool>(steps, false)).first->second;
          }
          current = r;
          current_row = found->second;
        }
        if (check_unique) {
          std::vector<bool>& steps_made = *seen[r];
          if (steps_made[step]) return QueryError::execution("multiple matches for labels: grouping labels must ensure unique matches");
          steps_made[step] = true;
        }
        out.row(current_row)[step] = value_of(many[step], r == UINT32_MAX ? *fill_one : right.row(r)[step]);
      }
    }
    if (!fill_many) continue;
    std::map<uint32_t, size_t> out_rows;
    for (size_t step = 0; step < steps; ++step) {
      const uint32_t r = right_at[step];
      if (r == UINT32_MAX || matched[step]) continue;
      const auto [found, fresh] = out_rows.try_emplace(r, out.size());
      if (fresh) {
        const RowKey one = right.keys[r];
        MAI_TRY_ASSIGN([[maybe_unused]] const std::span<double> row,
                       new_row(own_key(result_labels(matched_labels(one), &one), node.return_bool && query_.options.delayed_name_removal)));
      }
      out.row(found->second)[step] = value_of(*fill_many, right.row(r)[step]);
    }
  }
  if (is_trim(node.op) && out.size() > 0) {
    annotations_.add(
        Annotations::Level::info,
        fmt::format("PromQL info: incompatible sample types encountered for binary operator \"{0}\": float {0} float", token_text(node.op)),
        node.span.start);
  }
  out.unique_unnamed = false;
  MAI_TRY(merge_same_labels(out, false));
  out.unique_unnamed = drop_name;
  return out;
}

Result<Vector, QueryError> Evaluator::set_operation(const Binary& node, Vector left, Vector right) {
  MAI_TRY(materialise(left));
  MAI_TRY(materialise(right));
  const size_t steps = left.steps;
  const Sides sides(left, right, *node.matching);
  const bool is_or = node.op == Token::or_;
  // For each signature the steps at which the other side has something.
  const Vector& deciding = is_or ? left : right;
  const std::vector<uint32_t>& signature = is_or ? sides.left_signature : sides.right_signature;
  MAI_TRY(hold(sides.by_signature.size() * steps / 8 + 1));
  std::vector<std::vector<bool>> there(sides.by_signature.size());
  for (size_t row = 0; row < deciding.size(); ++row) {
    std::vector<bool>& bits = there[signature[row]];
    if (bits.empty()) bits.resize(steps, false);
    for (size_t step = 0; step < steps; ++step)
      if (present(deciding.row(row)[step])) bits[step] = true;
  }
  const auto clear = [&](Vector& vector, const std::vector<uint32_t>& signatures, bool where) {
    for (size_t row = 0; row < vector.size(); ++row) {
      const std::vector<bool>& bits = there[signatures[row]];
      for (size_t step = 0; step < steps; ++step)
        if ((!bits.empty() && bits[step]) == where) vector.row(row)[step] = kAbsent;
    }
  };
  left.ordered = false;
  if (!is_or) {
    clear(left, sides.left_signature, node.op == Token::unless);
    return left;
  }
  clear(right, sides.right_signature, true);
  MAI_TRY(hold((left.size() + right.size()) * steps));
  Vector out;
  out.steps = steps;
  out.keys.reserve(left.size() + right.size());
  for (size_t row = 0; row < left.size(); ++row) out.keys.push_back(left.keys[row]);
  for (size_t row = 0; row < right.size(); ++row) out.keys.push_back(right.keys[row]);
  out.dense = std::move(left.dense);
  out.dense.insert(out.dense.end(), right.dense.begin(), right.dense.end());
  MAI_TRY(merge_same_labels(out, false));
  out.unique_unnamed = false;
  return out;
}

}  // namespace monitorai::query

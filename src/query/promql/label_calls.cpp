// label_replace, label_join and info: functions that change labels, not values.

#include <algorithm>

#include "base/text.h"
#include "query/promql/evaluator.h"

namespace monitorai::query {
namespace {

const std::string& text_of(const ExprPtr& arg) { return as<StringLiteral>(unwrap(*arg)).value; }

bool valid_name(const std::string& name) { return !name.empty() && valid_utf8(name); }

constexpr std::array<std::string_view, 2> kIdentifying = {"instance", "job"};

std::string escape_regex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// The matchers on the name of info series: target_info unless something else is asked for.
Result<std::vector<signals::Matcher>, Error> info_names(const std::vector<signals::Matcher>& asked) {
  using signals::Matcher;
  using signals::MatchOp;
  const auto make = [](MatchOp op, std::string value) { return Matcher::make(std::string(signals::kMetricName), op, std::move(value)); };
  std::vector<Matcher> out;
  bool positive = false;
  for (const Matcher& m : asked) {
    if (m.name() != signals::kMetricName) continue;
    out.push_back(m);
    positive = positive || m.op() == MatchOp::equal || m.op() == MatchOp::regex;
  }
  if (positive) return out;
  MAI_TRY_ASSIGN(Matcher extra, out.empty() ? make(MatchOp::equal, "target_info") : make(MatchOp::regex, ".+_info"));
  out.push_back(std::move(extra));
  return out;
}

/// The first selector within an expression, with the offset and @ that move it, those of subqueries round it included.
bool find_shift(const Expr& expr, std::vector<const TimeShift*>& path) {
  if (expr.kind == Expr::Kind::vector_selector) {
    path.push_back(&as<VectorSelector>(expr).shift);
    return true;
  }
  for (const Expr* child : children(expr)) {
    if (!find_shift(*child, path)) continue;
    if (expr.kind == Expr::Kind::subquery) path.push_back(&as<Subquery>(expr).shift);
    return true;
  }
  return false;
}

}  // namespace

void Evaluator::set_label(Vector& vector, size_t row, std::string_view name, std::string_view value) {
  const RowKey old = vector.keys[row];
  RowKey key = own_key(old.labels().with(name, value), old.drop_later);
  if (name == signals::kMetricName) key.drop_later = false;
  vector.keys.set(row, key);
}

Result<Vector, QueryError> Evaluator::label_replace(const Call& node, const Grid& grid) {
  const std::string& destination = text_of(node.args[1]);
  const std::string& replacement = text_of(node.args[2]);
  const std::string& source = text_of(node.args[3]);
  const std::string& pattern = text_of(node.args[4]);
  const auto regex = Regex::anchored(pattern);
  if (!regex) return QueryError::execution("invalid regular expression in label_replace(): " + pattern);
  if (!valid_name(destination)) return QueryError::execution("invalid destination label name in label_replace(): " + destination);
  MAI_TRY_ASSIGN(Vector vector, eval_vector(*node.args[0], grid));
  for (size_t row = 0; row < vector.size(); ++row) {
    const auto captured = regex->captures(vector.keys[row].label(source));
    if (captured) set_label(vector, row, destination, regex->expand(replacement, *captured));
  }
  vector.unique_unnamed = false;
  MAI_TRY(merge_same_labels(vector, false));
  vector.unique_unnamed = false;
  return vector;
}

Result<Vector, QueryError> Evaluator::label_join(const Call& node, const Grid& grid) {
  const std::string& destination = text_of(node.args[1]);
  const std::string& separator = text_of(node.args[2]);
  for (size_t i = 3; i < node.args.size(); ++i)
    if (!valid_name(text_of(node.args[i])))
      return QueryError::execution("invalid source label name in label_join(): " + text_of(node.args[i]));
  if (!valid_name(destination)) return QueryError::execution("invalid destination label name in label_join(): " + destination);
  MAI_TRY_ASSIGN(Vector vector, eval_vector(*node.args[0], grid));
  for (size_t row = 0; row < vector.size(); ++row) {
    std::string joined;
    for (size_t i = 3; i < node.args.size(); ++i) {
      if (i > 3) joined += separator;
      joined += vector.keys[row].label(text_of(node.args[i]));
    }
    set_label(vector, row, destination, joined);
  }
  vector.unique_unnamed = false;
  MAI_TRY(merge_same_labels(vector, false));
  vector.unique_unnamed = false;
  return vector;
}

Result<Vector, QueryError> Evaluator::info(const Call& node, const Grid& grid) {
  using signals::Matcher;
  MAI_TRY_ASSIGN(Vector base, eval_vector(*node.args[0], grid));
  MAI_TRY(materialise(base));
  std::vector<Matcher> asked;
  if (node.args.size() > 1) asked = as<VectorSelector>(unwrap(*node.args[1])).matchers;
  auto names = info_names(asked);
  if (!names) return QueryError::from(names.error());
  std::erase_if(asked, [](const Matcher& m) { return m.name() == signals::kMetricName; });

  // Info series are found by the values that the base series have for the identifying labels, and are not enriched themselves.
  std::vector<bool> is_info(base.size());
  std::array<std::vector<std::string>, kIdentifying.size()> values;
  for (size_t row = 0; row < base.size(); ++row) {
    const std::string_view name = base.keys[row].label(signals::kMetricName);
    is_info[row] = std::all_of(names->begin(), names->end(), [&](const Matcher& m) { return m.matches(name); });
    if (is_info[row]) continue;
    for (size_t i = 0; i < kIdentifying.size(); ++i)
      if (const auto value = base.keys[row].label(kIdentifying[i]); !value.empty()) values[i].push_back(escape_regex(value));
  }
  VectorSelector selector;
  selector.matchers = *names;
  selector.matchers.insert(selector.matchers.end(), asked.begin(), asked.end());
  bool any = false;
  for (size_t i = 0; i < kIdentifying.size(); ++i) {
    if (values[i].empty()) continue;
    any = true;
    std::sort(values[i].begin(), values[i].end());
    values[i].erase(std::unique(values[i].begin(), values[i].end()), values[i].end());
    auto matcher = Matcher::make(std::string(kIdentifying[i]), signals::MatchOp::regex, join(values[i], "|"));
    if (!matcher) return QueryError::from(matcher.error());
    selector.matchers.push_back(std::move(matcher).value());
  }
  std::vector<const TimeShift*> path;
  find_shift(*node.args[0], path);
  for (const TimeShift* shift : path) {
    MAI_TRY_ASSIGN(const Moved moved, resolve(*shift));
    selector.shift.offset.ms += moved.offset_ms;
    if (moved.at_ms) {
      selector.shift.at_ms = moved.at_ms;
      break;
    }
  }
  Vector found;
  if (any) {
    MAI_TRY_ASSIGN(found, eval_selector(selector, grid, Reading::timestamp));
    MAI_TRY(materialise(found));
  }

  // Per step and info metric the newest info sample of the same identifying labels gives its other labels.
  const auto signature = [&](RowKey key, std::string_view metric) {
    std::string out(metric);
    for (const std::string_view label : kIdentifying) out += '\0' + std::string(key.label(label));
    return out;
  };
  std::map<std::string, std::vector<size_t>> by_signature;
  std::vector<std::string> metrics;
  for (size_t row = 0; row < found.size(); ++row) {
    const std::string metric(found.keys[row].label(signals::kMetricName));
    by_signature[signature(found.keys[row], metric)].push_back(row);
    if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
  }
  std::map<std::pair<size_t, std::vector<size_t>>, uint32_t> rows_out;
  Vector out;
  out.steps = grid.count;
  const auto row_for = [&](size_t row, const std::vector<size_t>& infos) -> Result<std::optional<uint32_t>, QueryError> {
    const auto known = rows_out.find({row, infos});
    if (known != rows_out.end()) return known->second == UINT32_MAX ? std::optional<uint32_t>{} : known->second;
    const signals::Labels own = base.keys[row].labels();
    std::vector<signals::Label> added;
    for (const size_t info_row : infos) {
      for (const signals::Label& label : found.keys[info_row].labels()) {
        const bool identifying = std::find(kIdentifying.begin(), kIdentifying.end(), label.name) != kIdentifying.end();
        const bool wanted =
            asked.empty() || std::any_of(asked.begin(), asked.end(), [&](const Matcher& m) { return m.name() == label.name; });
        if (label.name == signals::kMetricName || identifying || !wanted) continue;
        const auto same = std::find_if(added.begin(), added.end(), [&](const auto& l) { return l.name == label.name; });
        if (same != added.end() && same->value != label.value)
          return QueryError::execution(fmt::format("conflicting label: {}", label.name));
        if (same == added.end() && !own.has(label.name)) added.push_back(label);
      }
    }
    // Without any info series, a series goes whose info labels are demanded to be there.
    const bool demanded = std::any_of(asked.begin(), asked.end(), [](const Matcher& m) { return !m.matches(""); });
    const bool dropped = infos.empty() && demanded && !is_info[row];
    uint32_t index = UINT32_MAX;
    if (!dropped) {
      std::vector<signals::Label> all(own.begin(), own.end());
      all.insert(all.end(), added.begin(), added.end());
      index = static_cast<uint32_t>(out.size());
      out.keys.push_back(own_key(signals::Labels::from(std::move(all)), base.keys[row].drop_later));
      MAI_TRY(hold(grid.count));
      out.dense.resize(out.size() * grid.count, kAbsent);
    }
    rows_out.emplace(std::pair{row, infos}, index);
    return index == UINT32_MAX ? std::optional<uint32_t>{} : index;
  };
  for (size_t row = 0; row < base.size(); ++row) {
    MAI_TRY(alive());
    std::vector<const std::vector<size_t>*> candidates;
    if (!is_info[row])
      for (const std::string& metric : metrics)
        if (const auto it = by_signature.find(signature(base.keys[row], metric)); it != by_signature.end())
          candidates.push_back(&it->second);
    for (size_t step = 0; step < grid.count; ++step) {
      if (absent(base.row(row)[step])) continue;
      std::vector<size_t> infos;
      for (const auto* rows : candidates) {
        std::optional<size_t> newest;
        for (const size_t candidate : *rows) {
          const double time = found.row(candidate)[step];
          if (absent(time)) continue;
          if (newest && found.row(*newest)[step] == time)
            return QueryError::execution(fmt::format("found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                                                     found.keys[*newest].labels().text(), static_cast<int64_t>(time * 1000),
                                                     found.keys[candidate].labels().text(), static_cast<int64_t>(time * 1000)));
          if (!newest || found.row(*newest)[step] < time) newest = candidate;
        }
        if (newest) infos.push_back(*newest);
      }
      MAI_TRY_ASSIGN(const std::optional<uint32_t> into, row_for(row, infos));
      if (into) out.row(*into)[step] = base.row(row)[step];
    }
  }
  out.unique_unnamed = false;
  MAI_TRY(merge_same_labels(out, false));
  out.unique_unnamed = false;
  return out;
}

}  // namespace monitorai::query

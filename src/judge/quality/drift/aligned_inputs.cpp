#include "judge/quality/drift/aligned_inputs.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace monitorai::judge {
namespace {

constexpr double kMissingMax = 0.1;
constexpr size_t kWordsMax = 16;          // different ones that become a column each
constexpr double kVarianceOfVectors = 8;  // in all, where that of a number is 1: about as many directions of a text count as much as one

/// Where the cell of each row stands in its list; nullopt where it has none.
using Places = std::vector<std::optional<size_t>>;

/// nullopt where cells of this kind are too few, or rows and cells do not fit (a member given twice).
std::optional<Places> places_of(const Column& column, size_t rows, Cell kind) {
  Places out(rows);
  size_t cells = 0;
  if (column.cells_by_row.size() > rows) return std::nullopt;
  for (size_t i = 0; i < column.cells_by_row.size(); ++i)
    if (column.cells_by_row[i] == kind) out[i] = cells++;
  const size_t held = kind == Cell::number ? column.numbers.size() : kind == Cell::words ? column.words.size() : column.rows.rows;
  if (cells != held || static_cast<double>(rows - cells) > kMissingMax * static_cast<double>(rows)) return std::nullopt;
  return out;
}

/// Values of the cells of both sides, a row a cell.
struct Values {
  Matrix baseline, window;
};

Values ranks(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  std::sort(all.begin(), all.end());
  const auto ranked = [&](const std::vector<double>& values) {
    Matrix out(values.size(), 1);
    for (size_t i = 0; i < values.size(); ++i) {
      const auto [low, high] = std::equal_range(all.begin(), all.end(), values[i]);
      out.values[i] =
          static_cast<double>((low - all.begin()) + (high - all.begin())) / 2 / static_cast<double>(all.size()) * std::sqrt(12.0);
    }
    return out;
  };
  return {ranked(a), ranked(b)};
}

std::optional<Values> indicators(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  std::map<std::string_view, size_t> different;
  for (const auto* side : {&a, &b}) {
    for (const std::string& word : *side) {
      different.try_emplace(word, different.size());
      if (different.size() > kWordsMax) return std::nullopt;
    }
  }
  const auto marked = [&](const std::vector<std::string>& words) {
    Matrix out(words.size(), different.size());
    for (size_t i = 0; i < words.size(); ++i) out.row(i)[different.at(words[i])] = 1;
    return out;
  };
  return Values{marked(a), marked(b)};
}

void scale(Values& values, double variance) {
  double sum = 0;
  const double rows = static_cast<double>(values.baseline.rows + values.window.rows);
  for (size_t k = 0; k < values.baseline.columns; ++k) {
    double first = 0, second = 0;
    for (const Matrix* side : {&values.baseline, &values.window})
      for (size_t i = 0; i < side->rows; ++i) first += side->row(i)[k], second += side->row(i)[k] * side->row(i)[k];
    sum += second / rows - (first / rows) * (first / rows);
  }
  if (!(sum > 0)) return;
  for (Matrix* side : {&values.baseline, &values.window})
    for (double& value : side->values) value *= std::sqrt(variance / sum);
}

struct Input {
  Places places[2];
  Values values;
};

std::optional<Input> input_of(const Column& a, const Column& b, size_t rows_a, size_t rows_b,
                              const std::function<Matrix(const std::vector<std::string>&)>& embed) {
  for (const Cell kind : {Cell::number, Cell::words, Cell::list}) {
    auto left = places_of(a, rows_a, kind), right = places_of(b, rows_b, kind);
    if (!left || !right) continue;
    Input out{{std::move(*left), std::move(*right)}, {}};
    if (kind == Cell::number) return out.values = ranks(a.numbers, b.numbers), out;
    if (kind == Cell::words) {
      if (auto few = indicators(a.words, b.words)) {
        out.values = std::move(*few);
        return scale(out.values, static_cast<double>(out.values.baseline.columns - 1)), out;
      }
      out.values = {embed(a.words), embed(b.words)};
    } else {
      if (a.rows.columns != b.rows.columns) return std::nullopt;
      out.values = {a.rows, b.rows};
    }
    return scale(out.values, kVarianceOfVectors), out;
  }
  return std::nullopt;
}

AlignedRows aligned(const std::vector<Input>& inputs, size_t side, const Places& score_places, const std::vector<double>& scores) {
  AlignedRows out;
  std::vector<double> row;
  for (size_t i = 0; i < score_places.size(); ++i) {
    if (!score_places[i]) continue;
    row.clear();
    bool whole = true;
    for (const Input& input : inputs) {
      const auto& place = input.places[side][i];
      if (!(whole = place.has_value())) break;
      const auto cell = (side == 0 ? input.values.baseline : input.values.window).row(*place);
      row.insert(row.end(), cell.begin(), cell.end());
    }
    if (!whole) continue;
    out.inputs.append(row);
    out.scores.push_back(scores[*score_places[i]]);
  }
  return out;
}

}  // namespace

AlignedInputs aligned_inputs(const Dataset& baseline, const Dataset& window, const std::vector<std::string>& names, std::string_view scores,
                             const std::function<Matrix(const std::vector<std::string>&)>& embed) {
  AlignedInputs out;
  const Column *a = baseline.column(scores), *b = window.column(scores);
  if (a == nullptr || b == nullptr) return out;
  const auto left = places_of(*a, baseline.rows, Cell::number), right = places_of(*b, window.rows, Cell::number);
  if (!left || !right) return out;
  std::vector<Input> inputs;
  for (const std::string& name : names) {
    const Column *before = baseline.column(name), *now = window.column(name);
    if (name == scores || before == nullptr || now == nullptr) continue;
    if (auto input = input_of(*before, *now, baseline.rows, window.rows, embed)) {
      inputs.push_back(std::move(*input));
      out.used.push_back(name);
    }
  }
  if (inputs.empty()) return out;
  out.baseline = aligned(inputs, 0, *left, a->numbers);
  out.window = aligned(inputs, 1, *right, b->numbers);
  return out;
}

}  // namespace monitorai::judge

#pragma once
// Rows of numbers, one row after the other: embeddings, one a text.

#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"

namespace monitorai::judge {

struct Matrix {
  Matrix() = default;
  Matrix(size_t row_count, size_t column_count) : rows(row_count), columns(column_count), values(row_count * column_count) {}

  std::span<const double> row(size_t index) const { return std::span(values).subspan(index * columns, columns); }
  std::span<double> row(size_t index) { return std::span(values).subspan(index * columns, columns); }
  /// Appends a row of the same width (the first one sets it).
  void append(std::span<const double> numbers) {
    if (rows == 0) columns = numbers.size();
    MAI_CHECK(numbers.size() == columns);
    values.insert(values.end(), numbers.begin(), numbers.end());
    ++rows;
  }
  std::vector<double> column(size_t index) const {
    std::vector<double> out(rows);
    for (size_t i = 0; i < rows; ++i) out[i] = values[i * columns + index];
    return out;
  }
  /// Column after column.
  std::vector<double> by_columns() const {
    std::vector<double> out(values.size());
    for (size_t i = 0; i < rows; ++i)
      for (size_t k = 0; k < columns; ++k) out[k * rows + i] = values[i * columns + k];
    return out;
  }

  size_t rows = 0, columns = 0;
  std::vector<double> values;
};

}  // namespace monitorai::judge

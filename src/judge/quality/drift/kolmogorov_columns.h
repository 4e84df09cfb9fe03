#pragma once
// Kolmogorov-Smirnov for many columns at once, such as the components of embeddings. One of both samples is sorted; the values of the
// other are only counted, each between its neighbours of the sorted one, so that nothing else needs to be in order. Immutable once made:
// any thread.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace monitorai::judge {

struct KsResult {
  double distance = 0;
  double p = 1;
};

/// Columns of numbers, each sorted once, for any number of comparisons.
class KsColumns {
 public:
  /// values: `rows` values of each column, column after column. All finite.
  KsColumns(std::span<const double> values, size_t rows);
  size_t rows() const { return rows_; }
  size_t columns() const { return columns_.size(); }
  std::span<const double> column(size_t index) const { return std::span(sorted_).subspan(index * rows_, rows_); }
  /// Each column against the same column of other values (finite, column after column, too): what ks_distance and ks_p say of them.
  /// The number of columns is the same. O(rows + other_rows) a column, where its values do not crowd.
  std::vector<KsResult> compare(std::span<const double> values, size_t other_rows) const;

 private:
  /// A column's values are cut into equal intervals; `width` is the largest number of values in one of them.
  struct Column {
    double low = 0, scale = 0;  // value v is in interval (v - low) * scale
    size_t width = 0;
  };
  void cut(size_t index);

  size_t rows_, intervals_;
  std::vector<double> sorted_;
  std::vector<Column> columns_;
  std::vector<uint32_t> starts_;  // of each column and interval: how many values lie before it
};

/// Columns of two samples compared once: the smaller sample is the one that is sorted.
std::vector<KsResult> ks_by_columns(std::span<const double> a, size_t a_rows, std::span<const double> b, size_t b_rows);

}  // namespace monitorai::judge

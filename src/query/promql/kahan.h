#pragma once
// Neumaier's variant of Kahan's compensated summation, as Prometheus sums: the compensation is dropped once the sum is infinite.

#include <cmath>
#include <limits>

namespace monitorai::query {

struct Kahan {
  double sum = 0;
  double c = 0;

  void add(double value) {
    const double total = sum + value;
    if (std::abs(total) > std::numeric_limits<double>::max())
      c = 0;
    else if (std::abs(sum) >= std::abs(value))
      c += (sum - total) + value;
    else
      c += (value - total) + sum;
    sum = total;
  }
  double value() const { return sum + c; }
};

/// The mean of a stream: a compensated sum while it fits a double, the incremental mean from then on.
struct Mean {
  Kahan sum;  ///< once incremental: the mean
  double count = 0;
  bool incremental = false;

  void add(double value) {
    count += 1;
    if (count == 1) {
      sum.sum = value;
      return;
    }
    if (!incremental) {
      Kahan next = sum;
      next.add(value);
      if (!std::isinf(next.sum)) {
        sum = next;
        return;
      }
      become_incremental(count - 1);
    }
    const double q = (count - 1) / count;
    sum.sum *= q;
    sum.c *= q;
    sum.add(value / count);
  }
  /// Joins the mean of other values.
  void merge(Mean other) {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    if (!incremental && !other.incremental) {
      Kahan next = sum;
      next.add(other.sum.sum);
      if (!std::isinf(next.sum)) {
        next.c += other.sum.c;
        sum = next;
        count += other.count;
        return;
      }
    }
    if (!incremental) become_incremental(count);
    if (!other.incremental) other.become_incremental(other.count);
    const double total = count + other.count;
    sum.sum *= count / total;
    sum.c *= count / total;
    sum.add(other.sum.sum * (other.count / total));
    sum.c += other.sum.c * (other.count / total);
    count = total;
  }
  double value() const { return incremental ? sum.sum + sum.c : sum.sum / count + sum.c / count; }

 private:
  void become_incremental(double n) {
    incremental = true;
    sum.sum /= n;
    sum.c /= n;
  }
};

}  // namespace monitorai::query

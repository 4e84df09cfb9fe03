#include "query/promql/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "signals/samples.h"

namespace monitorai::query {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
/// Relative differences between neighbouring buckets that count as rounding.
constexpr double kSmallDelta = 1e-12;

bool nan_first(double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; }

/// Adds up buckets of the same bound.
void coalesce(std::vector<Bucket>& buckets) {
  size_t kept = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[kept].upper_bound)
      buckets[kept].count += buckets[i].count;
    else
      buckets[++kept] = buckets[i];
  }
  buckets.resize(kept + 1);
}

/// Makes counts ascend: small differences either way are rounding, decreases are repaired and reported.
void make_monotonic(std::vector<Bucket>& buckets, BucketQuantile& out) {
  out.bucket_min = kInf;
  out.bucket_max = -kInf;
  double previous = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    const double current = buckets[i].count;
    if (current == previous) continue;
    if (almost_equal(previous, current, kSmallDelta)) {
      buckets[i].count = previous;
    } else if (current < previous) {
      buckets[i].count = previous;
      out.forced_monotonicity = true;
      out.bucket_min = std::min(out.bucket_min, buckets[i].upper_bound);
      out.bucket_max = std::max(out.bucket_max, buckets[i].upper_bound);
      out.difference_max = std::max(out.difference_max, previous - current);
    } else {
      previous = current;
    }
  }
}

}  // namespace

bool almost_equal(double a, double b, double epsilon) {
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (signals::is_stale(a) || signals::is_stale(b)) return signals::is_stale(a) && signals::is_stale(b);
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double sum = std::abs(a) + std::abs(b);
  const double difference = std::abs(a - b);
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < epsilon * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < epsilon;
}

double quantile(double phi, std::span<double> values) {
  if (values.empty() || std::isnan(phi)) return kNan;
  if (phi < 0) return -kInf;
  if (phi > 1) return kInf;
  std::sort(values.begin(), values.end(), nan_first);
  const auto n = static_cast<double>(values.size());
  const double rank = phi * (n - 1);
  const double lower = std::max(0.0, std::floor(rank));
  const double upper = std::min(n - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[static_cast<size_t>(lower)] * (1 - weight) + values[static_cast<size_t>(upper)] * weight;
}

BucketQuantile bucket_quantile(double phi, std::vector<Bucket>& buckets) {
  BucketQuantile out;
  const auto is = [&](double value) {
    out.value = value;
    return out;
  };
  if (std::isnan(phi)) return is(kNan);
  if (phi < 0) return is(-kInf);
  if (phi > 1) return is(kInf);
  if (!(buckets.back().upper_bound == kInf)) return is(kNan);
  coalesce(buckets);
  make_monotonic(buckets, out);
  if (buckets.size() < 2) return is(kNan);
  const double observations = buckets.back().count;
  if (observations == 0) return is(kNan);
  double rank = phi * observations;
  const size_t last = buckets.size() - 1;
  // The first bucket whose count reaches the rank; a NaN count never does.
  const size_t b = static_cast<size_t>(std::partition_point(buckets.begin(), buckets.begin() + static_cast<ptrdiff_t>(last),
                                                            [&](const Bucket& x) { return !(x.count >= rank); }) -
                                       buckets.begin());
  if (b == last) return is(buckets[last - 1].upper_bound);
  if (b == 0 && buckets[0].upper_bound <= 0) return is(buckets[0].upper_bound);
  double start = 0;
  double count = buckets[b].count;
  if (b > 0) {
    start = buckets[b - 1].upper_bound;
    count -= buckets[b - 1].count;
    rank -= buckets[b - 1].count;
  }
  return is(start + (buckets[b].upper_bound - start) * (rank / count));
}

double bucket_fraction(double lower, double upper, std::vector<Bucket>& buckets) {
  if (!(buckets.back().upper_bound == kInf)) return kNan;
  coalesce(buckets);
  const double count = buckets.back().count;
  if (count == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  // The rank of a bound: how many observations lie below it.
  const auto rank_of = [&](double value) {
    double rank = 0;
    double start = buckets[0].upper_bound <= 0 ? -kInf : 0.0;
    for (size_t i = 0; i < buckets.size(); ++i) {
      if (i > 0) start = buckets[i - 1].upper_bound;
      const double end = buckets[i].upper_bound;
      if (start >= value) return rank;
      if (end > value) {
        // Nothing can be said within a bucket without a lower bound, so all of it counts; of the last one, nothing does.
        if (start == -kInf) return buckets[i].count;
        return rank + (buckets[i].count - rank) * (value - start) / (end - start);
      }
      rank = buckets[i].count;
    }
    return count;
  };
  return (std::min(rank_of(upper), count) - std::min(rank_of(lower), count)) / count;
}

}  // namespace monitorai::query

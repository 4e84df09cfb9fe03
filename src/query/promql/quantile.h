#pragma once
// Quantiles of samples and of the buckets of classic histograms.

#include <span>
#include <vector>

namespace monitorai::query {

/// The phi-quantile of the values, interpolated between neighbours; sorts them (NaN first). NaN without values or for phi = NaN, -Inf
/// below 0, +Inf above 1.
double quantile(double phi, std::span<double> values);

/// A bucket of a classic histogram: observations <= upper_bound.
struct Bucket {
  double upper_bound = 0;
  double count = 0;
};

struct BucketQuantile {
  double value = 0;
  bool forced_monotonicity = false;
  double bucket_min = 0;
  double bucket_max = 0;
  double difference_max = 0;
};

/// As Prometheus's histogram_quantile over classic buckets. The buckets are sorted by bound and not empty; they may be changed.
BucketQuantile bucket_quantile(double phi, std::vector<Bucket>& buckets);
/// As Prometheus's histogram_fraction: the share of observations between lower and upper.
double bucket_fraction(double lower, double upper, std::vector<Bucket>& buckets);

/// Differ by less than epsilon times their sum; any two NaN that are no staleness markers are equal.
bool almost_equal(double a, double b, double epsilon);

}  // namespace monitorai::query

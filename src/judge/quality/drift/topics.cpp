#include "judge/quality/drift/topics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace monitorai::judge {
namespace {

constexpr size_t kRounds = 15;
constexpr size_t kNearest = 5;

double dot(std::span<const double> a, std::span<const double> b) { return std::inner_product(a.begin(), a.end(), b.begin(), 0.0); }

void normalise(std::span<double> values) {
  const double length = std::sqrt(dot(values, values));
  if (length > 0)
    for (double& value : values) value /= length;
}

/// Rows of both, one after the other.
struct Rows {
  const Matrix& baseline;
  const Matrix& window;
  size_t size() const { return baseline.rows + window.rows; }
  std::span<const double> operator[](size_t i) const { return i < baseline.rows ? baseline.row(i) : window.row(i - baseline.rows); }
};

/// k-means++: each further centre is a row, the likelier the farther it is from those that are there.
Matrix first_centres(const Rows& rows, size_t clusters, uint64_t seed) {
  std::mt19937_64 random(seed);
  Matrix out;
  out.append(rows[random() % rows.size()]);
  std::vector<double> distance(rows.size(), 4);
  while (out.rows < clusters) {
    double sum = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      distance[i] = std::min(distance[i], std::max(0.0, 2 - 2 * dot(rows[i], out.row(out.rows - 1))));
      sum += distance[i];
    }
    if (!(sum > 0)) break;
    double at = static_cast<double>(random() >> 11) * 0x1p-53 * sum;
    size_t chosen = 0;
    while (chosen + 1 < rows.size() && (at -= distance[chosen]) > 0) ++chosen;
    out.append(rows[chosen]);
  }
  return out;
}

size_t nearest_centre(std::span<const double> row, const Matrix& centres) {
  size_t out = 0;
  double best = -INFINITY;
  for (size_t k = 0; k < centres.rows; ++k)
    if (const double near = dot(row, centres.row(k)); near > best) best = near, out = k;
  return out;
}

}  // namespace

std::vector<TopicChange> growing_topics(const Matrix& baseline, const Matrix& window, size_t clusters, uint64_t seed) {
  std::vector<TopicChange> out;
  if (baseline.rows == 0 || window.rows == 0 || clusters == 0 || baseline.columns != window.columns) return out;
  const Rows rows{baseline, window};
  Matrix centres = first_centres(rows, std::min(clusters, rows.size()), seed);
  std::vector<size_t> cluster(rows.size(), 0);
  for (size_t round = 0; round < kRounds; ++round) {
    bool moved = round == 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      const size_t nearest = nearest_centre(rows[i], centres);
      moved |= nearest != cluster[i];
      cluster[i] = nearest;
    }
    if (!moved) break;
    Matrix sums(centres.rows, centres.columns);
    for (size_t i = 0; i < rows.size(); ++i)
      for (size_t k = 0; k < sums.columns; ++k) sums.row(cluster[i])[k] += rows[i][k];
    for (size_t k = 0; k < sums.rows; ++k) normalise(sums.row(k));
    centres = std::move(sums);
  }
  const double n = static_cast<double>(baseline.rows), m = static_cast<double>(window.rows);
  for (size_t k = 0; k < centres.rows; ++k) {
    std::vector<size_t> members;
    double before = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      if (cluster[i] != k) continue;
      if (i < baseline.rows)
        before += 1;
      else
        members.push_back(i - baseline.rows);
    }
    const double now = static_cast<double>(members.size()), pooled = (before + now + 1) / (n + m + 2);
    TopicChange topic{.share_before = before / n, .share_now = now / m};
    topic.surprise = (topic.share_now - topic.share_before) / std::sqrt(pooled * (1 - pooled) * (1 / n + 1 / m));
    if (topic.surprise < kTopicSurpriseMin) continue;
    std::stable_sort(members.begin(), members.end(),
                     [&](size_t a, size_t b) { return dot(window.row(a), centres.row(k)) > dot(window.row(b), centres.row(k)); });
    members.resize(std::min(members.size(), kNearest));
    topic.nearest = std::move(members);
    out.push_back(std::move(topic));
  }
  std::stable_sort(out.begin(), out.end(), [](const TopicChange& a, const TopicChange& b) { return a.surprise > b.surprise; });
  return out;
}

}  // namespace monitorai::judge

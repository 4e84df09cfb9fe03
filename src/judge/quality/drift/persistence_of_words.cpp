#include <cmath>
#include <numeric>
#include <vector>

#include "judge/quality/drift/permutation.h"
#include "judge/quality/drift/persistence.h"
#include "judge/quality/drift/tfidf.h"

namespace monitorai::judge {
namespace {

constexpr int kSteps = 50;  // of the power iteration
constexpr double kLengthMin = 1e-12;

using Row = std::vector<TfIdf::Entry>;

/// Where each row lies along the direction, from the mean of all of them.
std::vector<double> places_along(const std::vector<double>& direction, std::span<const Row> rows) {
  std::vector<double> out;
  for (const Row& row : rows) {
    double place = 0;
    for (const auto& entry : row) place += direction[entry.word] * entry.weight;
    out.push_back(place);
  }
  const double mean = std::accumulate(out.begin(), out.end(), 0.0) / static_cast<double>(std::max<size_t>(1, out.size()));
  for (double& place : out) place -= mean;
  return out;
}

/// The direction of length 1 along which neighbours vary together most: that of the largest eigenvalue of their covariance. All 0 where
/// rows do not vary.
std::vector<double> likest_neighbours(std::span<const Row> rows, size_t words) {
  std::vector<double> direction(words, 0), next(words);
  for (size_t word = 0; word < words; ++word) direction[word] = std::cos(static_cast<double>(word * word + 1));  // no symmetry that a step would keep
  double largest = 0;  // of the eigenvalues so far, without their sign: added to all of them, it leaves alternation behind
  for (int step = 0; step < kSteps; ++step) {
    const std::vector<double> places = places_along(direction, rows);
    std::fill(next.begin(), next.end(), 0);
    std::vector<double> pulls(rows.size(), 0);
    for (size_t i = 1; i < rows.size(); ++i) pulls[i] += places[i - 1] / 2, pulls[i - 1] += places[i] / 2;
    const double mean = std::accumulate(pulls.begin(), pulls.end(), 0.0) / static_cast<double>(std::max<size_t>(1, pulls.size()));
    for (size_t i = 0; i < rows.size(); ++i)
      for (const auto& entry : rows[i]) next[entry.word] += (pulls[i] - mean) * entry.weight;
    double before = 0, after = 0;
    for (size_t word = 0; word < words; ++word) before += direction[word] * direction[word], after += next[word] * next[word];
    if (before > 0) largest = std::max(largest, std::sqrt(after / before));
    double length = 0;
    for (size_t word = 0; word < words; ++word) next[word] += largest * direction[word], length += next[word] * next[word];
    length = std::sqrt(length);
    if (!(length > kLengthMin)) return std::vector<double>(words, 0);
    for (size_t word = 0; word < words; ++word) direction[word] = next[word] / length;
  }
  return direction;
}

}  // namespace

double persistence_of_words(std::span<const std::string> in_order) {
  const WordCounts counts = count_words(in_order);
  std::vector<size_t> all(in_order.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const TfIdf tfidf(counts, all);
  std::vector<Row> rows;
  for (const size_t row : all) rows.push_back(tfidf.row(row));
  const std::span<const Row> every(rows);
  const size_t half = rows.size() / 2;
  double out = 0;
  for (const auto& [taught, measured] : {std::pair(every.first(half), every.subspan(half)), std::pair(every.subspan(half), every.first(half))})
    out += autocorrelation_time(places_along(likest_neighbours(taught, counts.words.size()), measured)) / 2;
  return std::max(out, 1.0);
}

}  // namespace monitorai::judge

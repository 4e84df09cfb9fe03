// Numbers, categories and embeddings of which nothing drifts, or whose numbers have moved.

#include <map>

#include "judge/quality/drift/distinguish.h"
#include "judge/quality/drift/evidently.h"
#include "quality_parts.h"
#include "quality_traffic.h"

namespace monitorai::bench {
namespace {

using namespace judge;

constexpr size_t kDimension = 16;

Matrix embeddings(uint64_t seed, double burst, size_t rows) {
  Matrix out(rows, kDimension);
  for (size_t k = 0; k < kDimension; ++k) {
    Rows column(seed * kDimension + k, burst);
    for (size_t i = 0; i < rows; ++i) out.row(i)[k] = column.next();
  }
  return out;
}

}  // namespace

void false_alarms(size_t rows, size_t windows, size_t vector_windows, double burst, uint64_t seed) {
  Rates numbers, categories, vectors;
  std::map<std::string, Rates> evidently;
  for (size_t i = 0; i < windows; ++i) {
    const NullOptions null{.seed = kNullSeed + seed + i};
    Rows stream(seed + i, burst);
    const auto baseline = stream.numbers(kBaselineRows), window = stream.numbers(rows);
    numbers.add(distinguish_numbers(baseline, window, null).p <= kLevel);
    for (const NamedTest& test : evidently_of_numbers(baseline, window))
      if (test.by_default || test.name == "psi") evidently[fmt::format("numbers: {}", test.name)].add(test.drifted);
    Rows labels(seed + i + windows, burst);
    const auto before = labels.categories(kBaselineRows), now = labels.categories(rows);
    categories.add(distinguish_categories(before, now, null).p <= kLevel);
    for (const NamedTest& test : evidently_of_categories(before, now))
      if (test.by_default || test.name == "chisquare") evidently[fmt::format("categories: {}", test.name)].add(test.drifted);
  }
  for (size_t i = 0; i < vector_windows; ++i) {
    const Matrix all = embeddings(seed + i, burst, kBaselineRows + rows);
    Matrix before, now;
    for (size_t row = 0; row < all.rows; ++row) (row < kBaselineRows ? before : now).append(all.row(row));
    vectors.add(distinguish_embeddings(before, now, {.permutations = kFewPermutations, .seed = kNullSeed + i}).p <= kLevel);
  }
  if (windows > 0) print_rates("ours, numbers", numbers, seed);
  if (windows > 0) print_rates("ours, categories", categories, seed);
  if (vector_windows > 0) print_rates("ours, embeddings", vectors, seed);
  for (const auto& [name, rates] : evidently) print_rates("Evidently, " + name, rates, seed);
}

void power(size_t rows, size_t windows, double shift, double burst, uint64_t seed) {
  Rates numbers;
  for (size_t i = 0; i < windows; ++i) {
    Rows stream(seed + i, burst);
    const auto baseline = stream.numbers(kBaselineRows), window = stream.numbers(rows, shift);
    numbers.add(distinguish_numbers(baseline, window, {.seed = kNullSeed + i}).p <= kLevel);
  }
  print_rates("ours, numbers", numbers, seed);
}

}  // namespace monitorai::bench

// Scores that depend on inputs: the inputs may move, and what like inputs are scored may change or not.

#include "judge/quality/drift/concept_drift.h"
#include "quality_parts.h"
#include "quality_traffic.h"

namespace monitorai::bench {
namespace {

using namespace judge;

constexpr size_t kInputs = 16;

/// They depend on the inputs not linearly, and scatter more for some inputs than for others.
struct Scored {
  Matrix inputs;
  std::vector<double> scores;
};

enum class Change { none, level, turned };

Scored scored(std::vector<Rows>& streams, Rows& noise, size_t rows, double shift, Change change) {
  Scored out{.inputs = Matrix(rows, kInputs), .scores = {}};
  for (size_t i = 0; i < rows; ++i) {
    const auto x = out.inputs.row(i);
    for (size_t k = 0; k < kInputs; ++k) x[k] = streams[k].next() + (k < 2 ? shift : 0);
    const double usual = std::sin(x[0]) + 0.3 * x[1] * x[1] + 0.5 * x[2], scatter = 0.5 + 0.25 * std::fabs(x[0]);
    out.scores.push_back(usual + scatter * noise.next() + (change == Change::level ? 0.35 : change == Change::turned ? -x[2] : 0));
  }
  return out;
}

}  // namespace

void concept_alarms(size_t rows, size_t windows, double shift, std::string_view change, double burst, uint64_t seed) {
  Rates conditional, alone;
  const Change changed = change == "level" ? Change::level : change == "turned" ? Change::turned : Change::none;
  for (size_t i = 0; i < windows; ++i) {
    std::vector<Rows> streams;
    for (size_t k = 0; k < kInputs; ++k) streams.emplace_back((seed + i) * (kInputs + 1) + k, burst);
    Rows noise((seed + i) * (kInputs + 1) + kInputs, burst);
    const Scored baseline = scored(streams, noise, kBaselineRows, 0, Change::none), window = scored(streams, noise, rows, shift, changed);
    const NullOptions null{.permutations = kFewPermutations, .seed = kNullSeed + i};
    const auto found = concept_drift(baseline.inputs, baseline.scores, window.inputs, window.scores, null);
    conditional.add(found && found->p <= kLevel);
    alone.add(distinguish_numbers(baseline.scores, window.scores, null).p <= kLevel);
  }
  print_rates("scores against inputs", conditional, seed);
  print_rates("scores alone", alone, seed);
}

}  // namespace monitorai::bench

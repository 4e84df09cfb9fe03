#include "judge/quality/drift/concept_drift.h"

#include <gtest/gtest.h>

#include <limits>

#include "judge/quality/drift/aligned_inputs.h"
#include "judge/quality/drift/report.h"
#include "judge/quality/drift/traffic.h"

namespace monitorai::judge {
namespace {

constexpr size_t kInputs = 4;

struct Sample {
  Matrix inputs;
  std::vector<double> scores;
};

/// Scores that depend on inputs, not linearly, and scatter more for some than for others.
Sample sample(Traffic& traffic, size_t rows, double shift, double level = 0, double slope = 1) {
  Sample out{traffic.matrix(rows, kInputs), {}};
  for (size_t i = 0; i < rows; ++i) {
    const auto x = out.inputs.row(i);
    x[0] += shift;
    out.scores.push_back(0.4 * x[0] * x[0] + slope * x[1] + level + (0.5 + 0.2 * std::fabs(x[0])) * traffic.next());
  }
  return out;
}

std::optional<ConceptDrift> compared(const Sample& a, const Sample& b, uint64_t seed = 1) {
  return concept_drift(a.inputs, a.scores, b.inputs, b.scores, {.permutations = 99, .seed = seed});
}

TEST(ConceptDrift, new_inputs_alone_raise_no_alarm) {
  // 200 runs: 5 % is within 0.05 +- 0.047 in 99.7 of 100 seeds.
  const auto f = [](double shift) {
    return false_alarms(200, [&](uint64_t seed) {
      Traffic traffic(seed);
      const Sample baseline = sample(traffic, 400, 0), window = sample(traffic, 100, shift);
      return compared(baseline, window, seed).value().p;
    });
  };
  EXPECT_LT(f(0), 0.097);
  EXPECT_LT(f(1), 0.097) << "the scores themselves have moved by 0.4";
}

TEST(ConceptDrift, scores_of_like_inputs_that_have_moved_are_found) {
  Traffic traffic(3);
  const Sample baseline = sample(traffic, 600, 0);
  const auto f = [&](const Sample& window) { return compared(baseline, window).value(); };
  const auto higher = f(sample(traffic, 200, 0, 0.5));
  EXPECT_LE(higher.p, 0.01);
  EXPECT_NEAR(higher.level_change, 0.5, 0.2);
  EXPECT_GT(higher.score, 0.15);
  EXPECT_NE(higher.what_changed.find("higher than before"), std::string::npos) << higher.what_changed;
  EXPECT_LE(f(sample(traffic, 200, 1, 0.7)).p, 0.02) << "inputs and scores have moved";
  EXPECT_LE(f(sample(traffic, 200, 0, 0, -1)).p, 0.01) << "what raised scores lowers them now; their distribution is the same";
}

TEST(ConceptDrift, inputs_without_any_like_leave_nothing_to_be_told) {
  Traffic traffic(4);
  const auto f = compared(sample(traffic, 400, 0), sample(traffic, 100, 50));
  ASSERT_TRUE(f.has_value());
  EXPECT_LT(f->overlap, 0.1);
  const auto g = compared(sample(traffic, 400, 0), sample(traffic, 100, 0));
  EXPECT_GT(g->overlap, 0.8);
}

TEST(ConceptDrift, few_rows_and_constants_are_not_judged) {
  Traffic traffic(5);
  const Sample many = sample(traffic, 100, 0), few = sample(traffic, 20, 0);
  EXPECT_FALSE(compared(many, few).has_value());
  EXPECT_FALSE(compared(few, many).has_value());
  Sample constant = many;
  std::fill(constant.scores.begin(), constant.scores.end(), 0.5);
  EXPECT_FALSE(compared(constant, constant).has_value());
  Sample nothing = many;
  std::fill(nothing.inputs.values.begin(), nothing.inputs.values.end(), 3);
  EXPECT_FALSE(compared(nothing, nothing).has_value());
}

TEST(AlignedInputs, rows_with_a_gap_are_left_out_and_cells_stay_with_their_row) {
  std::string a, b;
  for (int i = 0; i < 40; ++i)
    a += fmt::format("{{\"score\": {}, \"length\": {}, \"route\": \"{}\"}}\n", i, i, i % 2 == 0 ? "chat" : "api");
  b = a;
  a += "{\"score\": null, \"length\": 7, \"route\": \"chat\"}\n{\"score\": 1, \"route\": \"api\"}\n{\"score\": 99, \"length\": 41, "
       "\"route\": \"chat\"}\n";
  const auto before = parse_jsonl(a).value(), now = parse_jsonl(b).value();
  const auto embed = [](const std::vector<std::string>& texts) { return Matrix(texts.size(), 2); };
  const auto rows = aligned_inputs(before, now, {"length", "route", "absent", "score"}, "score", embed);
  EXPECT_EQ(rows.used, (std::vector<std::string>{"length", "route"}));
  ASSERT_EQ(rows.baseline.scores.size(), 41);
  EXPECT_EQ(rows.window.scores.size(), 40);
  EXPECT_EQ(rows.baseline.scores.back(), 99);
  EXPECT_EQ(rows.baseline.inputs.columns, 3) << "a rank, two routes";
  EXPECT_GT(rows.baseline.inputs.row(40)[0], rows.baseline.inputs.row(39)[0]);
  EXPECT_TRUE(aligned_inputs(before, now, {"length"}, "nothing", embed).used.empty());
  EXPECT_TRUE(aligned_inputs(before, now, {"length"}, "route", embed).used.empty()) << "words are no scores";
}

TEST(ConceptDrift, the_report_tells_it_beside_the_columns) {
  const auto file = [](uint64_t seed, double change) {
    Traffic traffic(seed);
    std::string out;
    for (int i = 0; i < 300; ++i) {
      const double x = traffic.next();
      out += fmt::format("{{\"length\": {}, \"score\": {}}}\n", x, x + change + 0.3 * traffic.next());
    }
    return parse_jsonl(out).value();
  };
  const auto f = [&](double change, std::string scores) {
    return compare(file(1, 0), file(2, change), LexicalEmbedder(), {.scores = std::move(scores), .null = {.permutations = 99}}).value();
  };
  const auto named = [](const DriftReport& report) {
    return std::find_if(report.columns.begin(), report.columns.end(),
                        [](const ColumnDrift& column) { return column.kind == "scores against inputs"; });
  };
  const auto changed = f(0.4, "score"), same = f(0, "score"), off = f(0.4, "");
  ASSERT_NE(named(changed), changed.columns.end());
  EXPECT_EQ(named(changed)->name, "score (against length)");
  EXPECT_EQ(named(changed)->verdict, DriftVerdict::drift);
  ASSERT_NE(named(same), same.columns.end());
  EXPECT_EQ(named(same)->verdict, DriftVerdict::same);
  EXPECT_EQ(named(off), off.columns.end());
}

}  // namespace
}  // namespace monitorai::judge

#include "judge/quality/drift/evidently_model.h"

#include <gtest/gtest.h>

#include <limits>

#include "judge/quality/drift/evidently.h"
#include "judge/quality/drift/sgd_classifier.h"
#include "judge/quality/drift/traffic.h"

namespace monitorai::judge {
namespace {

TEST(EvidentlyModel, what_cannot_be_taught_is_left_out) {
  const auto f = [](const Matrix& baseline, const Matrix& window) { EXPECT_FALSE(evidently_model(baseline, window).has_value()); };
  const auto with = [](Matrix rows, double value) {
    rows.values[5] = value;
    return rows;
  };
  const Matrix baseline = Traffic(1).matrix(40, 3), window = Traffic(2).matrix(30, 3);
  f(Traffic(1).matrix(1, 3), window);
  f(baseline, Traffic(2).matrix(1, 3));
  f(with(baseline, std::numeric_limits<double>::quiet_NaN()), window);
  f(baseline, with(window, std::numeric_limits<double>::infinity()));
  Matrix vast = baseline;
  for (double& value : vast.values) value *= 1e300;
  f(vast, window);  // the descent leaves the finite numbers
  for (const NamedTest& test : evidently_of_embeddings(Traffic(1).matrix(1, 3), window)) EXPECT_NE(test.name, "model");
}

TEST(SgdClassifier, separable_rows_are_separated_by_every_loss_and_penalty) {
  const std::vector<uint32_t> features{0, 1};
  std::vector<double> numbers;
  std::vector<uint8_t> positive;
  Traffic noise(3);
  for (size_t i = 0; i < 60; ++i) {
    positive.push_back(i % 2);
    numbers.push_back(noise.next() * 0.2 + (i % 2 != 0 ? 2 : -2));
    numbers.push_back(noise.next());
  }
  std::vector<FeatureRow> rows;
  for (size_t i = 0; i < 60; ++i) rows.push_back({features, std::span(numbers).subspan(2 * i, 2)});
  const auto f = [&](SgdLoss loss, SgdPenalty penalty) {
    const auto fitted = SgdClassifier::fit(rows, positive, 2, {.loss = loss, .penalty = penalty});
    ASSERT_TRUE(fitted.has_value());
    for (size_t i = 0; i < 60; ++i) {
      EXPECT_EQ(fitted->decide(rows[i]) > 0, positive[i] != 0);
      EXPECT_EQ(fitted->probability(rows[i]) > 0.5, positive[i] != 0);
      EXPECT_LE(fitted->probability(rows[i]), 1);
      EXPECT_GE(fitted->probability(rows[i]), 0);
    }
  };
  f(SgdLoss::log, SgdPenalty::l2);
  f(SgdLoss::log, SgdPenalty::l1);
  f(SgdLoss::modified_huber, SgdPenalty::l1);
  f(SgdLoss::modified_huber, SgdPenalty::l2);
}

TEST(SgdClassifier, rows_without_features_leave_the_intercept_alone_to_decide) {
  const std::vector<FeatureRow> rows(20);
  std::vector<uint8_t> positive(20, 1);
  positive[3] = 0;
  const auto fitted = SgdClassifier::fit(rows, positive, 0, {});
  ASSERT_TRUE(fitted.has_value());
  EXPECT_GT(fitted->decide({}), 0);
}

}  // namespace
}  // namespace monitorai::judge

#include "judge/quality/hallucination/score_model.h"

#include <fmt/format.h>


#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "judge/quality/hallucination/roc.h"

namespace monitorai::judge {

std::vector<double> fit_logistic(const std::vector<std::vector<double>>& rows, std::span<const uint8_t> positive, double ridge) {
  constexpr int kSteps = 50;
  const auto n = static_cast<Eigen::Index>(rows.size()), columns = static_cast<Eigen::Index>(rows[0].size()) + 1;
  Eigen::MatrixXd x(n, columns);
  Eigen::VectorXd y(n), penalty = Eigen::VectorXd::Constant(columns, ridge), w = Eigen::VectorXd::Zero(columns);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index k = 0; k + 1 < columns; ++k) x(i, k) = rows[static_cast<size_t>(i)][static_cast<size_t>(k)];
    x(i, columns - 1) = 1;
    y(i) = positive[static_cast<size_t>(i)];
  }
  penalty(columns - 1) = 1e-6;
  for (int step = 0; step < kSteps; ++step) {
    const Eigen::VectorXd p = (x * w).unaryExpr([](double v) { return 1 / (1 + std::exp(-v)); });
    const Eigen::VectorXd gradient = x.transpose() * (y - p) - penalty.cwiseProduct(w);
    Eigen::MatrixXd curvature = x.transpose() * p.cwiseProduct(Eigen::VectorXd::Ones(n) - p).asDiagonal() * x;
    curvature.diagonal() += penalty;
    const Eigen::VectorXd change = curvature.ldlt().solve(gradient);
    w += change;
    if (change.norm() < 1e-10) break;
  }
  return {w.data(), w.data() + w.size()};
}

namespace {

constexpr double kRidge = 1;  // prior: standardised weights are about 1
constexpr size_t kFolds = 5;
constexpr size_t kFirstMeaning = 11;  // of kSigns

double standardised(const ScoreModel::Weight& weight, const std::optional<double>& sign) {
  return sign ? (*sign - weight.mean) / weight.deviation : 0;
}

ScoreModel fit(std::span<const Signs> signs, std::span<const uint8_t> positive) {
  ScoreModel out;
  for (size_t k = 0; k < kSigns.size(); ++k) {
    double n = 0, sum = 0, squares = 0;
    for (const Signs& one : signs)
      if (one[k]) n += 1, sum += *one[k];
    out.weights[k].mean = n > 0 ? sum / n : 0;
    for (const Signs& one : signs)
      if (one[k]) squares += (*one[k] - out.weights[k].mean) * (*one[k] - out.weights[k].mean);
    if (squares > 0) out.weights[k].deviation = std::sqrt(squares / n);
  }
  // More of a sign never makes an answer sounder: signs that say so (because others say the same louder) are left out, one by one.
  std::vector<size_t> used(kSigns.size());
  std::iota(used.begin(), used.end(), size_t{0});
  std::vector<double> w;
  for (;;) {
    std::vector<std::vector<double>> rows;
    for (const Signs& one : signs) {
      auto& row = rows.emplace_back();
      for (const size_t k : used) row.push_back(standardised(out.weights[k], one[k]));
    }
    w = fit_logistic(rows, positive, kRidge);
    const auto least = std::min_element(w.begin(), w.end() - 1);
    if (least == w.end() - 1 || *least >= 0) break;
    used.erase(used.begin() + (least - w.begin()));
  }
  for (size_t i = 0; i < used.size(); ++i) out.weights[used[i]].weight = w[i];
  out.intercept = w.back();
  return out;
}

/// Scores of answers by models that did not see them.
std::vector<double> held_out_scores(std::span<const Signs> signs, std::span<const uint8_t> positive) {
  std::vector<double> out(signs.size(), 0.5);
  for (size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Signs> taught;
    std::vector<uint8_t> labels;
    std::vector<size_t> judged;
    size_t seen[2] = {0, 0};
    for (size_t i = 0; i < signs.size(); ++i) {  // each kind is dealt out in turn, so that every fold has both
      if (seen[positive[i] != 0]++ % kFolds == fold) {
        judged.push_back(i);
      } else {
        taught.push_back(signs[i]);
        labels.push_back(positive[i]);
      }
    }
    const ScoreModel model = fit(taught, labels);
    for (const size_t i : judged) out[i] = model.score(signs[i]).value_or(0.5);
  }
  return out;
}

}  // namespace

Examination examine(const Answer& answer, MeaningReader* reader) {
  Examination out;
  if (!answer.facts.empty()) {
    out.support = support(answer.text, answer.facts);
    const Support& s = *out.support;
    const double signs[] = {s.unsupported_words,   s.unsupported_pairs, s.broken_order,     s.weakest_sentence,
                            s.unsupported_numbers, s.unsupported_names, s.flipped_sentences};
    std::copy(std::begin(signs), std::end(signs), out.signs.begin());
  }
  out.confidence = token_confidence(answer.tokens);
  if (out.confidence) {
    out.signs[7] = out.confidence->surprise_max;
    out.signs[8] = out.confidence->surprise_mean;
    out.signs[9] = out.confidence->entropy_mean;
  }
  out.signs[10] = inconsistency(answer.text, answer.samples);
  if (reader != nullptr && !answer.facts.empty()) {
    if (const auto meaning = reader->compare(answer.text, answer.facts)) {
      out.signs[kFirstMeaning] = meaning->unlike_sentences;
      out.signs[kFirstMeaning + 1] = meaning->unlike_sentence_max;
      out.signs[kFirstMeaning + 2] = meaning->unaligned_words;
    }
  }
  out.signs[14] = semantic_entropy(answer.text, answer.samples, reader);
  return out;
}

bool has_meaning(const Signs& signs) { return signs[kFirstMeaning].has_value(); }

std::optional<double> ScoreModel::score(const Signs& signs) const {
  double sum = intercept;
  bool any = false;
  for (size_t k = 0; k < kSigns.size(); ++k) {
    any |= signs[k].has_value() && weights[k].weight != 0;
    sum += weights[k].weight * standardised(weights[k], signs[k]);
  }
  if (!any) return std::nullopt;
  return 1 / (1 + std::exp(-sum));
}

Result<ScoreModel> fit_score_model(std::span<const Signs> signs, std::span<const uint8_t> hallucinated, std::string origin) {
  MAI_CHECK(signs.size() == hallucinated.size());
  const auto positives = static_cast<size_t>(std::count(hallucinated.begin(), hallucinated.end(), uint8_t{1}));
  if (positives < kFitLabelsMin || signs.size() - positives < kFitLabelsMin)
    return Error{Code::invalid, fmt::format("cannot fit: it takes {} labels of each kind, and there are {} of hallucinated answers and {} of sound ones",
                                            kFitLabelsMin, positives, signs.size() - positives)};
  ScoreModel out = fit(signs, hallucinated);
  const auto scores = held_out_scores(signs, hallucinated);
  const Operating point = best_threshold(scores, hallucinated);
  out.origin = std::move(origin);
  out.threshold = point.threshold;
  out.proof = {signs.size(), positives, point.auc, point.sensitivity, point.specificity};
  return out;
}

Prevalence prevalence(size_t flagged, size_t all, double sensitivity, double specificity) {
  Prevalence out;
  if (all == 0) return out;
  const double n = static_cast<double>(all), z = 1.959963984540054;
  out.rate = static_cast<double>(flagged) / n;
  const double middle = out.rate + z * z / (2 * n), scale = 1 + z * z / n;
  const double half = z * std::sqrt(out.rate * (1 - out.rate) / n + z * z / (4 * n * n));
  out.low = std::max(0.0, (middle - half) / scale);
  out.high = std::min(1.0, (middle + half) / scale);
  if (const double informed = sensitivity + specificity - 1; informed > 0.05) {
    const auto corrected = [&](double share) { return std::clamp((share + specificity - 1) / informed, 0.0, 1.0); };
    out.corrected = corrected(out.rate);
    out.corrected_low = corrected(out.low);
    out.corrected_high = corrected(out.high);
  }
  return out;
}

}  // namespace monitorai::judge

// Labelled answers: what tells the hallucinated ones, and the weights that they teach.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/text/rouge.h"
#include "quality_parts.h"

namespace monitorai::bench {
namespace {

using namespace judge;

constexpr size_t kRememberedBytesMax = size_t{512} << 20;

struct Labelled {
  std::vector<Answer> answers;
  std::vector<Signs> signs;
  std::vector<uint8_t> labels;
  std::unique_ptr<Embedder> embedder;
};

Result<Labelled> labelled_answers(const char* path, const char* model) {
  std::ifstream in(path);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  Labelled out;
  MAI_TRY_ASSIGN(out.answers, parse_answers(text));
  MAI_TRY_ASSIGN(out.embedder, embedder_of(model));
  MeaningReader reader(*out.embedder, kRememberedBytesMax);
  for (const Answer& answer : out.answers) {
    out.signs.push_back(examine(answer, &reader).signs);
    out.labels.push_back(answer.hallucinated.value_or(false) ? 1 : 0);
  }
  return out;
}

Signs without_meaning(Signs signs) {
  std::fill(signs.begin() + 11, signs.begin() + 14, std::nullopt);
  return signs;
}

/// Scores of each answer by weights fitted to the half of them that it is not in.
Result<std::vector<double>> refitted_scores(const Labelled& all) {
  std::vector<double> out(all.answers.size(), 0.5);
  for (const size_t judged : {size_t{0}, size_t{1}}) {
    std::vector<Signs> taught;
    std::vector<uint8_t> labels;
    for (size_t i = 0; i < all.signs.size(); ++i) {
      if (i / 2 % 2 == judged) continue;
      taught.push_back(all.signs[i]);
      labels.push_back(all.labels[i]);
    }
    MAI_TRY_ASSIGN(const ScoreModel fitted, fit_score_model(taught, labels, "half"));
    for (size_t i = 0; i < all.signs.size(); ++i)
      if (i / 2 % 2 == judged) out[i] = fitted.score(all.signs[i]).value_or(0.5);
  }
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : "\n") + text;
  return out;
}

double cosine_of(Embedder& embedder, const std::string& a, const std::string& b) {
  const std::vector<std::string> both{a, b};
  const Matrix rows = embedder.embed(both);
  double out = 0;
  for (size_t k = 0; k < rows.columns; ++k) out += rows.row(0)[k] * rows.row(1)[k];
  return out;
}

}  // namespace

int detect(const char* path, const char* model) {
  const auto all = labelled_answers(path, model);
  if (!all) return complain(all.error().message);
  const auto refitted = refitted_scores(*all);
  if (!refitted) return complain(refitted.error().message);
  for (size_t i = 0; i < all->answers.size(); ++i) {
    const Answer& answer = all->answers[i];
    const Signs& signs = all->signs[i];
    const std::string facts = joined(answer.facts);
    const RougeScore rouge_l = rouge(facts, answer.text, WordCut::google, true).rougeL;
    fmt::print(R"({{"label":{},)", all->labels[i]);
    if (has_meaning(signs))
      fmt::print(R"("ours, with meaning":{:.6f},"sentences unlike the facts":{:.6f},"the sentence most unlike":{:.6f},"1 - BERTScore precision":{:.6f},)",
                 default_score_model(true).score(signs).value_or(0.5), *signs[11], *signs[12], *signs[13]);
    fmt::print(R"("ours":{:.6f},"ours, refitted":{:.6f},"1 - ROUGE-L F":{:.6f},"1 - ROUGE-L precision":{:.6f},"1 - cosine":{:.6f},"length":{}}})"
               "\n",
               default_score_model().score(without_meaning(signs)).value_or(0.5), (*refitted)[i], 1 - rouge_l.f, 1 - rouge_l.precision,
               1 - cosine_of(*all->embedder, answer.text, facts), answer.text.size());
  }
  return 0;
}

int fit(const char* path, const char* model, const char* origin) {
  const auto all = labelled_answers(path, model);
  if (!all) return complain(all.error().message);
  const auto fitted = fit_score_model(all->signs, all->labels, origin);
  if (!fitted) return complain(fitted.error().message);
  fmt::print("{}", fitted->to_json());
  return 0;
}

}  // namespace monitorai::bench

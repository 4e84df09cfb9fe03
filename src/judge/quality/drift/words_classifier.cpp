#include "judge/quality/drift/words_classifier.h"

namespace monitorai::judge {

WordsClassifier::WordsClassifier(const WordRows& rows, size_t words, size_t run) {
  constexpr uint8_t kBoth = 3;
  std::vector<uint8_t> known(words, 0);
  const auto half_of = [&](size_t text) { return text / run % 2; };
  for (size_t text = 0; text < rows.size(); ++text)
    for (const auto& entry : rows[text]) known[entry.word] |= static_cast<uint8_t>(1 << half_of(text));
  std::vector<uint32_t> number(words, 0);
  uint32_t next = 0;
  for (size_t word = 0; word < words; ++word)
    if (known[word] == kBoth) number[word] = next++;
  for (size_t text = 0; text < rows.size(); ++text) {
    Half& half = halves_[half_of(text)];
    half.texts.push_back(text);
    for (const auto& entry : rows[text])
      if (known[entry.word] == kBoth) half.entries.push_back({number[entry.word], entry.weight});
    half.ends.push_back(half.entries.size());
  }
  direction_.resize(next);
}

std::array<double, WordsClassifier::kLabellings> WordsClassifier::aucs(const Labels& labels) {
  Lanes out{};
  for (const size_t judged : {size_t{0}, size_t{1}}) {
    teach(halves_[1 - judged], labels);
    judge(halves_[judged], labels, out);
  }
  return out;
}

void WordsClassifier::teach(const Half& half, const Labels& labels) {
  Lanes in_window{}, up, down;
  for (const size_t text : half.texts)
    for (size_t lane = 0; lane < kLabellings; ++lane) in_window[lane] += labels[text] >> lane & 1;
  for (size_t lane = 0; lane < kLabellings; ++lane) {
    up[lane] = 1 / std::max(1.0, in_window[lane]);
    down[lane] = -1 / std::max(1.0, static_cast<double>(half.texts.size()) - in_window[lane]);
  }
  std::fill(direction_.begin(), direction_.end(), Lanes{});
  size_t at = 0;
  for (size_t i = 0; i < half.texts.size(); ++i) {
    Lanes share;
    for (size_t lane = 0; lane < kLabellings; ++lane) share[lane] = (labels[half.texts[i]] >> lane & 1) != 0 ? up[lane] : down[lane];
    for (; at < half.ends[i]; ++at) {
      Lanes& word = direction_[half.entries[at].word];
      const double weight = half.entries[at].weight;
      for (size_t lane = 0; lane < kLabellings; ++lane) word[lane] += weight * share[lane];
    }
  }
}

void WordsClassifier::judge(const Half& half, const Labels& labels, Lanes& out) {
  scores_.clear();
  size_t at = 0;
  for (const size_t end : half.ends) {
    Lanes& score = scores_.emplace_back(Lanes{});
    for (; at < end; ++at) {
      const Lanes& word = direction_[half.entries[at].word];
      const double weight = half.entries[at].weight;
      for (size_t lane = 0; lane < kLabellings; ++lane) score[lane] += weight * word[lane];
    }
  }
  for (size_t lane = 0; lane < kLabellings; ++lane) {
    sides_.clear();
    for (size_t i = 0; i < scores_.size(); ++i)
      ((labels[half.texts[i]] >> lane & 1) != 0 ? sides_.window : sides_.baseline).push_back(scores_[i][lane]);
    out[lane] += sides_.auc() / 2;
  }
}

std::vector<double> direction_of_words(const WordRows& rows, size_t words, size_t baseline_rows) {
  std::vector<double> out(words, 0);
  const double up = 1 / std::max(1.0, static_cast<double>(rows.size() - baseline_rows)), down = -1 / std::max(1.0, static_cast<double>(baseline_rows));
  for (size_t text = 0; text < rows.size(); ++text)
    for (const auto& entry : rows[text]) out[entry.word] += entry.weight * (text < baseline_rows ? down : up);
  return out;
}

}  // namespace monitorai::judge

#include "judge/quality/watch/evaluation.h"

#include <algorithm>

#include "base/text.h"
#include "judge/quality/text/unicode.h"

namespace monitorai::judge {
namespace {

/// At most these many bytes, cut between characters.
std::string_view beginning(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

/// nullopt where the answer and its facts are short enough as they are.
std::optional<Answer> shortened(const Answer& answer) {
  size_t facts = 0;
  for (const std::string& fact : answer.facts) facts += fact.size();
  for (const std::string& sample : answer.samples) facts += sample.size();
  if (answer.text.size() <= kJudgedAnswerBytesMax && facts <= kJudgedFactsBytesMax) return std::nullopt;
  Answer out = answer;
  out.text = std::string(beginning(answer.text, kJudgedAnswerBytesMax));
  size_t left = kJudgedFactsBytesMax;
  for (auto* list : {&out.facts, &out.samples}) {
    for (std::string& one : *list) {
      one = std::string(beginning(one, left));
      left -= one.size();
    }
    std::erase(*list, std::string());
  }
  return out;
}

bool has_words(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_character(text, at);
    if (c == kNoCharacter) continue;
    if (const CharKind kind = kind_of(c); kind == CharKind::letter || kind == CharKind::number) return true;
  }
  return false;
}

std::vector<JudgedSentence> judged_sentences(const Support& support) {
  std::vector<JudgedSentence> out;
  for (const SentenceSupport& sentence : support.sentences) {
    JudgedSentence& one = out.emplace_back(JudgedSentence{.text = std::string(sentence.text),
                                                          .words = sentence.words,
                                                          .order = sentence.order,
                                                          .flipped = sentence.flipped,
                                                          .missing = sentence.numbers});
    one.missing.insert(one.missing.end(), sentence.names.begin(), sentence.names.end());
  }
  return out;
}

}  // namespace

std::string_view content_name(TextContent content) {
  return content == TextContent::off ? "off" : content == TextContent::full ? "full" : "redacted";
}

std::string_view source_name(TextSource source) {
  constexpr std::array<std::string_view, 3> kNames{"api", "span", "log"};
  return kNames[static_cast<size_t>(source)];
}

size_t Submission::bytes() const {
  size_t out = sizeof(Submission) + answer.prompt.size() + answer.text.size() + answer.tokens.size() * sizeof(TokenChance);
  for (const auto* list : {&answer.facts, &answer.samples})
    for (const std::string& one : *list) out += one.size() + sizeof one;
  for (const TokenChance& token : answer.tokens) out += token.alternatives.size() * sizeof(double);
  return out;
}

Weights shipped_weights(bool with_meaning) {
  // The shipped ones live as long as the program.
  const auto shared = [](const ScoreModel& model) { return std::shared_ptr<const ScoreModel>(std::shared_ptr<const ScoreModel>(), &model); };
  return {.words = shared(default_score_model()), .meaning = shared(default_score_model(with_meaning))};
}

Weights fitted_weights(ScoreModel model) {
  const auto fitted = std::make_shared<const ScoreModel>(std::move(model));
  return {.words = fitted, .meaning = fitted, .fitted = true};
}

Judgement judge_answer(const Answer& whole, const Weights& weights, MeaningReader* reader) {
  Judgement out{.id = whole.id, .threshold = weights.words->threshold};
  if (!has_words(beginning(whole.text, kJudgedAnswerBytesMax))) {
    out.why_not = whole.text.empty() ? "there is no answer" : "the answer has no words";
    return out;
  }
  const std::optional<Answer> cut = shortened(whole);
  const Answer& answer = cut ? *cut : whole;
  Examination examined = examine(answer, reader);
  const ScoreModel& model = weights.of(examined.signs);
  out.threshold = model.threshold;
  out.signs = examined.signs;
  out.confidence = examined.confidence;
  if (examined.support) out.sentences = judged_sentences(*examined.support);
  out.score = model.score(out.signs);
  if (!out.score) out.why_not = "it has none of the signs that the weights use: facts, logprobs or samples";
  out.flagged = out.score && *out.score >= model.threshold;
  return out;
}

}  // namespace monitorai::judge

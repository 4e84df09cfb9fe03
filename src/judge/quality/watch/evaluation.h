#pragma once
// What the running service is asked to judge, and what it says. Values: they cross threads by being moved.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/quality/hallucination/score_model.h"

namespace monitorai::judge {

/// Whose traffic: drift and hallucination are told for each of them apart. Texts are "" where nobody said.
struct SeriesKey {
  std::string model, service, route;
  auto operator<=>(const SeriesKey&) const = default;
};

/// What is stored of prompts and answers: numbers alone, their masked text, their text.
enum class TextContent { off, redacted, full };
/// "off", "redacted", "full".
std::string_view content_name(TextContent content);

struct TextRules {
  TextContent content = TextContent::redacted;
  std::function<void(std::string&)> redact{};  ///< masks in place; called where content is redacted. Any thread
};

enum class TextSource : uint8_t { api, span, log };
std::string_view source_name(TextSource source);

struct Submission {
  Answer answer;
  TextSource source = TextSource::api;
  SeriesKey key() const { return {answer.origin.model, answer.origin.service, answer.origin.route}; }
  size_t bytes() const;
};

/// A sentence of the answer beside what the facts say of it.
struct JudgedSentence {
  std::string text;
  double words = 1, order = 1;  ///< as SentenceSupport has them
  bool flipped = false;
  std::vector<std::string> missing;  ///< numbers and names that the facts lack
  bool supported() const { return !flipped && missing.empty() && order >= kOrderSupported; }
  static constexpr double kOrderSupported = 0.5;
};

struct Judgement {
  std::string id;
  std::optional<double> score;  ///< the chance that it is hallucinated; nullopt: not judged, and `why_not` says why
  bool flagged = false;
  double threshold = 0.5;
  std::string why_not;
  Signs signs;
  std::optional<TokenConfidence> confidence;
  std::vector<JudgedSentence> sentences;
  int64_t kept = 0;  ///< under which it can be read and labelled later; 0: not kept
};

/// Text that is judged: what stands behind these many bytes is left out, so that no text holds up the others for long.
constexpr size_t kJudgedAnswerBytesMax = size_t{64} << 10;
constexpr size_t kJudgedFactsBytesMax = size_t{256} << 10;

/// By which weights answers are scored: those with signs of meaning by others than those without. Fitted weights are both.
struct Weights {
  std::shared_ptr<const ScoreModel> words, meaning;
  bool fitted = false;  ///< to labels that were given here
  const ScoreModel& of(const Signs& signs) const { return has_meaning(signs) ? *meaning : *words; }
};
/// `with_meaning`: answers are read by the embedder that the shipped weights for meaning were made with (is_shipped_reader()). Signs of
/// another are measured on another scale: they are told, and count for nothing until the weights are fitted to labels.
Weights shipped_weights(bool with_meaning = true);
Weights fitted_weights(ScoreModel model);

/// Examines the answer, with a reader for meaning too, and scores it. Any thread.
Judgement judge_answer(const Answer& answer, const Weights& weights, MeaningReader* reader = nullptr);

}  // namespace monitorai::judge

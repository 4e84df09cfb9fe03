// What the API, structured log lines and files say of answers: whatever is accepted can be judged, within its limits.

#include "base/check.h"
#include "judge/quality/watch/evaluation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto judged = [](const judge::Answer& answer) {
    MAI_CHECK(answer.text.size() <= judge::kAnswerBytesMax && answer.prompt.size() <= judge::kPromptBytesMax);
    const judge::Judgement judgement = judge::judge_answer(answer, judge::shipped_weights());
    MAI_CHECK(!judgement.score || (*judgement.score >= 0 && *judgement.score <= 1));
    MAI_CHECK(judgement.score.has_value() == judgement.why_not.empty());
  };
  if (const auto answers = judge::parse_evaluations(text)) {
    MAI_CHECK(answers->size() <= judge::kAnswersPerRequestMax);
    for (const judge::Answer& answer : *answers) judged(answer);
  }
  if (const auto answer = judge::parse_logged_answer(text)) judged(*answer);
  // Files: lines or a list, and CSV.
  for (const auto& answers : {judge::parse_answers(text), judge::parse_answers_csv(text)})
    if (answers)
      for (const judge::Answer& answer : *answers) judged(answer);
  return 0;
}

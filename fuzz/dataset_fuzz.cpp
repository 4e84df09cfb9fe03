// JSON lines and CSV of strangers, read as columns and as answers: every cell is counted once, and what is read can be judged.

#include <cmath>

#include "base/check.h"
#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/input/dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  for (const auto& dataset : {judge::parse_jsonl(text), judge::parse_csv(text)}) {
    if (!dataset) continue;
    for (const judge::Column& column : dataset->columns) {
      const size_t cells = column.numbers.size() + column.words.size() + column.rows.rows + column.missing + column.odd;
      MAI_CHECK(cells >= dataset->rows);
      for (const double value : column.numbers) MAI_CHECK(std::isfinite(value));
    }
  }
  if (const auto answers = judge::parse_answers(text)) {
    for (const judge::Answer& answer : *answers) {
      const auto score = judge::default_score_model().score(judge::examine(answer).signs);
      MAI_CHECK(!score || (*score >= 0 && *score <= 1));
    }
  }
  (void)judge::parse_score_model(text);
  return 0;
}

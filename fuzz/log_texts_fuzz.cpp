// Log lines of strangers, by the built-in patterns and by a user's: whatever is found in them is bounded and can be judged.

#include "base/check.h"
#include "base/text.h"
#include "judge/quality/watch/log_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  // The first line is the pattern; a long one is no finding but RE2 at work.
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t end = std::min(input.find('\n'), input.size());
  std::vector<judge::LogPattern> patterns{{"fuzzed", std::string(input.substr(0, std::min<size_t>(end, 200)))}};
  if (const auto valid = judge::LogTexts::make(patterns); valid.has_value() != judge::pattern_problem(patterns[0]).empty()) MAI_CHECK(false);
  if (!judge::pattern_problem(patterns[0]).empty()) patterns.clear();
  patterns.push_back({"numbered", "q#(?P<id>[0-9]+) (?:asked: (?P<prompt>.*)|answered: (?P<answer>.*))"});
  const auto texts = judge::LogTexts::make(patterns);
  MAI_CHECK(texts.has_value());
  const signals::Labels stream;
  TimeNs time{1'000'000'000};
  size_t found = 0, lines = 0;
  for (size_t at = end; at < input.size(); ++lines) {
    const size_t stop = std::min(input.find('\n', at + 1), input.size());
    signals::LogLineView line;
    line.time = time;
    const std::string valid = to_valid_utf8(input.substr(at + 1, stop - at - 1));  // as whoever reads files hands it on
    line.line = valid;
    at = stop;
    time.ns += 60'000'000'000;
    for (const judge::Submission& one : (*texts)->read(stream, std::span(&line, 1))) {
      ++found;
      MAI_CHECK(one.answer.text.size() <= 3 * size && one.answer.prompt.size() <= 3 * size);
      judge::judge_answer(one.answer, judge::shipped_weights());
    }
  }
  MAI_CHECK(found <= 2 * lines);
  return 0;
}

#include "judge/quality/watch/text_signs.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace monitorai::judge {
namespace {

std::string told(std::string_view line) {
  const TextSigns signs = text_signs(line);
  return std::string(signs.marked ? "marked" : "") + (signs.named ? "named" : "");
}

TEST(TextSigns, are_found_wherever_they_stand) {
  const auto f = told;
  for (size_t before = 0; before < 70; ++before) {
    for (const size_t behind : {0, 1, 7, 15, 16, 17, 40}) {
      const std::string left(before, '.'), right(behind, '.');
      EXPECT_EQ(f(left + "[USER]" + right), "marked") << before << " " << behind;
      EXPECT_EQ(f(left + "[MODEL]" + right), "marked");
      EXPECT_EQ(f("{" + left + R"("answer":)" + right), "named");
      EXPECT_EQ(f("{" + left + "\"question\" \t\r\n:" + right), "named");
      EXPECT_EQ(f("{" + left + R"("prompt":[USER])" + right), "markednamed");
      EXPECT_EQ(f(left + "[USER" + right + (behind == 0 ? "" : "]")), "") << "no mark";
      EXPECT_EQ(f("{" + left + R"("response")" + right), "") << "no key";
    }
  }
}

TEST(TextSigns, of_what_only_looks_like_them) {
  const auto f = told;
  EXPECT_EQ(f(""), "");
  EXPECT_EQ(f("{"), "");
  EXPECT_EQ(f("["), "");
  EXPECT_EQ(f("[user] [Model] [ USER]"), "");
  EXPECT_EQ(f(R"("answer": 1)"), "") << "no JSON object";
  EXPECT_EQ(f(R"( {"answer": 1})"), "");
  EXPECT_EQ(f(R"({"answers": 1, "a": "answer", "prompt_tokens": 3, "request_id": "r", "path": "", "question-": 4})"), "");
  EXPECT_EQ(f(R"({"a": "answer"  , "b": 1})"), "") << "a value";
  EXPECT_EQ(f(R"({answer: 1, 'prompt': 2})"), "");
}

/// As it reads, without a thought for speed.
std::string slowly(std::string_view line) {
  std::string out;
  if (line.find("[USER]") != std::string_view::npos || line.find("[MODEL]") != std::string_view::npos) out = "marked";
  if (!line.starts_with('{')) return out;
  for (size_t colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
    const size_t last = line.find_last_not_of(" \t\r\n", colon == 0 ? 0 : colon - 1);
    const std::string_view before = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
    for (const std::string_view key : {"\"answer\"", "\"response\"", "\"prompt\"", "\"question\""})
      if (before.ends_with(key)) return out + "named";
  }
  return out;
}

TEST(TextSigns, of_any_line_are_those_of_a_slow_search) {
  constexpr const char* kParts[] = {"[",  "USER]", "[USER]", "[MODEL]", "[MODEL", "\"answer\"", "\"response\"", "\"prompt\"", "\"question",
                                    "\"", ":",     " ",      "\t",      "x",      "{",          "\"prompt\":",  "some text"};
  std::mt19937 random(11);
  size_t found = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string line = random() % 2 == 0 ? "{" : "";
    for (size_t parts = random() % 12; parts > 0; --parts) line += kParts[random() % std::size(kParts)];
    const std::string signs = told(line);
    EXPECT_EQ(signs, slowly(line)) << line;
    found += signs.empty() ? 0u : 1u;
  }
  EXPECT_GT(found, 1000u);
}

}  // namespace
}  // namespace monitorai::judge

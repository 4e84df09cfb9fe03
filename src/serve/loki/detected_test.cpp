#include <gtest/gtest.h>

#include "base/text.h"
#include "serve/loki/field_types.h"
#include "serve/loki/line_patterns.h"
#include "serve/loki/live_tail.h"
#include "serve/loki/tail_queue.h"

namespace monitorai::serve {
namespace {

TEST(FieldType, is_guessed_from_values) {
  const auto f = [](std::string_view value, std::string_view want) { EXPECT_EQ(field_type_name(field_type_of(value)), want) << value; };
  f("42", "int");
  f("-7", "int");
  f("3.14", "float");
  f("1e9", "float");
  f("NaN", "string");
  f("true", "boolean");
  f("false", "boolean");
  f("150ms", "duration");
  f("1h2m3.5s", "duration");
  f("2\xc2\xb5s", "duration");
  f("12KB", "bytes");
  f("1.5 GiB", "string");
  f("1.5GiB", "bytes");
  f("1kb2kb", "string");
  f("hello", "string");
  f("5x", "string");
  f("ms", "string");
  f("", "string");
  EXPECT_TRUE(is_identifier("0190163d-8694-739b-aea5-966c26f8ad91"));
  EXPECT_TRUE(is_identifier("12345"));
  EXPECT_FALSE(is_identifier("llm-model"));
}

TEST(LinePatterns, lines_that_differ_in_numbers_and_names_are_one) {
  LinePatterns patterns(std::chrono::seconds(10));
  for (int i = 0; i < 30; ++i) patterns.add({i * 1'000'000'000LL}, fmt::format("INFO [USER] Request #{}: Hello from client {}", i, i * 7));
  patterns.add({-1}, "INFO engine started with model llama");
  patterns.add({5}, "INFO engine started with model qwen");
  patterns.add({6}, "");
  const auto found = patterns.take();
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].text(), "INFO [USER] Request <_> Hello from client <_>");
  EXPECT_EQ(found[0].counts, (std::map<TimeNs, uint64_t>{{{0}, 10}, {{10'000'000'000}, 10}, {{20'000'000'000}, 10}}));
  EXPECT_EQ(found[1].text(), "INFO engine started with model <_>");
  EXPECT_EQ(found[1].counts, (std::map<TimeNs, uint64_t>{{{-10'000'000'000}, 1}, {{0}, 1}}));
}

TEST(LinePatterns, have_limits) {
  LinePatterns patterns(std::chrono::seconds(1));
  for (size_t i = 0; i < 2 * kPatternsMax; ++i) {
    std::string word;
    for (size_t rest = i; rest > 0 || word.empty(); rest /= 26) word += static_cast<char>('a' + rest % 26);
    patterns.add({0}, word);
  }
  patterns.add({0}, std::string(100'000, ' '));
  EXPECT_EQ(patterns.take().size(), kPatternsMax);
}

TEST(TailQueue, keeps_what_fits_and_names_what_it_drops) {
  TailQueue queue(2000);
  const signals::Labels stream{{"job", "x"}};
  const std::vector<signals::LabelView> metadata{{"pid", "1"}};
  const std::string text(300, 'x');
  const std::vector<signals::LogLineView> lines(10, {.time = {7}, .line = text, .metadata = metadata});
  EXPECT_TRUE(queue.push(stream, lines, std::chrono::seconds(1)));
  EXPECT_FALSE(queue.push(stream, lines, std::chrono::seconds(2)));
  EXPECT_EQ(queue.oldest(), std::chrono::seconds(1));
  const auto taken = queue.take(std::chrono::seconds(1));
  ASSERT_FALSE(taken.empty());
  EXPECT_LT(taken.size(), 6u);
  EXPECT_EQ(taken[0].text, text);
  EXPECT_EQ(taken[0].metadata, (std::vector<signals::Label>{{"pid", "1"}}));
  EXPECT_EQ(queue.dropped(), 20 - taken.size());
  const auto dropped = queue.take_dropped();
  ASSERT_EQ(dropped.size(), 20 - taken.size());
  EXPECT_EQ(*dropped[0].stream, stream);
  EXPECT_TRUE(queue.take_dropped().empty());
  const std::vector<signals::LogLineView> huge(2, {.time = {8}, .line = std::string_view("y")});
  EXPECT_TRUE(queue.push(stream, huge, std::chrono::seconds(3))) << "room again";
  EXPECT_TRUE(queue.take(std::chrono::seconds(2)).empty()) << "not due yet";
  EXPECT_EQ(queue.take(std::chrono::seconds(3)).size(), 2u);
  EXPECT_EQ(queue.oldest(), std::nullopt);
}

}  // namespace
}  // namespace monitorai::serve

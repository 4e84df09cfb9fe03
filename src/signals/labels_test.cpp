#include "signals/labels.h"

#include <gtest/gtest.h>

namespace monitorai::signals {
namespace {

TEST(Labels, are_sorted_without_doubles_and_without_empty_values) {
  const Labels labels{{"b", "2"}, {"a", "1"}, {"c", ""}, {"b", "3"}};
  EXPECT_EQ(labels.text(), R"({a="1", b="3"})");
  EXPECT_EQ(labels.value("c"), "");
  EXPECT_EQ(labels, (Labels{{"a", "1"}, {"b", "3"}}));
}

TEST(Labels, print_with_the_metric_name_in_front) {
  EXPECT_EQ((Labels{{"__name__", "up"}, {"job", "a\"b\\\n"}}).text(), "up{job=\"a\\\"b\\\\\\n\"}");
  EXPECT_EQ((Labels{{"__name__", "up"}}).text(), "up");
  EXPECT_EQ(Labels{}.text(), "{}");
  EXPECT_EQ((Labels{{"a.b", "x"}}).text(), R"({"a.b"="x"})");
}

TEST(Labels, with_sets_replaces_and_removes) {
  const Labels labels{{"a", "1"}};
  EXPECT_EQ(labels.with("b", "2").text(), R"({a="1", b="2"})");
  EXPECT_EQ(labels.with("a", "2").text(), R"({a="2"})");
  EXPECT_TRUE(labels.with("a", "").empty());
}

}  // namespace
}  // namespace monitorai::signals

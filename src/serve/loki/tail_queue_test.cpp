#include "serve/loki/tail_queue.h"

#include <gtest/gtest.h>

namespace monitorai::serve {
namespace {

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

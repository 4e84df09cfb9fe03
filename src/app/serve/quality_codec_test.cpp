#include "app/serve/quality_codec.h"

#include <gtest/gtest.h>

namespace monitorai::app {
namespace {

using judge::KeptAnswer;
using judge::PromptRow;
using judge::Signs;

TEST(QualityCodec, what_was_encoded_is_read_back) {
  const std::vector<PromptRow> rows{{.time = {-5}, .vector = {0.5F, -1}, .length = 3, .language = "en", .score = 0.25, .prompt = "p"},
                                    {.time = {1'700'000'000'000}, .vector = {0, 0}}};
  const auto read = decode_rows(encode_rows(rows));
  ASSERT_TRUE(read && read->size() == 2);
  EXPECT_EQ((*read)[0].vector, rows[0].vector);
  EXPECT_EQ((*read)[0].time, rows[0].time);
  EXPECT_EQ((*read)[0].score, rows[0].score);
  EXPECT_EQ((*read)[0].prompt, "p");
  EXPECT_FALSE((*read)[1].score);

  KeptAnswer kept{.source = judge::TextSource::log,
                  .answer_id = "i",
                  .prompt = "p",
                  .answer = "a",
                  .facts = {"f", ""},
                  .trace_id = "t",
                  .span_id = "s"};
  kept.sentences.push_back({.text = "x", .words = 0.5, .order = 0.25, .flipped = true, .missing = {"9"}});
  KeptAnswer back;
  ASSERT_TRUE(decode_kept(encode_kept(kept), back));
  EXPECT_EQ(back.source, kept.source);
  EXPECT_EQ(back.facts, kept.facts);
  EXPECT_EQ(back.span_id, "s");
  ASSERT_EQ(back.sentences.size(), 1u);
  EXPECT_EQ(back.sentences[0].missing, kept.sentences[0].missing);
  EXPECT_TRUE(back.sentences[0].flipped);
}

TEST(QualityCodec, signs_are_the_bytes_of_the_document) {
  Signs signs;
  signs[0] = 0.5;
  const std::string first_eleven("\x01\x01\x00\x00\x00\x00\x00\x00\xe0\x3f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
  const std::string bytes = first_eleven + std::string(signs.size() - 11, '\0');
  EXPECT_EQ(encode_signs(signs), bytes);
  EXPECT_EQ(decode_signs(bytes), signs);
  EXPECT_EQ(decode_signs(first_eleven), signs) << "files from before the signs of meaning";
}

TEST(QualityCodec, every_cut_and_every_other_version_is_no_value) {
  const std::string rows = encode_rows({{.vector = {1, 2, 3}, .language = "en", .prompt = "prompt"}});
  for (size_t size = 0; size < rows.size(); ++size) EXPECT_FALSE(decode_rows(std::string_view(rows).substr(0, size))) << size;
  KeptAnswer kept{.prompt = "p", .facts = {"f"}};
  kept.sentences.push_back({.text = "x"});
  const std::string answer = encode_kept(kept);
  for (size_t size = 0; size < answer.size(); ++size) {
    KeptAnswer into;
    EXPECT_FALSE(decode_kept(std::string_view(answer).substr(0, size), into)) << size;
  }
  std::string other = rows;
  other[0] = 2;
  EXPECT_FALSE(decode_rows(other));
  EXPECT_FALSE(decode_rows(rows + "x"));
  std::string vast("\x01\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13);
  EXPECT_FALSE(decode_rows(vast)) << "a width beyond the bytes";
}

}  // namespace
}  // namespace monitorai::app

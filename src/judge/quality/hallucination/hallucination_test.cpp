#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "judge/quality/hallucination/roc.h"
#include "judge/quality/hallucination/score_model.h"
#include "judge/quality/hallucination/sentence_marks.h"

namespace monitorai::judge {
namespace {

using Words = std::vector<std::string>;

TEST(SentenceMarks, numbers_are_written_one_way) {
  const auto f = [](std::string_view text, const Words& want) { EXPECT_EQ(numbers_in(text), want) << text; };
  f("It cost 1,250.50 in 2024.", {"1250.5", "2024"});
  f("007 and 0.50 and 3.", {"7", "0.5", "3"});
  f("seven of twelve, but one is no number", {"7", "12"});
  f("GPT4 on v2 of x86 has 8 heads", {"8"});
  f("1,2,3", {"1", "2", "3"});
  f("10,000,000", {"10000000"});
  f("0", {"0"});
  f("", {});
}

TEST(SentenceMarks, names_are_capitals_within_a_sentence) {
  const auto f = [](std::string_view text, const Words& want) { EXPECT_EQ(names_in(text), want) << text; };
  f("The tower stands in Paris, France.", {"paris", "france"});
  f("Paris is a city", {});
  f("i visited Élodie and Жанна", {"elodie", "жанна"});
  f("ünder é", {});
}

TEST(SentenceMarks, negation) {
  const auto f = [](std::string_view text, bool want) { EXPECT_EQ(negates(text), want) << text; };
  f("It does not start.", true);
  f("It doesn't start.", true);
  f("It can\xE2\x80\x99t start.", true);
  f("It never starts", true);
  f("It starts.", false);
  f("A T-shirt and a knot", false);
}

TEST(SentenceMarks, sentences_end_where_readers_think) {
  const auto f = [](std::string_view text, const std::vector<std::string_view>& want) { EXPECT_EQ(sentences(text), want) << text; };
  f("One. Two! Three?", {"One.", "Two!", "Three?"});
  f("Version 3.14 is out. Yes", {"Version 3.14 is out.", "Yes"});
  f("first line\nsecond line\n\n", {"first line", "second line"});
  f("これは文。次の文。", {"これは文。", "次の文。"});
  f("  ", {});
}

TEST(Support, what_the_facts_say_is_supported) {
  const Words facts{"The Eiffel Tower was built in 1889. It is 330 metres tall and stands in Paris."};
  const auto f = [&](std::string_view answer) { return support(answer, facts); };
  const Support sound = f("The Eiffel Tower was built in 1889.");
  EXPECT_EQ(sound.unsupported_words, 0);
  EXPECT_EQ(sound.broken_order, 0);
  EXPECT_EQ(sound.unsupported_numbers, 0);
  EXPECT_EQ(f("The Eiffel Tower was built in 1989.").unsupported_numbers, 1);
  EXPECT_EQ(f("The Eiffel Tower was built in 1989.").sentences.at(0).numbers, Words{"1989"});
  EXPECT_EQ(f("The tower stands in Berlin.").unsupported_names, 1);
  EXPECT_EQ(f("The Eiffel Tower was not built in 1889.").flipped_sentences, 1);
  EXPECT_EQ(sound.flipped_sentences, 0);
  EXPECT_GT(f("Bananas grow in warm countries.").weakest_sentence, 0.7);
  EXPECT_EQ(f("").unsupported_words, 0);
  EXPECT_EQ(support("anything", {}).unsupported_words, 1);
}

TEST(Support, a_long_context_and_other_scripts_do_not_lower_it) {
  std::string context;
  for (int i = 0; i < 300; ++i) context += fmt::format("Sentence number {} is about topic {}. ", i + 20, i);
  EXPECT_EQ(support("Sentence number 45 is about topic 25.", Words{context}).broken_order, 0);
  EXPECT_EQ(support("東京は日本の首都です。", Words{"東京は日本の首都です。大阪は違います。"}).broken_order, 0);
  EXPECT_EQ(support("Москва столица России", Words{"Москва — столица России."}).unsupported_words, 0);
}

TEST(TokenConfidence, by_hand) {
  const std::vector<TokenChance> tokens{{std::log(0.5), {std::log(0.5), std::log(0.25), std::log(0.25)}}, {std::log(0.125), {}}};
  const auto out = token_confidence(tokens);
  ASSERT_TRUE(out.has_value());
  EXPECT_NEAR(out->perplexity, 4, 1e-12);
  EXPECT_NEAR(out->surprise_max, std::log(8), 1e-12);
  EXPECT_NEAR(out->entropy_mean.value(), 1.5 * std::log(2), 1e-12);
}

TEST(TokenConfidence, nan_and_infinities_are_told_apart) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const auto out = token_confidence(std::vector<TokenChance>{{nan, {}}, {-infinity, {nan, nan}}, {-9999, {}}, {0.1, {}}});
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->tokens, 3);
  EXPECT_EQ(out->surprise_max, -kLogPMin);
  EXPECT_FALSE(out->entropy_mean.has_value());
  EXPECT_FALSE(token_confidence(std::vector<TokenChance>{{nan, {}}}).has_value());
  EXPECT_FALSE(token_confidence({}).has_value());
}

TEST(Inconsistency, equals_the_unigram_model_by_hand) {
  // Words of both: a b | a c: counts a 2, b 1, c 1 of 4.
  EXPECT_NEAR(inconsistency("a b", Words{"a c"}).value(), (std::log(2) + std::log(4)) / 2, 1e-12);
  EXPECT_FALSE(inconsistency("a b", {}).has_value());
  EXPECT_FALSE(inconsistency("", Words{"a"}).has_value());
  EXPECT_LT(inconsistency("it is Paris", Words{"it is Paris", "it is Paris"}).value(), inconsistency("it is Paris", Words{"maybe Rome", "or Oslo"}).value());
}

TEST(Answers, reads_every_shape_of_logprobs) {
  const auto f = [](std::string_view line, size_t tokens, size_t alternatives) {
    const auto got = parse_answers(line);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    ASSERT_EQ(got->size(), 1);
    EXPECT_EQ(got->at(0).tokens.size(), tokens) << line;
    if (tokens > 0) {
      EXPECT_EQ(got->at(0).tokens[0].alternatives.size(), alternatives) << line;
    }
  };
  f(R"({"answer": "x", "logprobs": [-0.1, -2, null, "-inf"]})", 4, 0);
  f(R"({"answer": "x", "logprobs": {"content": [{"token": "x", "logprob": -0.1, "top_logprobs": [{"token": "x", "logprob": -0.1}, {"token": "y", "logprob": -3}]}]}})", 1, 2);
  f(R"({"answer": "x", "logprobs": {"tokens": ["x"], "token_logprobs": [-0.1], "top_logprobs": [{"x": -0.1, "y": -3, "z": -4}]}})", 1, 3);
  f(R"({"answer": "x", "logprobs": null})", 0, 0);
  const auto answer = parse_answers(R"({"response": "x", "contexts": ["a", {"text": "b"}], "samples": ["c"], "label": 1, "trace_id": "t1"})").value().at(0);
  EXPECT_EQ(answer.facts, (Words{"a", "b"}));
  EXPECT_EQ(answer.hallucinated, true);
  EXPECT_EQ(answer.id, "t1");
}

TEST(Answers, an_error_names_the_line) {
  const auto f = [](std::string_view text, std::string_view want) {
    const auto got = parse_answers(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  f("{\"answer\": \"x\"}\n{}", "line 2: it has no \"answer\"");
  f("{\"answer\": 1}", "\"answer\" is no text");
  f("{\"answer\": \"x\", \"facts\": [1]}", "\"facts\"");
  f("{\"answer\": \"x\", \"logprobs\": \"high\"}", "\"logprobs\"");
  f("{\"answer\": \"x\", \"label\": 2}", "\"label\"");
  f("nope", "line 1");
}

TEST(ScoreModel, finds_the_signs_that_matter_and_proves_it) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  std::vector<Signs> signs(400);
  std::vector<uint8_t> labels;
  for (Signs& one : signs) {
    labels.push_back(random() % 2 == 0);
    one[0] = normal(random) + 2 * labels.back();
    one[1] = normal(random);
  }
  const auto model = fit_score_model(signs, labels, "a test");
  ASSERT_TRUE(model.has_value());
  EXPECT_GT(model->weights[0].weight, 1);
  EXPECT_LT(model->weights[1].weight, 0.4);
  EXPECT_GE(model->weights[1].weight, 0);
  EXPECT_EQ(model->weights[7].weight, 0) << "a sign that no answer has";
  EXPECT_NEAR(model->proof.auc, 0.921, 0.03);  // two normals two deviations apart
  double sum = 0;
  for (const Signs& one : signs) sum += model->score(one).value();
  EXPECT_NEAR(sum / 400, static_cast<double>(model->proof.hallucinated) / 400, 1e-3) << "calibrated in the large";
  EXPECT_FALSE(model->score(Signs{}).has_value());
  const auto again = parse_score_model(model->to_json());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->score(signs[5]), model->score(signs[5]));
  EXPECT_EQ(again->proof.auc, model->proof.auc);
}

TEST(ScoreModel, refuses_few_labels_and_foreign_files) {
  const std::vector<Signs> signs(15);
  std::vector<uint8_t> labels(15, 1);
  EXPECT_NE(fit_score_model(signs, labels, "").error().message.find("15 of hallucinated answers and 0 of sound"), std::string::npos);
  EXPECT_FALSE(parse_score_model("").has_value());
  EXPECT_FALSE(parse_score_model("{}").has_value());
  EXPECT_FALSE(parse_score_model(R"({"format": "monitorai score model 1"})").has_value());
}

TEST(ScoreModel, the_shipped_one_tells_sound_from_invented) {
  const ScoreModel& model = default_score_model();
  EXPECT_GT(model.proof.auc, 0.7);
  Answer answer;
  answer.facts = {"The Eiffel Tower was built in 1889. It is 330 metres tall and stands in Paris."};
  answer.text = "The Eiffel Tower was built in 1889.";
  EXPECT_LT(model.score(examine(answer).signs).value(), model.threshold);
  answer.text = "The Eiffel Tower was built in 1989 in Berlin. It was made of wood by a king.";
  EXPECT_GT(model.score(examine(answer).signs).value(), model.threshold);
}

TEST(Roc, the_best_threshold_of_a_worked_example) {
  const std::vector<double> scores{0.1, 0.2, 0.3, 0.4, 0.8, 0.9};
  const std::vector<uint8_t> positive{0, 0, 1, 0, 1, 1};
  const Operating out = best_threshold(scores, positive);
  EXPECT_NEAR(out.auc, 8.0 / 9, 1e-12);
  EXPECT_NEAR(out.sensitivity + out.specificity, 5.0 / 3, 1e-12);
}

TEST(AnswersOfFiles, come_as_lines_as_a_list_and_as_csv_and_as_python_writes_them) {
  const auto told = [](const Result<std::vector<Answer>>& got) {
    if (!got) return got.error().message;
    std::string out;
    for (const Answer& one : *got)
      out += fmt::format("{}|{}|{}|{}|{};", one.id, one.text, fmt::join(one.facts, "+"), one.tokens.size(),
                         one.hallucinated ? (*one.hallucinated ? "wrong" : "right") : "");
    return out;
  };
  const auto json = [&](std::string_view text) { return told(parse_answers(text)); };
  const auto csv = [&](std::string_view text) { return told(parse_answers_csv(text)); };
  EXPECT_EQ(json("{\"answer\":\"a\",\"facts\":\"f\"}\n\n{\"answer\":\"b\"}"), "line 1|a|f|0|;line 3|b||0|;");
  EXPECT_EQ(json(" [\n {\"answer\":\"a\"},\n {\"answer\":\"b\",\"id\":7}]\n"), "answer 1|a||0|;7|b||0|;");
  EXPECT_EQ(json(R"({"answer":"NaN","logprobs":[NaN,-Infinity,-1]})"), "line 1|NaN||3|;");
  EXPECT_EQ(json(R"({"answer":"a","facts":["", "  ", null, "f"]})"), "line 1|a|f|0|;") << "a retriever that found nothing";
  EXPECT_EQ(json("[]"), "");
  EXPECT_EQ(json("[1]"), "answer 1 is no JSON object");
  EXPECT_EQ(json("[{\"answer\":\"a\"}, {}]"), "answer 2: it has no \"answer\"");
  EXPECT_THAT(json("[{\"answer\":\"a\"}"), testing::HasSubstr("it is no list of JSON objects"));
  EXPECT_THAT(json("answer,facts\nx,y"), testing::HasSubstr("line 1 is no JSON object"));
  EXPECT_EQ(csv("answer,facts,label,logprobs\n\"a, b\",f,1,\"[-1, NaN]\"\nc,\"[\"\"f\"\",\"\"g\"\"]\",,\n"),
            "line 2|a, b|f|2|wrong;line 3|c|f+g|0|;");
  EXPECT_EQ(csv("answer;facts;label\na;[1] is no list of texts, says f;FALSE\n"), "line 2|a|[1] is no list of texts, says f|0|right;");
  EXPECT_EQ(csv("answer\n42\n"), "line 2|42||0|;") << "a text, whatever it looks like";
  EXPECT_EQ(csv("answer,facts\na\n"), "line 2 has 1 cells, not 2 as the header");
  EXPECT_EQ(csv("text\na\n"), "line 2: it has no \"answer\"");
  EXPECT_EQ(csv("answer,label\na,maybe\n"), "line 2: \"label\" is true or 1 (hallucinated), or false or 0");
  EXPECT_EQ(csv("answer,\n\"a"), "line 2: a quoted cell does not end");
  EXPECT_EQ(csv(""), "");
}

TEST(Prevalence, wilson_interval_and_correction) {
  const Prevalence out = prevalence(10, 100, 0.8, 0.95);
  EXPECT_NEAR(out.low, 0.0552, 1e-4);  // Wilson (1927)
  EXPECT_NEAR(out.high, 0.1744, 1e-4);
  EXPECT_NEAR(out.corrected.value(), 0.05 / 0.75, 1e-12);
  EXPECT_NEAR(out.corrected_low.value(), (out.low - 0.05) / 0.75, 1e-12);
  EXPECT_NEAR(out.corrected_high.value(), (out.high - 0.05) / 0.75, 1e-12);
  EXPECT_FALSE(prevalence(10, 100, 0.5, 0.5).corrected.has_value());
  EXPECT_EQ(prevalence(0, 0, 1, 1).high, 1);
}

}  // namespace
}  // namespace monitorai::judge

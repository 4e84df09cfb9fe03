#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "base/text.h"
#include "judge/quality/drift/topics.h"
#include "judge/quality/text/language.h"
#include "judge/quality/watch/drift_window.h"
#include "judge/quality/watch/hallucination_meter.h"
#include "judge/quality/watch/message_texts.h"

namespace monitorai::judge {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(EvaluationJson, one_a_list_and_a_wrapped_list_are_taken) {
  const auto f = [](std::string_view json) {
    const auto answers = parse_evaluations(json);
    if (!answers) return answers.error().message;
    std::string out;
    for (const Answer& one : *answers)
      out += fmt::format("{}|{}|{}|{}|{};", one.prompt, one.text, one.facts.size(), one.tokens.size(), one.origin.model);
    return out;
  };
  EXPECT_EQ(f(R"({"prompt":"p","answer":"a","facts":["f","g"],"model":"m"})"), "p|a|2|0|m;");
  EXPECT_EQ(f(R"([{"answer":"a"},{"prompt":"p"}])"), "|a|0|0|;p||0|0|;");
  EXPECT_EQ(f(R"({"evaluations":[{"answer":"a","logprobs":[-1,"-inf",null]}]})"), "|a|0|3|;");
  EXPECT_EQ(f(R"({"answer":"NaN here","logprobs":[NaN, -Infinity, -0.5]})"), "|NaN here|0|3|;") << "as Python writes it";
  EXPECT_EQ(f("[]"), "");
  EXPECT_EQ(f(R"({"answer":""})"), "||0|0|;");
  EXPECT_EQ(f("{}"), R"(cannot read the evaluations: it has neither "answer" nor "prompt")");
  EXPECT_EQ(f(R"([{"answer":"a"},{"answer":7}])"), R"(cannot read the evaluations: evaluation 2: "answer" is no text)");
  EXPECT_EQ(f(R"([1])"), "cannot read the evaluations: evaluation 1 is no object");
  EXPECT_EQ(f(R"("text")"), "cannot read the evaluations: the body is neither an object nor a list of objects");
  EXPECT_THAT(f(R"({"answer":"a")"), HasSubstr("cannot read the evaluations: "));
  EXPECT_THAT(f("{\"answer\":\"\xff\"}"), HasSubstr("cannot read the evaluations: "));
  EXPECT_THAT(f(R"({"answer":"a","time":"yesterday"})"), HasSubstr("\"time\" is neither"));
  EXPECT_THAT(f(R"({"answer":"a","model":")" + std::string(300, 'm') + R"("})"), HasSubstr("longer than 256 bytes"));
  EXPECT_THAT(f(R"({"answer":")" + std::string(kAnswerBytesMax + 1, 'a') + R"("})"), HasSubstr("longer than"));
  EXPECT_THAT(f(R"({"prompt":")" + std::string(kPromptBytesMax + 1, 'a') + R"("})"), HasSubstr("longer than"));
}

TEST(EvaluationJson, times_are_seconds_or_utc) {
  const auto f = [](std::string_view time) {
    const auto answers = parse_evaluations(fmt::format(R"({{"answer":"a","time":{}}})", time));
    return answers ? (*answers)[0].origin.time.value_or(TimeMs{-1}).ms : -2;
  };
  EXPECT_EQ(f("1700000000.25"), 1'700'000'000'250);
  EXPECT_EQ(f(R"("2023-11-14T22:13:20Z")"), 1'700'000'000'000);
  EXPECT_EQ(f(R"("2023-11-14T22:13:20.5Z")"), 1'700'000'000'500);
  EXPECT_EQ(f("null"), -1);
  EXPECT_EQ(f(R"("2023-13-14T22:13:20Z")"), -2);
  EXPECT_EQ(f(R"("2023-11-14T22:13:20+02:00")"), -2);
  EXPECT_EQ(f("1e300"), -2);
}

TEST(JudgeAnswer, says_why_nothing_can_be_said) {
  const auto f = [](Answer answer) { return judge_answer(answer, shipped_weights()).why_not; };
  EXPECT_EQ(f({.text = ""}), "there is no answer");
  EXPECT_EQ(f({.text = "?! ..."}), "the answer has no words");
  EXPECT_EQ(f({.text = "Yes."}), "it has none of the signs that the weights use: facts, logprobs or samples");
  EXPECT_EQ(f({.text = "Paris", .facts = {"Paris"}}), "") << "one word";
  EXPECT_EQ(f({.text = "Париж — столица Франции.", .facts = {"Столица Франции — Париж."}}), "") << "another script";
}

TEST(JudgeAnswer, what_the_facts_say_is_supported_and_what_they_lack_is_not) {
  const auto f = [](std::string text, std::string fact) {
    return judge_answer({.text = std::move(text), .facts = {std::move(fact)}}, shipped_weights());
  };
  const std::string fact = "The Eiffel Tower is 330 metres tall. It stands in Paris and was finished in 1889.";
  EXPECT_FALSE(f("The Eiffel Tower is 330 metres tall.", fact).flagged);
  const Judgement wrong = f("The Eiffel Tower is 450 metres tall. It stands in Paris.", fact);
  EXPECT_TRUE(wrong.flagged);
  ASSERT_EQ(wrong.sentences.size(), 2u);
  EXPECT_FALSE(wrong.sentences[0].supported());
  EXPECT_THAT(wrong.sentences[0].missing, ElementsAre("450"));
  EXPECT_TRUE(wrong.sentences[1].supported());
  EXPECT_FALSE(f("埃菲尔铁塔高330米。", "埃菲尔铁塔高330米，位于巴黎。").flagged) << "a script without spaces";
}

TEST(JudgeAnswer, a_megabyte_is_judged_by_its_beginning) {
  std::string text;
  while (text.size() < kAnswerBytesMax) text += "The tower is tall and old. ";
  const Judgement judged = judge_answer({.text = text, .facts = {text, text}}, shipped_weights());
  ASSERT_TRUE(judged.score);
  EXPECT_FALSE(judged.flagged);
  EXPECT_LE(judged.sentences.size(), kJudgedAnswerBytesMax / 20);
}

TEST(BinomialTail, is_exact) {
  const auto f = [](uint64_t n, uint64_t k, double p) { return binomial_tail(n, k, p); };
  EXPECT_DOUBLE_EQ(f(10, 0, 0.3), 1);
  EXPECT_NEAR(f(10, 10, 0.5), 1.0 / 1024, 1e-15);
  EXPECT_NEAR(f(10, 1, 0.1), 1 - std::pow(0.9, 10), 1e-12);
  EXPECT_NEAR(f(5, 3, 0.5), 0.5, 1e-14);
  EXPECT_NEAR(f(100'000, 10'000, 0.1), 0.5, 0.01);
  EXPECT_EQ(f(10, 11, 0.5), 0);
  EXPECT_EQ(f(10, 1, 0), 0);
  EXPECT_EQ(f(10, 1, 1), 1);
}

/// Counts so many answers, of which so many are flagged, evenly over the next minutes.
void traffic(HallucinationMeter& meter, FakeClock& clock, size_t answers, size_t flagged, std::chrono::milliseconds over) {
  for (size_t i = 0; i < answers; ++i) {
    const bool is = (i + 1) * flagged / answers != i * flagged / answers;
    meter.count(clock.now(), is ? 0.9 : 0.1, is);
    clock.advance(over / answers);
  }
}

TEST(HallucinationMeter, a_spike_needs_answers_a_bound_and_a_rise) {
  using namespace std::chrono_literals;
  const auto f = [](size_t usual, size_t usual_flagged, size_t answers, size_t flagged) {
    FakeClock clock;
    HallucinationMeter meter{MeterSettings{}};
    traffic(meter, clock, usual, usual_flagged, 60min);
    clock.advance(1min);
    traffic(meter, clock, answers, flagged, 4min);
    return meter.rate(clock.now(), default_score_model()).spike;
  };
  EXPECT_TRUE(f(1000, 50, 100, 50));
  EXPECT_FALSE(f(1000, 50, 20, 10)) << "too few answers";
  EXPECT_FALSE(f(1000, 50, 100, 15)) << "chance";
  EXPECT_FALSE(f(1000, 400, 100, 45)) << "as usual";
  EXPECT_TRUE(f(1000, 200, 200, 150)) << "far over what is usual";
  EXPECT_TRUE(f(0, 0, 100, 50)) << "nothing is known to be usual";
  EXPECT_FALSE(f(1000, 50, 0, 0));
}

TEST(HallucinationMeter, rate_of_the_counter_is_the_share_whatever_the_traffic) {
  using namespace std::chrono_literals;
  const auto f = [](size_t answers_a_minute, size_t flagged_a_minute) {
    FakeClock clock;
    HallucinationMeter meter{MeterSettings{}};
    double before = 0;
    for (int minute = 0; minute < 20; ++minute) {
      if (minute == 10) before = meter.share_seconds(clock.now());
      for (int i = 0; i < 6; ++i) {
        if (i == 0) {
          for (size_t k = 0; k < answers_a_minute; ++k) meter.count(clock.now(), 0.5, k < flagged_a_minute);
        }
        clock.advance(10s);
        meter.share_seconds(clock.now());
      }
    }
    return (meter.share_seconds(clock.now()) - before) / 600;
  };
  EXPECT_NEAR(f(10, 2), 0.2, 1e-9);
  EXPECT_NEAR(f(1000, 200), 0.2, 1e-9);
  EXPECT_NEAR(f(1, 1), 1, 1e-9);
  EXPECT_NEAR(f(10, 0), 0, 1e-9);
  EXPECT_NEAR(f(0, 0), 0, 1e-9);
}

TEST(HallucinationMeter, goes_on_where_it_was) {
  using namespace std::chrono_literals;
  FakeClock clock;
  HallucinationMeter before{MeterSettings{}}, after{MeterSettings{}};
  traffic(before, clock, 600, 60, 60min);
  after.restore(before.take_changed().empty() ? std::vector<MinuteTally>{}
                                              : std::vector<MinuteTally>(before.minutes().begin(), before.minutes().end()));
  const auto a = before.rate(clock.now(), default_score_model()), b = after.rate(clock.now(), default_score_model());
  EXPECT_EQ(a.usual.judged, b.usual.judged);
  EXPECT_EQ(a.usual.flagged, b.usual.flagged);
  EXPECT_NEAR(static_cast<double>(a.window.judged), static_cast<double>(b.window.judged), 10);
}

TEST(HallucinationMeter, a_week_of_the_same_raises_no_alarm) {
  using namespace std::chrono_literals;
  const auto f = [](double share, size_t answers_a_minute) {
    FakeClock clock;
    HallucinationMeter meter{MeterSettings{}};
    std::mt19937_64 random(7);
    std::bernoulli_distribution flagged(share);
    size_t alarms = 0;
    for (int minute = 0; minute < 7 * 24 * 60; ++minute) {
      for (size_t i = 0; i < answers_a_minute; ++i) {
        const bool is = flagged(random);
        meter.count(clock.now(), is ? 0.9 : 0.1, is);
      }
      clock.advance(1min);
      // What is usual is not known in the first half hour: a service that begins at over 10 % is told of.
      if (minute > 30) alarms += meter.rate(clock.now(), default_score_model()).spike ? 1u : 0u;
    }
    return alarms;
  };
  EXPECT_EQ(f(0.05, 8), 0u);
  EXPECT_EQ(f(0.1, 8), 0u) << "at the limit";
  EXPECT_EQ(f(0.2, 8), 0u) << "over the limit, as always";
}

/// A service of 8 answers a minute whose share changes, hour by hour, seeded.
struct Service {
  explicit Service(MeterSettings with = {}) : settings(with), meter(with) {}
  /// Lives on; returns at how many of the minutes there was an alarm.
  size_t live(std::chrono::minutes time, double share) {
    std::bernoulli_distribution flagged(share);
    size_t alarms = 0;
    for (std::chrono::minutes at{0}; at < time; at += std::chrono::minutes(1)) {
      for (size_t i = 0; i < 8; ++i) {
        const bool is = flagged(random);
        meter.count(clock.now(), is ? 0.9 : 0.1, is);
        clock.advance(std::chrono::milliseconds(7500));
      }
      alarms += rate().spike ? 1u : 0u;
    }
    return alarms;
  }
  HallucinationRate rate() { return meter.rate(clock.now(), default_score_model()); }
  /// What is on the shelf survives.
  void restart() {
    for (const MinuteTally& one : meter.take_changed()) shelf[one.minute] = one;
    std::vector<MinuteTally> minutes;
    for (const auto& [minute, one] : shelf) minutes.push_back(one);
    meter = HallucinationMeter(settings);
    meter.restore(std::move(minutes));
  }
  MeterSettings settings;
  FakeClock clock;
  std::mt19937_64 random{3};
  HallucinationMeter meter;
  std::map<int64_t, MinuteTally> shelf;
};

TEST(HallucinationMeter, a_spike_of_six_hours_is_an_alarm_of_six_hours_and_ends_with_it) {
  using namespace std::chrono_literals;
  for (const auto usual_for : {1h, 20h}) {
    for (const bool restarts : {false, true}) {
      Service f;
      EXPECT_EQ(f.live(usual_for, 0.03), 0u);
      if (restarts) f.restart();
      f.live(10min, 0.6);
      EXPECT_EQ(f.live(2h, 0.6), 120u);
      if (restarts) f.restart();
      EXPECT_EQ(f.live(2h, 0.6), 120u);
      if (restarts) f.restart();
      EXPECT_EQ(f.live(110min, 0.6), 110u);
      EXPECT_LT(f.rate().usual_share.rate, 0.05) << "the alarm has taught nothing";
      EXPECT_GT(f.rate().held.judged, 2500u);
      EXPECT_LE(f.live(10min, 0.03), 6u);
      EXPECT_EQ(f.live(12h, 0.03), 0u);
      EXPECT_LT(f.rate().usual_share.rate, 0.05) << "nor has its end";
      f.live(10min, 0.6);
      EXPECT_EQ(f.live(1h, 0.6), 60u) << "the next one is told of as the first one was";
    }
  }
}

TEST(HallucinationMeter, an_alarm_of_a_short_window_teaches_nothing_either) {
  using namespace std::chrono_literals;
  FakeClock clock;
  HallucinationMeter meter{{.window = 10s}};
  traffic(meter, clock, 250, 2, 2min);
  for (int i = 0; i < 60; ++i) traffic(meter, clock, 40, 40, 3s);
  const HallucinationRate rate = meter.rate(clock.now(), default_score_model());
  EXPECT_LT(rate.usual_share.rate, 0.05);
  EXPECT_GT(rate.held.judged, 1000u);
}

TEST(HallucinationMeter, an_alarm_that_comes_and_goes_with_chance_teaches_nothing_in_between) {
  using namespace std::chrono_literals;
  Service f;
  f.live(24h, 0.03);
  const size_t alarms = f.live(6h, 0.35);
  EXPECT_GT(alarms, 60u);
  EXPECT_LT(alarms, 330u);
  EXPECT_LT(f.rate().usual_share.rate, 0.05);
}

TEST(HallucinationMeter, what_lasts_longer_than_the_baseline_is_the_new_usual) {
  using namespace std::chrono_literals;
  Service f;
  f.live(24h, 0.03);
  f.live(10min, 0.6);
  EXPECT_GE(f.live(22h, 0.6), 1310u) << "of 1320 minutes";
  f.live(3h, 0.6);
  EXPECT_FALSE(f.rate().spike);
  EXPECT_NEAR(f.rate().usual_share.rate, 0.6, 0.02);
  EXPECT_EQ(f.rate().held.judged, 0u);
  f.restart();
  EXPECT_EQ(f.live(48h, 0.6), 0u) << "it does not come and go";
  EXPECT_EQ(f.live(25h, 0.03), 0u) << "better is no alarm";
  f.live(10min, 0.6);
  EXPECT_EQ(f.live(1h, 0.6), 60u) << "and now it is a rise again";
}

TEST(HallucinationMeter, a_person_may_say_that_it_is_usual) {
  using namespace std::chrono_literals;
  Service f;
  f.live(24h, 0.03);
  f.live(6h, 0.4);
  EXPECT_TRUE(f.rate().spike);
  f.meter.accept();
  EXPECT_FALSE(f.rate().spike);
  EXPECT_NEAR(f.rate().usual_share.rate, 0.4, 0.03);
  f.restart();
  EXPECT_EQ(f.rate().held.judged, 0u);
  EXPECT_EQ(f.live(24h, 0.4), 0u);

  Service early;
  early.live(24h, 0.03);
  early.live(15min, 0.4);
  early.meter.accept();
  early.live(30min, 0.4);
  EXPECT_EQ(early.live(24h, 0.4), 0u) << "too little was known of the new when the old was given up";
}

TEST(Language, is_told_by_script_and_small_words) {
  const auto f = [](std::string_view text) { return std::string(language_of(text)); };
  EXPECT_EQ(f("What is the capital of France?"), "en");
  EXPECT_EQ(f("Was ist die Hauptstadt von Frankreich?"), "de");
  EXPECT_EQ(f("Quelle est la capitale de la France ?"), "fr");
  EXPECT_EQ(f("¿Cuál es la capital de Francia y por qué?"), "es");
  EXPECT_EQ(f("Какая столица Франции?"), "Cyrillic");
  EXPECT_EQ(f("法国的首都是哪里？"), "Han");
  EXPECT_EQ(f("フランスの首都はどこですか？"), "Kana");
  EXPECT_EQ(f("42"), "none");
  EXPECT_EQ(f(""), "none");
  EXPECT_EQ(f("\xff\xfe"), "none");
}

TEST(MessageTexts, the_last_message_of_a_role_is_read) {
  const auto f = [](std::string_view json, std::string_view role) { return text_of_messages(json, role); };
  EXPECT_EQ(
      f(R"([{"role":"system","parts":[{"type":"text","content":"Be brief"}]},{"role":"user","parts":[{"type":"text","content":"Hello"}]}])",
        "user"),
      "Hello");
  EXPECT_EQ(
      f(R"([{"role":"user","content":"one"},{"role":"assistant","content":"two"},{"role":"user","content":[{"type":"text","text":"three"},{"type":"image_url","image_url":{}}]}])",
        "user"),
      "three");
  EXPECT_EQ(f(R"([{"role":"assistant","parts":[{"type":"tool_call","name":"x"},{"type":"text","content":"42"}],"finish_reason":"stop"}])",
              "assistant"),
            "42");
  EXPECT_EQ(f(R"({"choices":[{"message":{"role":"assistant","content":"yes"}}]})", "assistant"), "yes");
  EXPECT_EQ(f("plain text", "user"), "plain text");
  EXPECT_EQ(f("[not json", "user"), "[not json");
  EXPECT_EQ(f("[]", "user"), "");
}

TEST(MessageTexts, documents_are_read_in_every_shape) {
  const auto f = [](std::string_view json) { return texts_of_documents(json); };
  EXPECT_THAT(f(R"(["a","b"])"), ElementsAre("a", "b"));
  EXPECT_THAT(f(R"([{"content":"a","score":0.3},{"page_content":"b"},{"text":"c"},{"id":"only"}])"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(f(R"({"documents":["a"]})"), ElementsAre("a"));
  EXPECT_THAT(f("a passage"), ElementsAre("a passage"));
  EXPECT_THAT(f(""), IsEmpty());
}

TEST(Topics, what_has_grown_is_found_with_its_prompts) {
  Matrix baseline, window;
  const auto row = [](size_t topic, size_t i) {
    std::vector<double> out(16, 0);
    out[topic] = 1;
    out[8 + i % 8] = 0.1;
    return out;
  };
  for (size_t i = 0; i < 300; ++i) baseline.append(row(i % 4, i));
  for (size_t i = 0; i < 150; ++i) window.append(row(i % 3 == 0 ? 5 : i % 4, i));
  const auto topics = growing_topics(baseline, window, 8);
  ASSERT_FALSE(topics.empty());
  EXPECT_EQ(topics[0].share_before, 0);
  EXPECT_GT(topics[0].share_now, 0.03);
  for (const size_t i : topics[0].nearest) EXPECT_EQ(i % 3, 0u);
  EXPECT_THAT(growing_topics(baseline, baseline), IsEmpty());
  EXPECT_THAT(growing_topics(Matrix(0, 16), window), IsEmpty());
  EXPECT_THAT(growing_topics(Matrix(50, 16), Matrix(50, 16)), IsEmpty()) << "constant components";
}

TEST(DriftWindow, takes_all_until_more_come_than_it_holds) {
  using namespace std::chrono_literals;
  const auto f = [](size_t prompts, std::chrono::milliseconds every) {
    FakeClock clock;
    DriftWindow window({.window = 10min, .window_rows = 100});
    window.set_baseline(BaselineInfo{.id = 1, .made_by = "upload"});
    size_t admitted = 0;
    for (size_t i = 0; i < prompts; ++i) {
      admitted += window.admits(clock.now()) ? 1u : 0u;
      clock.advance(every);
    }
    return admitted;
  };
  EXPECT_EQ(f(90, 6s), 90u);
  EXPECT_EQ(f(20, 0ms), 20u) << "a burst";
  EXPECT_NEAR(static_cast<double>(f(60'000, 10ms)), 125, 2) << "a flood of 10 minutes: the window's rows and one burst";
}

std::vector<PromptRow> rows_of(size_t count, float shift, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> noise;
  std::vector<PromptRow> out;
  for (size_t i = 0; i < count; ++i) {
    PromptRow& row = out.emplace_back(PromptRow{
        .time = {static_cast<int64_t>(i)}, .length = 50 + 10.0 * noise(random), .language = "en", .prompt = fmt::format("prompt {}", i)});
    for (size_t k = 0; k < 16; ++k) row.vector.push_back(noise(random) + (k == 0 ? shift : 0));
  }
  return out;
}

TEST(ComparePrompts, chance_is_no_drift_and_a_shift_is) {
  const DriftSettings settings;
  const auto f = [&](size_t n, size_t m, float shift) {
    return std::string(verdict_name(compare_prompts(rows_of(n, 0, 1), rows_of(m, shift, 2), settings).verdict));
  };
  EXPECT_EQ(f(500, 200, 0), "same");
  EXPECT_EQ(f(500, 200, 2), "drift");
  EXPECT_EQ(f(3, 200, 2), "too few rows");
  EXPECT_EQ(f(500, 0, 0), "too few rows");
  const Comparison moved = compare_prompts(rows_of(500, 0, 1), rows_of(200, 2, 2), settings);
  EXPECT_GT(moved.raw_score, moved.null_score_95);
  EXPECT_GT(moved.score, 0.2);
  EXPECT_LE(moved.p, 0.01);
  EXPECT_GT(moved.share, 0);
  EXPECT_EQ(compare_prompts(rows_of(500, 0, 1), rows_of(200, 0, 2), settings).score, 0);
}

/// Rows of like vectors, whose texts are made of these words.
std::vector<PromptRow> rows_of_words(size_t count, const std::vector<std::string>& words, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<PromptRow> out = rows_of(count, 0, seed);
  for (PromptRow& row : out) row.prompt = fmt::format("{} {} {}", words[random() % words.size()], words[random() % words.size()], words[random() % words.size()]);
  return out;
}

TEST(ComparePrompts, words_are_compared_where_both_sides_have_texts) {
  const std::vector<std::string> bills{"invoice", "refund", "payment", "order", "address", "login"}, food{"recipe", "oven", "garlic", "flour"};
  const auto f = [](const std::vector<PromptRow>& baseline, const std::vector<PromptRow>& window) -> std::optional<TestedColumn> {
    const Comparison found = compare_prompts(baseline, window, {});
    for (const TestedColumn& column : found.columns)
      if (column.name == "words") return column;
    return std::nullopt;
  };
  const auto without = [](std::vector<PromptRow> rows, size_t texts_left) {
    for (size_t i = texts_left; i < rows.size(); ++i) rows[i].prompt.clear();
    return rows;
  };
  const auto baseline = rows_of_words(300, bills, 1), same = rows_of_words(120, bills, 2), other = rows_of_words(120, food, 3);
  ASSERT_TRUE(f(baseline, same) && f(baseline, other));
  EXPECT_GT(f(baseline, same)->p, 0.01);
  EXPECT_LE(f(baseline, other)->p_adjusted, 0.005) << "with 1300 windows by chance and six columns";
  EXPECT_GT(f(baseline, other)->score, 0.9);
  EXPECT_THAT(f(baseline, other)->what_changed, testing::Contains(testing::HasSubstr("\"garlic\"")));
  EXPECT_THAT(f(baseline, same)->what_changed, testing::SizeIs(1)) << "words that chance explains are not told";
  EXPECT_FALSE(f(without(baseline, 0), other)) << "no text is kept";
  EXPECT_FALSE(f(baseline, without(other, 0)));
  EXPECT_FALSE(f(baseline, without(other, 49))) << "too few";
  EXPECT_TRUE(f(baseline, without(other, 50)));
  EXPECT_FALSE(f(rows_of_words(300, {"the", "of", "?"}, 1), rows_of_words(120, {"and", "\xff", ""}, 2))) << "no word that counts";
}

TEST(ComparePrompts, one_column_of_six_can_still_be_drift) {
  const std::vector<std::string> words{"invoice", "refund", "payment", "order", "address", "login"};
  std::vector<PromptRow> baseline = rows_of_words(300, words, 1), window = rows_of_words(200, words, 2);
  for (auto* side : {&baseline, &window})
    for (size_t i = 0; i < side->size(); ++i) (*side)[i].score = static_cast<double>(i * 7919 % 100) / 100;
  for (PromptRow& row : window) row.language = "fr";
  const Comparison found = compare_prompts(baseline, window, {});
  EXPECT_EQ(found.columns.size(), 6);
  EXPECT_EQ(found.columns.at(0).name, "language");
  EXPECT_LE(found.columns.at(0).p_adjusted, 0.005);
  EXPECT_GT(found.columns.at(1).p_adjusted, 0.005);
  EXPECT_EQ(found.verdict, DriftVerdict::drift);
}

TEST(DriftWindow, a_score_counts_once_two_windows_agree) {
  using namespace std::chrono_literals;
  const auto f = [](std::vector<double> scores) {
    FakeClock clock;
    DriftWindow window({.window = 10min, .interval = 5min});
    window.set_baseline(BaselineInfo{.id = 1, .made_by = "upload"});
    for (const double score : scores) {
      window.compared(Comparison{.time = clock.now(), .verdict = DriftVerdict::drift, .score = score});
      clock.advance(5min);
    }
    return window.view(clock.now() - 5min, "").score;
  };
  EXPECT_EQ(f({0.5}), 0);
  EXPECT_EQ(f({0.5, 0.5}), 0);
  EXPECT_EQ(f({0.5, 0.4, 0.6}), 0.4);
  EXPECT_EQ(f({0.5, 0, 0.6}), 0) << "chance explains one of them";
  EXPECT_EQ(f({0.5, 0.5, 0.5, 0}), 0) << "it is over";
}

}  // namespace
}  // namespace monitorai::judge

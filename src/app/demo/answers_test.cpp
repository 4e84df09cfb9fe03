#include "app/demo/answers.h"

#include <gtest/gtest.h>

#include <set>

#include "judge/quality/watch/evaluation.h"

namespace monitorai::app::demo {
namespace {

/// The share of flagged answers, judged as the running service does, and how often that is what the text was made to be.
std::pair<double, double> flagged_and_right(const Incident& incident, double seconds) {
  const judge::Weights weights = judge::shipped_weights();
  size_t flagged = 0, right = 0;
  constexpr uint64_t kAnswers = 300;
  for (uint64_t i = 0; i < kAnswers; ++i) {
    const AskedAnswer one = asked_answer(i, incident, seconds);
    judge::Answer answer;
    answer.prompt = one.prompt;
    answer.text = one.answer;
    answer.facts = {one.facts};
    const judge::Judgement judged = judge::judge_answer(answer, weights);
    EXPECT_TRUE(judged.score) << judged.why_not;
    flagged += judged.flagged;
    right += judged.flagged == one.made_up;
  }
  return {static_cast<double>(flagged) / kAnswers, static_cast<double>(right) / kAnswers};
}

TEST(Answers, are_judged_made_up_while_the_incident_lasts) {
  const Incident incident{IncidentKind::hallucination, 100, 300};
  const auto before = flagged_and_right(incident, 50), in_it = flagged_and_right(incident, 200), after = flagged_and_right(incident, 300);
  EXPECT_LT(before.first, 0.06);
  EXPECT_GT(in_it.first, 0.4);
  EXPECT_LT(after.first, 0.06);
  for (const auto& one : {before, in_it, after}) EXPECT_GT(one.second, 0.95);
}

TEST(Answers, prompts_turn_to_contracts_while_the_incident_lasts) {
  const Incident incident{IncidentKind::drift, 100, 300};
  const auto f = [&](double seconds, size_t least, size_t most) {
    size_t contracts = 0;
    for (uint64_t i = 0; i < 100; ++i) contracts += asked_answer(i, incident, seconds).prompt.find("clause") != std::string::npos;
    EXPECT_GE(contracts, least) << seconds;
    EXPECT_LE(contracts, most) << seconds;
  };
  f(99, 0, 0);
  f(100, 80, 99);
  f(300, 0, 0);
}

TEST(Answers, are_the_same_for_the_same_number_and_vary_otherwise) {
  std::set<std::string> seen;
  for (uint64_t i = 0; i < 100; ++i) {
    seen.insert(asked_answer(i, {}, 0).answer);
    EXPECT_EQ(asked_answer(i, {}, 0).answer, asked_answer(i, {}, 0).answer);
  }
  EXPECT_GT(seen.size(), 95U);
}

TEST(Answers, are_what_the_api_takes) {
  const AskedAnswer one{"p\"", "f", "a"};
  EXPECT_EQ(evaluations_json({&one, 1}, "m", "s"), R"([{"prompt":"p\"","facts":"f","answer":"a","model":"m","service":"s"}])");
}

}  // namespace
}  // namespace monitorai::app::demo

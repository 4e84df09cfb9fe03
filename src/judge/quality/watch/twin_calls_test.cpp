#include "judge/quality/watch/twin_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kTrace = "5b8efff798038103d269b633813fc60c", kSpan = "eee19b7ec3c1b174";

Submission call(TextSource source, std::string prompt, std::string answer, std::vector<std::string> facts = {}, std::string span = kSpan) {
  return {.answer = {.prompt = std::move(prompt),
                     .text = std::move(answer),
                     .facts = std::move(facts),
                     .origin = {.model = source == TextSource::span ? "m" : "", .trace_id = kTrace, .span_id = std::move(span)}},
          .source = source};
}
Submission event(std::vector<std::string> facts = {}) { return call(TextSource::log, "p", "a", std::move(facts)); }
Submission span(std::vector<std::string> facts = {}) { return call(TextSource::span, "p", "a", std::move(facts)); }

struct Calls {
  explicit Calls(TwinSettings settings = {}) : twins(settings) {}
  static std::vector<std::string> told(const std::vector<Submission>& all) {
    std::vector<std::string> out;
    for (const Submission& one : all)
      out.push_back(fmt::format("{}:{}>{}>{}", source_name(one.source), one.answer.prompt, one.answer.text, join(one.answer.facts, "+")));
    return out;
  }
  std::vector<std::string> take(std::vector<Submission> all) { return told(twins.take(std::move(all), now)); }
  std::vector<std::string> due(std::chrono::milliseconds later) {
    now = now + later;
    return told(twins.due(now));
  }
  TwinCalls twins;
  TimeMs now{1'000'000};
};

TEST(TwinCalls, one_that_can_be_judged_goes_on_and_its_twin_is_left_out_in_either_order) {
  for (const bool span_first : {true, false}) {
    Calls f;
    EXPECT_THAT(f.take({span_first ? span({"f"}) : event({"f"})}), ElementsAre(span_first ? "span:p>a>f" : "log:p>a>f"));
    EXPECT_THAT(f.take({span_first ? event({"f"}) : span({"f"})}), IsEmpty());
    EXPECT_THAT(f.due(1h), IsEmpty());
    EXPECT_EQ(f.twins.counts().left_out, 1u);
  }
}

TEST(TwinCalls, one_without_facts_waits_and_gets_them_from_its_twin_in_either_order) {
  for (const bool span_first : {true, false}) {
    Calls f;
    EXPECT_THAT(f.take({span_first ? span() : event()}), IsEmpty());
    const std::vector<Submission> joined = f.twins.take({span_first ? event({"f"}) : span({"f"})}, f.now);
    EXPECT_THAT(Calls::told(joined), ElementsAre("span:p>a>f"));
    EXPECT_EQ(joined[0].answer.origin.model, "m") << "where it came from the span says";
    EXPECT_THAT(f.due(1h), IsEmpty());
    EXPECT_EQ(f.twins.counts().joined, 1u);
  }
}

TEST(TwinCalls, what_each_of_them_says_is_put_together) {
  Calls f;
  EXPECT_THAT(f.take({call(TextSource::log, "", "a")}), IsEmpty());
  EXPECT_THAT(f.take({call(TextSource::span, "p", "")}), ElementsAre("span:p>a>"));
}

TEST(TwinCalls, one_whose_twin_does_not_come_is_judged_alone) {
  Calls f;
  EXPECT_THAT(f.take({event()}), IsEmpty());
  EXPECT_EQ(f.twins.next_due(), f.now + 10s);
  EXPECT_THAT(f.due(9999ms), IsEmpty());
  EXPECT_THAT(f.due(1ms), ElementsAre("log:p>a>"));
  EXPECT_EQ(f.twins.next_due(), std::nullopt);
  EXPECT_THAT(f.take({span({"f"})}), IsEmpty()) << "it was judged";
}

TEST(TwinCalls, what_belongs_to_no_span_or_to_another_goes_its_own_way) {
  Calls f;
  Submission nowhere = event();
  nowhere.answer.origin.span_id.clear();
  EXPECT_THAT(f.take({nowhere, nowhere}), ElementsAre("log:p>a>", "log:p>a>"));
  EXPECT_THAT(f.take({call(TextSource::log, "p", "a", {"f"}, "1"), call(TextSource::span, "p", "a", {"f"}, "2")}),
              ElementsAre("log:p>a>f", "span:p>a>f"));
}

TEST(TwinCalls, two_log_lines_within_one_span_are_two_calls) {
  Calls f;
  EXPECT_THAT(f.take({call(TextSource::log, "p", "a", {"f"}), call(TextSource::log, "q", "b", {"f"})}),
              ElementsAre("log:p>a>f", "log:q>b>f"));
  Calls without_facts;
  EXPECT_THAT(without_facts.take({call(TextSource::log, "p", "a"), call(TextSource::log, "q", "b")}), ElementsAre("log:p>a>"));
  EXPECT_THAT(without_facts.due(10s), ElementsAre("log:q>b>"));
  Calls second_with_facts;
  EXPECT_THAT(second_with_facts.take({call(TextSource::log, "p", "a"), call(TextSource::log, "q", "b", {"f"})}),
              ElementsAre("log:p>a>", "log:q>b>f"));
}

TEST(TwinCalls, who_asks_is_always_answered_and_its_span_and_event_are_left_out) {
  Calls f;
  EXPECT_THAT(f.take({event()}), IsEmpty());
  f.twins.asked(call(TextSource::api, "p", "a"), f.now);
  EXPECT_THAT(f.due(1h), IsEmpty());
  f.twins.asked(call(TextSource::api, "p", "a"), f.now);
  EXPECT_THAT(f.take({span({"f"})}), IsEmpty());
  EXPECT_EQ(f.twins.counts().left_out, 2u);
  Calls prompt_alone;
  prompt_alone.twins.asked(call(TextSource::api, "p", ""), prompt_alone.now);
  EXPECT_THAT(prompt_alone.take({span({"f"})}), ElementsAre("span:p>a>f")) << "a prompt that was asked about for drift is no answer";
}

TEST(TwinCalls, ids_are_the_same_in_either_case) {
  Calls f;
  EXPECT_THAT(f.take({call(TextSource::log, "p", "a", {"f"}, "ABC")}), ElementsAre("log:p>a>f"));
  EXPECT_THAT(f.take({call(TextSource::span, "p", "a", {"f"}, "abc")}), IsEmpty());
}

TEST(TwinCalls, a_flood_is_held_within_its_limits_and_counted) {
  Calls f({.waiting_max = 100, .remembered_max = 200});
  size_t out = 0;
  for (int i = 0; i < 1000; ++i) out += f.take({call(TextSource::log, "p", "a", {}, std::to_string(i))}).size();
  EXPECT_EQ(out, 900u) << "nothing is lost";
  EXPECT_EQ(f.twins.waiting(), 100u);
  EXPECT_EQ(f.twins.counts().hurried, 900u);
  EXPECT_LE(f.twins.remembered(), 200u);
  EXPECT_EQ(f.twins.counts().forgotten, 700u);
  EXPECT_EQ(f.twins.rest().size(), 100u);

  Calls large({.waiting_bytes_max = 10'000});
  EXPECT_THAT(large.take({call(TextSource::log, std::string(20'000, 'p'), "a")}), testing::SizeIs(1)) << "one alone may be too large";
  EXPECT_EQ(large.twins.waiting(), 0u);
}

TEST(TwinCalls, what_is_long_past_is_forgotten) {
  Calls f;
  f.take({span({"f"})});
  EXPECT_EQ(f.twins.remembered(), 1u);
  f.due(11min);
  EXPECT_EQ(f.twins.remembered(), 0u);
  EXPECT_EQ(f.twins.counts().forgotten, 0u);
}

}  // namespace
}  // namespace monitorai::judge

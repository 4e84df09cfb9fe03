#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "judge/quality/watch/log_texts.h"
#include "judge/quality/watch/span_texts.h"

namespace monitorai::judge {
namespace {

using signals::Attribute;
using signals::AttributeValue;
using signals::Span;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> told(const std::vector<Submission>& found) {
  std::vector<std::string> out;
  for (const Submission& one : found)
    out.push_back(fmt::format("{}>{}>{}", one.answer.prompt, one.answer.text, join(one.answer.facts, "+")));
  return out;
}

struct Reader {
  explicit Reader(std::vector<LogPattern> patterns = {}) : texts(*LogTexts::make(patterns)) {}
  std::vector<std::string> operator()(std::vector<std::string> lines, const signals::Labels& stream = {{"job", "llm-model"}}) {
    std::vector<signals::LogLineView> views;
    for (const std::string& line : lines) views.push_back({TimeNs{++now * 1'000'000'000}, line});
    return told(texts->read(stream, views));
  }
  std::unique_ptr<LogTexts> texts;
  int64_t now = 1'700'000'000;
};

TEST(LogTexts, a_prompt_waits_for_its_answer) {
  Reader f;
  EXPECT_THAT(f({"2025-01-15 10:30:26,123 - INFO - [USER] Request #278: Hello", "x - INFO - [USER] Request #279: Why?"}), IsEmpty());
  EXPECT_THAT(f({"x - INFO - [MODEL] Response #279: Because."}), ElementsAre("Why?>Because.>"));
  EXPECT_THAT(f({"x - INFO - [MODEL] Response #278: Hi: how are you?"}), ElementsAre("Hello>Hi: how are you?>"));
  EXPECT_THAT(f({"x - INFO - [MODEL] Response #278: again"}), ElementsAre(">again>")) << "its prompt has been taken";
  EXPECT_THAT(f({"[USER] no number", "[MODEL] neither"}), ElementsAre("no number>neither>"));
  EXPECT_THAT(f({R"({"message":"[USER] Request #1: in JSON","level":"info"})",
                 R"({"message":"[MODEL] Response #1: it \"ends\" there","level":"info"})"}),
              ElementsAre(R"(in JSON>it \"ends\" there>)"));
  EXPECT_THAT(f({"INFO started", "", "{\"message\":\"done\"}", "[USER]", "{"}), IsEmpty());
}

TEST(LogTexts, streams_do_not_mix) {
  Reader f;
  EXPECT_THAT(f({"[USER] Request #1: mine"}, {{"job", "a"}}), IsEmpty());
  EXPECT_THAT(f({"[MODEL] Response #1: yours"}, {{"job", "b"}}), ElementsAre(">yours>"));
}

TEST(LogTexts, structured_lines_are_read_whole) {
  Reader f;
  EXPECT_THAT(f({R"({"prompt":"p","answer":"a","contexts":["c"],"model_name":"m"})"}), ElementsAre("p>a>c"));
  EXPECT_THAT(f({R"({"question":"p","response":"a"})"}), ElementsAre("p>a>"));
  EXPECT_THAT(f({R"({"prompt":7})", R"({"prompt":"broken)"}), IsEmpty());
}

TEST(LogTexts, a_length_is_no_text) {
  Reader f;
  EXPECT_THAT(f({"[USER] Request #1: (42 characters)", "[MODEL] Response #1: (7 characters)"}), IsEmpty());
}

struct Event {
  std::string body;
  std::vector<signals::LabelView> beside;  ///< sorted by name, as stores want it
};

/// What OTLP's log records look like here, read by one reader in this order.
std::vector<std::string> of_events(const std::vector<Event>& events) {
  const auto texts = *LogTexts::make({});
  std::vector<std::string> out;
  int64_t now = 1'700'000'000'000'000'000;
  for (const Event& event : events) {
    const signals::LogLineView line{TimeNs{++now}, event.body, event.beside};
    for (const Submission& one : texts->read({{"service_name", "chat"}}, {&line, 1})) {
      const AnswerOrigin& origin = one.answer.origin;
      out.push_back(fmt::format("{}>{}>{} {}/{}/{}/{}", one.answer.prompt, one.answer.text, join(one.answer.facts, "+"), origin.model,
                                origin.service, origin.trace_id, origin.span_id));
    }
  }
  return out;
}

TEST(LogTexts, events_of_every_generation_of_the_conventions_say_the_same) {
  const auto f = of_events;
  // From 1.37 on: one event, with the messages as attributes (open-telemetry/semantic-conventions, gen-ai-events.md).
  EXPECT_THAT(
      f({{"",
          {{"event_name", "gen_ai.client.inference.operation.details"},
           {"gen_ai_input_messages",
            R"([{"role":"system","parts":[{"type":"text","content":"be kind"}]},{"role":"user","parts":[{"type":"text","content":"p"}]}])"},
           {"gen_ai_output_messages",
            R"([{"role":"assistant","parts":[{"type":"reasoning","content":"hm"},{"type":"text","content":"a"}],"finish_reason":"stop"}])"},
           {"gen_ai_request_model", "gpt"},
           {"gen_ai_response_model", "gpt-1"},
           {"span_id", "s"},
           {"trace_id", "t"}}}}),
      ElementsAre("p>a> gpt-1/chat/t/s"));
  // 1.28 to 1.36, as opentelemetry-instrumentation-openai-v2 (Python) and @opentelemetry/instrumentation-openai (npm) send them: a message
  // an event, its text in the body.
  const std::vector<signals::LabelView> user{
      {"event_name", "gen_ai.user.message"}, {"gen_ai_system", "openai"}, {"span_id", "s"}, {"trace_id", "t"}};
  const std::vector<signals::LabelView> choice{
      {"event_name", "gen_ai.choice"}, {"gen_ai_system", "openai"}, {"span_id", "s"}, {"trace_id", "t"}};
  const std::string said = R"({"finish_reason":"stop","index":0,"message":{"content":"a","role":"assistant"}})";
  EXPECT_THAT(f({{R"({"content":"p"})", user}, {said, choice}}), ElementsAre("p>a> /chat/t/s"));
  // A conversation is sent again with each question: the last one is what was asked, and what was answered before is no answer.
  EXPECT_THAT(f({{R"({"content":"be kind"})", {{"event_name", "gen_ai.system.message"}, {"span_id", "s"}}},
                 {R"({"content":"first"})", user},
                 {R"({"content":"before"})", {{"event_name", "gen_ai.assistant.message"}, {"span_id", "s"}}},
                 {R"({"content":[{"type":"text","text":"p"},{"type":"image_url","image_url":{"url":"x"}}]})", user},
                 {said, choice}}),
              ElementsAre("p>a> /chat/t/s"));
  // Two answers to one question; two calls at once.
  EXPECT_THAT(f({{R"({"content":"p"})", user}, {said, choice}, {R"({"index":1,"message":{"content":"b"}})", choice}}),
              ElementsAre("p>a> /chat/t/s", ">b> /chat/t/s"));
  EXPECT_THAT(
      f({{R"({"content":"p"})", user}, {R"({"content":"q"})", {{"event_name", "gen_ai.user.message"}, {"span_id", "z"}}}, {said, choice}}),
      ElementsAre("p>a> /chat/t/s"));
  // Before 1.28, and Azure's: the text in an attribute.
  EXPECT_THAT(f({{"", {{"event_name", "gen_ai.content.prompt"}, {"gen_ai_prompt", R"([{"role":"user","content":"p"}])"}, {"span_id", "s"}}},
                 {"",
                  {{"event_name", "gen_ai.content.completion"},
                   {"gen_ai_completion", R"([{"role":"assistant","content":"a"}])"},
                   {"span_id", "s"}}}}),
              ElementsAre("p>a> /chat//s"));
  EXPECT_THAT(f({{"", {{"event_name", "gen_ai.user.message"}, {"gen_ai_event_content", R"({"content":"p"})"}, {"span_id", "s"}}},
                 {"", {{"event_name", "gen_ai.choice"}, {"gen_ai_event_content", R"({"message":{"content":"a"}})"}, {"span_id", "s"}}}}),
              ElementsAre("p>a> /chat//s"));
}

TEST(LogTexts, events_without_text_say_nothing) {
  const auto f = of_events;
  EXPECT_THAT(f({{R"({"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","tool_calls":[{"id":"1"}]}})",
                  {{"event_name", "gen_ai.choice"}, {"span_id", "s"}}}}),
              IsEmpty());
  EXPECT_THAT(f({{"{}", {{"event_name", "gen_ai.user.message"}}},
                 {"", {{"event_name", "gen_ai.choice"}}},
                 {"[", {{"gen_ai_input_messages", "[]"}}}}),
              IsEmpty());
  EXPECT_THAT(f({{"relevance 0.9", {{"event_name", "gen_ai.evaluation.result"}, {"gen_ai_evaluation_explanation", "it fits"}}}}),
              IsEmpty());
  EXPECT_THAT(f({{"(12 characters)", {{"event_name", "gen_ai.choice"}, {"span_id", "s"}}}}), IsEmpty()) << "stored masked, and read again";
}

TEST(LogTexts, places_of_content_are_found_and_nothing_else) {
  const auto f = [](std::string_view line, std::vector<LogPattern> patterns = {}) {
    const auto texts = *LogTexts::make(patterns);
    std::vector<std::string> out;
    for (const LogPlace& place : texts->content_of({TimeNs{1}, line})) out.emplace_back(line.substr(place.begin, place.size));
    return out;
  };
  EXPECT_THAT(f("x - INFO - [USER] Request #278: Hello: you"), ElementsAre("Hello: you"));
  EXPECT_THAT(f("[MODEL] fine"), ElementsAre("fine"));
  EXPECT_THAT(f(R"({"message":"[USER] Request #1: in \"JSON\"","level":"info"})"), ElementsAre(R"(in \"JSON\")"));
  EXPECT_THAT(f(R"({"a":{"prompt":"not here"}, "prompt" : "p", "n":[1,"x"],"contexts":["c",{"text":"d"}],"label":1,"answer":"","id":"7"})"),
              ElementsAre("p", R"(["c",{"text":"d"}])", ""));
  EXPECT_THAT(f(R"({"response":null,"question":7})"), IsEmpty());
  EXPECT_THAT(f(R"({"prompt":"never ends)"), ElementsAre("never ends"));
  EXPECT_THAT(f(R"({"prompt":["never ends)"), ElementsAre(R"(["never ends)"));
  EXPECT_THAT(f(R"({"prompt":)"), IsEmpty());
  EXPECT_THAT(f(R"({"prompt")"), IsEmpty());
  EXPECT_THAT(f(R"({"status":"prompt: no","url":"http://x"})"), IsEmpty());
  EXPECT_THAT(f("prompt: a plain line"), IsEmpty());
  EXPECT_THAT(f(""), IsEmpty());
  EXPECT_THAT(f("q ASK=what SAY=that FROM=this x", {{"p", "ASK=(?P<prompt>\\w+) SAY=(?P<answer>\\w+) FROM=(?P<facts>\\w+)"}}),
              ElementsAre("what", "that", "this"));
  EXPECT_THAT(f("[USER] Request #1: ASK=what", {{"p", "ASK=(?P<prompt>\\w+)"}}), ElementsAre("ASK=what"))
      << "one place, however many name it";
}

TEST(LogTexts, patterns_of_the_user_come_first) {
  Reader f({{"chat", "q#(?P<id>[0-9]+) (?:asked: (?P<prompt>.*)|answered: (?P<answer>.*))"},
            {"rag", "ANSWER=(?P<answer>.*) FROM=(?P<facts>.*)"}});
  EXPECT_THAT(f({"q#1 asked: what?", "q#2 asked: who?", "q#1 answered: that"}), ElementsAre("what?>that>"));
  EXPECT_THAT(f({R"(ANSWER=yes FROM=["it is so"])"}), ElementsAre(">yes>it is so"));
}

TEST(LogTexts, patterns_that_say_nothing_are_refused) {
  const auto f = [](std::string pattern) {
    const auto made = LogTexts::make({{"p", std::move(pattern)}});
    return made ? "" : made.error().message;
  };
  EXPECT_EQ(f("(?P<prompt>.*)"), "");
  EXPECT_THAT(f("("), HasSubstr("cannot read logs by p: pattern: "));
  EXPECT_THAT(f("x"), HasSubstr("neither a group prompt nor a group answer"));
  EXPECT_THAT(f("(?P<prompt>a)(?P<pormpt>b)"), HasSubstr("the group pormpt is none of"));
}

TEST(LogTexts, prompts_without_an_answer_are_given_up) {
  Reader f;
  EXPECT_THAT(f({"[USER] Request #1: alone"}), IsEmpty());
  f.now += 3600;
  EXPECT_THAT(f({"later"}), ElementsAre("alone>>"));
  std::vector<std::string> flood;
  for (int i = 0; i < 10'000; ++i) flood.push_back(fmt::format("[USER] Request #x{}: p", i));
  size_t given_up = 0;
  for (size_t i = 0; i < flood.size(); i += 100)
    given_up += f({flood.begin() + static_cast<ptrdiff_t>(i), flood.begin() + static_cast<ptrdiff_t>(i) + 100}).size();
  EXPECT_GE(given_up, 10'000u - 4196) << "more than the limit does not wait";
}

AttributeValue text(std::string_view value) { return AttributeValue::of(value); }
AttributeValue json(std::string_view value) { return {signals::AttributeType::list, 0, value}; }
const Attribute kService{"service.name", AttributeValue::of(std::string_view("rag"))};
const signals::SpanOrigin kOrigin{.resource = {&kService, 1}};

Span span(uint64_t trace, const std::vector<Attribute>& attributes) {
  return {.trace = {1, trace},
          .id = {3},
          .origin = &kOrigin,
          .name = "x",
          .start = {1'700'000'000'000'000'000},
          .duration_ns = 1'000'000,
          .attributes = attributes};
}

TEST(SpanTexts, every_dialect_says_the_same) {
  const auto f = [](const std::vector<Attribute>& attributes) {
    SpanTexts texts;
    const Span one = span(1, attributes);
    return told(texts.read({&one, 1}));
  };
  EXPECT_THAT(f({{"gen_ai.operation.name", text("chat")},
                 {"gen_ai.input.messages", json(R"([{"role":"user","parts":[{"type":"text","content":"p"}]}])")},
                 {"gen_ai.output.messages", text(R"([{"role":"assistant","parts":[{"type":"text","content":"a"}]}])")}}),
              ElementsAre("p>a>"));
  EXPECT_THAT(f({{"llm.request.type", text("chat")},
                 {"gen_ai.prompt.0.role", text("system")},
                 {"gen_ai.prompt.0.content", text("s")},
                 {"gen_ai.prompt.1.role", text("user")},
                 {"gen_ai.prompt.1.content", text("p")},
                 {"gen_ai.completion.0.content", text("a")}}),
              ElementsAre("p>a>"));
  EXPECT_THAT(f({{"openinference.span.kind", text("LLM")},
                 {"input.value", text("whole")},
                 {"llm.input_messages.0.message.role", text("user")},
                 {"llm.input_messages.0.message.content", text("p")},
                 {"llm.output_messages.0.message.content", text("a")}}),
              ElementsAre("p>a>"));
  EXPECT_THAT(f({{"tokens.generated", AttributeValue::of(int64_t{3})}, {"prompt", text("p")}, {"answer", text("a")}}), ElementsAre("p>a>"));
  EXPECT_THAT(f({{"gen_ai.operation.name", text("chat")}, {"gen_ai.usage.input_tokens", AttributeValue::of(int64_t{3})}}), IsEmpty())
      << "without content";
  EXPECT_THAT(f({{"gen_ai.operation.name", text("chat")}, {"gen_ai.prompt", text("(12 characters)")}}), IsEmpty());
  EXPECT_THAT(f({{"http.route", text("/x")}}), IsEmpty());
}

TEST(SpanTexts, documents_of_the_trace_are_the_facts) {
  SpanTexts texts;
  const std::vector<Attribute> retrieval{{"openinference.span.kind", text("RETRIEVER")},
                                         {"retrieval.documents.0.document.content", text("fact one")},
                                         {"retrieval.documents.1.document.content", text("fact two")}};
  const std::vector<Attribute> call{{"gen_ai.operation.name", text("chat")},
                                    {"gen_ai.request.model", text("m")},
                                    {"gen_ai.prompt", text("p")},
                                    {"gen_ai.completion", text("a")}};
  const std::vector<Span> together{span(1, call), span(1, retrieval), span(2, call)};
  EXPECT_THAT(told(texts.read(together)), ElementsAre("p>a>fact one+fact two", "p>a>"));
  const Span later = span(1, call);
  const auto found = texts.read({&later, 1});
  EXPECT_THAT(told(found), ElementsAre("p>a>fact one+fact two")) << "they came in an earlier request";
  EXPECT_EQ(found[0].answer.origin.service, "rag");
  EXPECT_EQ(found[0].answer.origin.model, "m");
  EXPECT_EQ(found[0].answer.origin.trace_id, "00000000000000010000000000000001");
  for (uint64_t trace = 10; trace < 3000; ++trace) {
    const Span one = span(trace, retrieval);
    texts.read({&one, 1});
  }
  EXPECT_THAT(told(texts.read({&later, 1})), ElementsAre("p>a>")) << "the oldest documents are forgotten";
}

}  // namespace
}  // namespace monitorai::judge

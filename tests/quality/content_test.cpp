// What is stored of prompts and answers, whatever way they come: `logs.content` holds for every file of the data folder, while the judge
// has seen the text itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/files.h"
#include "quality/served.h"

namespace monitorai::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Words that stand nowhere else, in every text that people or models wrote here.
constexpr std::string_view kWord = "zebrafish", kSecret = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD";
constexpr std::string_view kFact = "The zebrafish tower is 330 metres tall.", kAnswer = "The zebrafish tower is 450 metres tall.";

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}
std::string attribute(std::string_view key, std::string_view value) {
  return fmt::format(R"({{"key":"{}","value":{{"stringValue":{}}}}})", key, json_string(value));
}

/// The log of a model's service, with a line in it.
std::filesystem::path followed_log(const std::filesystem::path& folder) {
  std::ofstream(folder / "llm-model.log") << "started\n";
  return folder / "llm-model.log";
}

/// Files of the folder in which a text stands as it is.
std::vector<std::string> files_with(const std::filesystem::path& folder, std::string_view text) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (bytes.find(text) != std::string::npos) out.push_back(entry.path().filename().native());
  }
  return out;
}

/// Everything that may bring text, each with a wrong answer, and each judged.
class Sources {
 public:
  Sources(Served& served, const std::filesystem::path& log) : served_(served), log_(log) {}

  void all(std::string_view prompt) {
    evaluate(prompt);
    spans();
    followed();
    pushed();
    events();
  }
  void evaluate(std::string_view prompt) {
    EXPECT_THAT(
        served_.post(
            "/api/v1/quality/evaluate",
            fmt::format(
                R"({{"model":"api","prompt":{},"answer":"{}","facts":["{}"],"samples":["{}"],"logprobs":{{"content":[{{"token":"zebrafish","logprob":-1}}]}}}})",
                json_string(prompt), kAnswer, kFact, kAnswer)),
        HasSubstr(R"("flagged":true)"));
    EXPECT_TRUE(flagged("api", ""));
  }
  void spans() {
    const auto span = [](std::string id, std::string attributes) {
      return fmt::format(
          R"({{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"{}","name":"x","kind":3,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}]}})",
          id, now_ns() - 1'000'000, now_ns(), attributes);
    };
    const std::string call = span(
        "eee19b7ec3c1b174", attribute("gen_ai.operation.name", "chat") + "," + attribute("gen_ai.request.model", "span") + "," +
                                attribute("gen_ai.input.messages",
                                          R"([{"role":"user","parts":[{"type":"text","content":"How tall is the zebrafish tower?"}]}])") +
                                "," +
                                attribute("gen_ai.output.messages",
                                          fmt::format(R"([{{"role":"assistant","parts":[{{"type":"text","content":"{}"}}]}}])", kAnswer)));
    const std::string found = span("eee19b7ec3c1b175", attribute("openinference.span.kind", "RETRIEVER") + "," +
                                                           attribute("retrieval.documents.0.document.content", kFact));
    EXPECT_EQ(served_.post("/v1/traces",
                           fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{}]}},"scopeSpans":[{{"spans":[{},{}]}}]}}]}})",
                                       attribute("service.name", "rag"), found, call)),
              "200 {}");
    EXPECT_TRUE(flagged("span", "rag"));
  }
  void followed() {
    std::ofstream out(log_, std::ios::app);
    out << "2026-01-15 10:30:26,123 - INFO - [USER] Request #1: How tall is the zebrafish tower?\n"
        << "2026-01-15 10:30:27,123 - INFO - [MODEL] Response #1: " << kAnswer << "\n"
        << fmt::format(R"({{"level":"info","prompt":"zebrafish?","answer":"{}","contexts":["{}"],"model_name":"file"}})", kAnswer, kFact)
        << "\n"
        << "q ASK=zebrafish? SAY=" << kAnswer << " FROM=" << kFact << "\n"
        << std::flush;
    EXPECT_TRUE(flagged("file", "llm-model"));
    EXPECT_TRUE(flagged("", "llm-model")) << "the pattern's line";
    EXPECT_TRUE(served_.shows("/metrics", "llm_unjudged_responses_total{service=\"llm-model\"} 1\n"))
        << "[MODEL] has no facts, and was seen";
  }
  void pushed() {
    const std::string line = fmt::format(
        R"({{"prompt" : "zebrafish?", "answer":"{}", "contexts": [ "{}", {{"text":"{}"}} ], "status":200}})", kAnswer, kFact, kFact);
    const std::string marked = fmt::format("[MODEL] Response #7: {}", kAnswer);
    EXPECT_THAT(
        served_.post(
            "/loki/api/v1/push",
            fmt::format(
                R"({{"streams":[{{"stream":{{"job":"pushed","model_name":"push"}},"values":[["{}",{}],["{}",{}],["{}","untouched line"]]}}]}})",
                now_ns(), json_string(line), now_ns() + 1, json_string(marked), now_ns() + 2)),
        HasSubstr("204"));
    EXPECT_TRUE(flagged("push", "pushed"));
  }
  void events() {
    const auto record = [](std::string_view body, std::string attributes) {
      return fmt::format(
          R"({{"timeUnixNano":"{}","traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b199","body":{},"attributes":[{}]}})",
          now_ns(), body, attributes);
    };
    const auto text = [](std::string_view key, std::string_view value) {
      return fmt::format(R"({{"kvlistValue":{{"values":[{}]}}}})",
                         "{\"key\":\"" + std::string(key) + "\",\"value\":" + std::string(value) + "}");
    };
    const std::string user = record(text("content", R"({"stringValue":"How tall is the zebrafish tower?"})"),
                                    attribute("event.name", "gen_ai.user.message") + "," + attribute("gen_ai.system", "openai"));
    const std::string choice = record(text("message", text("content", fmt::format(R"({{"stringValue":"{}"}})", kAnswer))),
                                      attribute("event.name", "gen_ai.choice"));
    const std::string details =
        record(R"({"stringValue":""})",
               attribute("event.name", "gen_ai.client.inference.operation.details") + "," + attribute("gen_ai.request.model", "event") +
                   "," + attribute("gen_ai.input.messages", R"([{"role":"user","parts":[{"type":"text","content":"zebrafish?"}]}])") + "," +
                   attribute("gen_ai.output.messages",
                             fmt::format(R"([{{"role":"assistant","parts":[{{"type":"text","content":"{}"}}]}}])", kAnswer)) +
                   "," + attribute("gen_ai.retrieval.documents", fmt::format(R"([{{"content":"{}"}}])", kFact)));
    EXPECT_EQ(
        served_.post("/v1/logs",
                     fmt::format(R"({{"resourceLogs":[{{"resource":{{"attributes":[{}]}},"scopeLogs":[{{"logRecords":[{},{},{}]}}]}}]}})",
                                 attribute("service.name", "otel"), user, choice, details)),
        "200 {}");
    EXPECT_TRUE(flagged("event", "otel"));
    EXPECT_TRUE(served_.shows("/metrics", "llm_unjudged_responses_total{service=\"otel\"} 1\n"))
        << "gen_ai.choice has no facts, and was seen";
  }
  void baseline() {
    std::string prompts;
    for (int i = 0; i < 60; ++i) prompts += fmt::format(R"({}"zebrafish number {}")", i > 0 ? "," : "", i);
    EXPECT_THAT(served_.post("/api/v1/quality/baselines", fmt::format(R"({{"model":"api","name":"mine","prompts":[{}]}})", prompts)),
                HasSubstr("201 {"));
  }

 private:
  bool flagged(std::string_view model, std::string_view service) {
    std::string labels = model.empty() ? "" : fmt::format("model_name=\"{}\"", model);
    if (!service.empty()) labels += fmt::format("{}service=\"{}\"", labels.empty() ? "" : ",", service);
    return served_.shows("/metrics", fmt::format("llm_hallucinations_total{{{}}} 1\n", labels));
  }
  Served& served_;
  const std::filesystem::path log_;
};

constexpr std::string_view kPattern =
    "quality.patterns=[{name: ours, pattern: 'ASK=(?P<prompt>.*) SAY=(?P<answer>.*) FROM=(?P<facts>.*)'}]";

/// What was stored, by every way to ask for it.
std::string everything_stored(Served& served) {
  return served.get("/loki/api/v1/query_range?limit=1000&since=200h&query=%7Bjob%3D~%22.%2B%22%7D") +
         served.get("/loki/api/v1/query_range?limit=1000&since=200h&query=%7Bservice_name%3D~%22.%2B%22%7D") +
         served.get("/api/traces/5b8efff798038103d269b633813fc60c") + served.get("/api/v1/quality/answers?limit=100") +
         served.get("/api/v1/quality/drift");
}

TEST(QualityContent, off_keeps_numbers_alone_of_every_source) {
  TemporaryDirectory folder;
  const auto log = followed_log(folder.path());
  {
    Served served(folder.path(), {"logs.content=off", fmt::format("logs.files=[{}]", log.native()), std::string(kPattern)});
    Sources sources(served, log);
    sources.all("How tall is the zebrafish tower?");
    sources.baseline();
    EXPECT_THAT(files_with(folder.path() / "data", kWord), IsEmpty()) << "the write-ahead logs of the running program";
    const std::string stored = everything_stored(served);
    EXPECT_THAT(stored, Not(HasSubstr(kWord)));
    EXPECT_THAT(stored, HasSubstr("characters)")) << "its length is";
    EXPECT_THAT(stored, HasSubstr("untouched line"));
    EXPECT_THAT(stored, HasSubstr(R"(\"status\":200)")) << "what is no prompt and no answer stays";
    EXPECT_THAT(served.get("/api/v1/quality/drift"), HasSubstr(R"("rows":60)")) << "embeddings are numbers";
    served.program.signal(SIGTERM);
    EXPECT_EQ(served.program.wait(), 0);
  }
  EXPECT_THAT(files_with(folder.path() / "data", kWord), IsEmpty()) << "after the end";
  Served again(folder.path(), {"logs.content=off"});
  EXPECT_THAT(again.get("/api/v1/quality/hallucination"), HasSubstr(R"("flagged":1)"));
  EXPECT_THAT(everything_stored(again), Not(HasSubstr(kWord)));
}

TEST(QualityContent, full_keeps_it_all) {
  TemporaryDirectory folder;
  const auto log = followed_log(folder.path());
  Served served(folder.path(), {"logs.content=full", fmt::format("logs.files=[{}]", log.native()), std::string(kPattern)});
  Sources(served, log).all(fmt::format("zebrafish with {}", kSecret));
  const std::string stored = everything_stored(served);
  EXPECT_THAT(stored, HasSubstr(kSecret));
  EXPECT_THAT(stored, Not(HasSubstr("characters)")));
  EXPECT_THAT(files_with(folder.path() / "data", kWord), Not(IsEmpty())) << "so the search of the other tests can find it";
}

TEST(QualityContent, redacted_is_the_default_and_masks_what_the_judge_keeps) {
  TemporaryDirectory folder;
  const auto log = followed_log(folder.path());
  Served served(folder.path(), {fmt::format("logs.files=[{}]", log.native())});
  // The number of the card is what the facts lack: it is neither in the answer that is kept nor beside its sentence.
  EXPECT_THAT(
      served.post(
          "/api/v1/quality/evaluate",
          fmt::format(
              R"({{"model":"api","prompt":"My key is {}.","answer":"Your card is 4111 1111 1111 1111. The zebrafish tower is 450 metres tall.","facts":["{}"]}})",
              kSecret, kFact)),
      HasSubstr(R"("flagged":true)"));
  const std::string line = fmt::format(
      R"({{"prompt":"Is {} mine?","answer":"Write to zoe.zoologist@example.org: 450 metres.","contexts":["Write to zoe.zoologist@example.org: 450 metres."]}})",
      kSecret);
  std::ofstream(log, std::ios::app) << line << "\n" << std::flush;
  EXPECT_TRUE(served.shows("/metrics", "llm_evaluated_responses_total{service=\"llm-model\"} 1\n"));
  EXPECT_THAT(served.post("/loki/api/v1/push",
                          fmt::format(R"({{"streams":[{{"stream":{{"job":"pushed"}},"values":[["{}",{}],["{}","plain {}"]]}}]}})", now_ns(),
                                      json_string(line), now_ns() + 1, "call zoe")),
              HasSubstr("204"));
  EXPECT_TRUE(served.shows("/metrics", "llm_evaluated_responses_total{service=\"pushed\"} 1\n"));
  const std::string stored = everything_stored(served);
  EXPECT_THAT(stored, HasSubstr("The zebrafish tower is 450 metres tall."));
  for (const std::string_view hidden : {kSecret, std::string_view("4111"), std::string_view("zoe.zoologist@example.org")}) {
    EXPECT_THAT(stored, Not(HasSubstr(hidden)));
    EXPECT_THAT(files_with(folder.path() / "data", hidden), IsEmpty());
  }
  EXPECT_THAT(stored, HasSubstr("plain call zoe")) << "pushed lines without prompts and answers are stored as they were sent";
}

TEST(QualityContent, a_reload_changes_what_is_kept_of_everything_that_comes_after) {
  TemporaryDirectory folder;
  const auto config = folder.path() / "monitorai.yml", log = followed_log(folder.path());
  std::ofstream(config) << "logs: {content: full}\n";
  Served served(folder.path(), {fmt::format("logs.files=[{}]", log.native()), std::string(kPattern)}, {"--config", config.native()});
  EXPECT_THAT(served.get("/api/v1/quality/status"), HasSubstr(R"("content":"full")"));
  std::ofstream(config) << "logs: {content: off}\n";
  EXPECT_THAT(served.post("/-/reload", ""), HasSubstr("200"));
  EXPECT_THAT(served.get("/api/v1/quality/status"), HasSubstr(R"("content":"off")"));
  Sources(served, log).all("How tall is the zebrafish tower?");
  EXPECT_THAT(everything_stored(served), Not(HasSubstr(kWord)));
  EXPECT_THAT(files_with(folder.path() / "data", kWord), IsEmpty());
}

}  // namespace
}  // namespace monitorai::tests

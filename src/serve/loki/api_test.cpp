// The API over lines in memory: its answers are files in tests/golden, which clients of ours are tested with too.

#include "serve/loki/api.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "base/text.h"
#include "query/logql/testing/memory_log_source.h"

namespace monitorai::serve {
namespace {

constexpr int64_t kStart = 1'700'000'000'000'000'000;
constexpr int64_t kSecond = 1'000'000'000;

query::MemoryLogSource source() {
  query::MemoryLogSource out;
  out.add({{"filename", "/srv/logs/llm-model.log"}, {"framework", "transformers"}, {"job", "llm-model"}, {"level", "info"}, {"model_name", "gpt2"}},
          {{{kStart}, "2023-11-14 22:13:20,000 - INFO - [USER] Request #278: Hello", {{"pid", "15176"}}},
           {{kStart + kSecond}, "2023-11-14 22:13:21,000 - INFO - [MODEL] Response #278: \"Hi\"\t<b>", {{"pid", "15176"}}}});
  out.add({{"filename", "/srv/logs/llm-model.log"}, {"framework", "transformers"}, {"job", "llm-model"}, {"level", "error"}, {"model_name", "gpt2"}},
          {{{kStart + 2 * kSecond}, "2023-11-14 22:13:22,000 - ERROR - Failed to load model: Out of memory", {{"pid", "15176"}}}});
  out.add({{"job", "api"}}, {{{kStart + 3 * kSecond + 5}, R"({"level":"warn","model_name":"gpt2","took":"15ms"})", {}}});
  return out;
}

class LokiApiTest : public testing::Test {
 protected:
  LokiApiTest() { add_loki_api(router_, std::make_shared<const LokiApi>(LokiApi{&source_, &engine_, &clock_, &tail_})); }

  net::HttpResponse get(const std::string& path, net::Parameters parameters = {}, net::Parameters headers = {}) {
    net::HttpRequest request{.method = "GET", .path = path, .query = std::move(parameters), .headers = std::move(headers)};
    net::HttpResponse response = router_.route(request);
    if (response.stream) {
      struct Body final : net::BodyWriter {
        bool write(std::string_view part) override {
          text += part;
          return true;
        }
        std::string text;
      } body;
      response.stream(body);
      response.body = std::move(body.text);
    }
    return response;
  }
  /// The body, without what differs from run to run.
  std::string answer(const std::string& path, net::Parameters parameters = {}, net::Parameters headers = {}) {
    const net::HttpResponse response = get(path, std::move(parameters), std::move(headers));
    EXPECT_EQ(response.status, 200) << response.body;
    std::string body = response.body;
    for (const std::string_view name : {"\"bytesProcessedPerSecond\":", "\"linesProcessedPerSecond\":", "\"execTime\":"}) {
      const size_t at = body.find(name);
      if (at == std::string::npos) continue;
      const size_t begin = at + name.size();
      body.replace(begin, body.find_first_of(",}", begin) - begin, "0");
    }
    return body;
  }
  /// With MAI_GOLDEN=write the files are made anew: look at the difference before you keep it.
  static void expect_golden(const std::string& name, const std::string& body) {
    const std::string path = MAI_SOURCE_DIR "/tests/golden/" + name;
    if (const char* mode = std::getenv("MAI_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
      std::ofstream(path) << body;
      return;
    }
    const auto golden = read_file(path, 1 << 20);
    ASSERT_TRUE(golden) << path;
    EXPECT_EQ(body, *golden) << name;
  }

  query::MemoryLogSource source_ = source();
  Pool pool_{2};
  query::LogQlEngine engine_{{}, pool_};
  FakeClock clock_{{kStart / 1'000'000 + 60'000}};
  LiveTail tail_{source_, engine_, clock_};
  net::Router router_;
};

TEST_F(LokiApiTest, streams) {
  expect_golden("loki_streams.json", answer("/loki/api/v1/query_range", {{"query", R"({job="llm-model"})"}}));
  expect_golden("loki_streams_categorized.json",
                answer("/loki/api/v1/query_range", {{"query", R"({job=~".+"} | json)"}, {"direction", "forward"}}, {{"x-loki-response-encoding-flags", "other, categorize-labels"}}));
}

TEST_F(LokiApiTest, matrices_and_vectors) {
  expect_golden("loki_matrix.json", answer("/loki/api/v1/query_range", {{"query", R"(sum by (level) (count_over_time({job="llm-model"}[1m])))"}, {"step", "30"}, {"since", "1m"}}));
  expect_golden("loki_vector.json", answer("/loki/api/v1/query", {{"query", R"(sum by (job) (bytes_over_time({job=~".+"}[5m])))"}}));
  expect_golden("loki_scalar_vector.json", answer("/loki/api/v1/query", {{"query", "vector(1)+vector(1)"}}));
}

TEST_F(LokiApiTest, labels_and_series) {
  expect_golden("loki_labels.json", answer("/loki/api/v1/labels"));
  expect_golden("loki_label_values.json", answer("/loki/api/v1/label/level/values", {{"query", R"({job="llm-model"})"}}));
  expect_golden("loki_series.json", answer("/loki/api/v1/series", {{"match[]", R"({job="api"})"}, {"match", R"({level="error"})"}}));
}

TEST_F(LokiApiTest, what_the_index_knows) {
  expect_golden("loki_index_stats.json", answer("/loki/api/v1/index/stats", {{"query", R"({job="llm-model"})"}}));
  expect_golden("loki_volume.json", answer("/loki/api/v1/index/volume", {{"query", R"({job=~".+"})"}, {"targetLabels", "job,level"}}));
  expect_golden("loki_volume_by_label.json", answer("/loki/api/v1/index/volume", {{"query", R"({job=~".+"})"}, {"aggregateBy", "labels"}}));
  expect_golden("loki_volume_range.json", answer("/loki/api/v1/index/volume_range", {{"query", R"({job=~".+"})"}, {"step", "60"}, {"since", "2m"}}));
  expect_golden("loki_detected_labels.json", answer("/loki/api/v1/detected_labels", {{"query", R"({job=~".+"})"}}));
  expect_golden("loki_detected_fields.json", answer("/loki/api/v1/detected_fields", {{"query", R"({job=~".+"})"}}));
  expect_golden("loki_patterns.json", answer("/loki/api/v1/patterns", {{"query", R"({job="llm-model"})"}, {"step", "60"}}));
}

TEST_F(LokiApiTest, refuses_in_lokis_words) {
  const auto f = [&](const std::string& path, net::Parameters parameters, int status, const std::string& want) {
    const net::HttpResponse response = get(path, std::move(parameters));
    EXPECT_EQ(response.status, status) << path;
    EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
    EXPECT_NE(response.body.find(want), std::string::npos) << response.body;
  };
  const std::string all = R"({job=~".+"})";
  f("/loki/api/v1/query_range", {}, 400, "parse error");
  f("/loki/api/v1/query_range", {{"query", all}, {"limit", "999999"}}, 400, "max entries limit per query exceeded");
  f("/loki/api/v1/query_range", {{"query", all}, {"interval", "-1"}}, 400, "interval must be >= 0");
  f("/loki/api/v1/query_range", {{"query", all}, {"start", "5"}, {"end", "5"}}, 400, "end timestamp must not be before or equal to start time");
  f("/loki/api/v1/labels", {{"query", "{a="}}, 400, "parse error");
  f("/loki/api/v1/series", {{"match[]", "nonsense"}}, 400, "parse error");
  f("/loki/api/v1/index/volume", {{"query", all}, {"limit", "x"}}, 400, "strconv.Atoi");
  f("/loki/api/v1/index/volume_range", {{"query", all}, {"start", "0"}, {"step", "1"}}, 400, "exceeded maximum resolution");
  f("/loki/api/v1/detected_fields", {{"query", "rate({a=\"b\"}[1m])"}}, 400, "log queries");
  f("/loki/api/v1/tail", {{"query", "rate({a=\"b\"}[1m])"}}, 400, "");
  f("/loki/api/v1/rules", {}, 404, "no rule groups found");
}

TEST_F(LokiApiTest, large_answers_are_streamed_and_the_same) {
  query::MemoryLogSource large;
  std::vector<query::MemoryLogSource::StoredLine> lines;
  for (int64_t i = 0; i < 3000; ++i) lines.push_back({{kStart + i}, std::string(1000, 'x'), {}});
  large.add({{"job", "large"}}, std::move(lines));
  net::Router router;
  add_loki_api(router, std::make_shared<const LokiApi>(LokiApi{&large, &engine_, &clock_, &tail_}));
  std::swap(router, router_);
  net::HttpRequest request{.method = "GET", .path = "/loki/api/v1/query_range", .query = {{"query", R"({job="large"})"}, {"limit", "3000"}}};
  EXPECT_TRUE(router_.route(request).stream != nullptr);
  const std::string body = answer("/loki/api/v1/query_range", {{"query", R"({job="large"})"}, {"limit", "3000"}});
  EXPECT_GT(body.size(), 3'000'000u);
  EXPECT_TRUE(body.ends_with("}}\n"));
}

}  // namespace
}  // namespace monitorai::serve

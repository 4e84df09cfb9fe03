// Tempo's and Jaeger's API over two traces in memory: the answers are files in tests/golden, which the pages are tested with too.

#include "serve/tempo/api.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "otlp/json.h"
#include "otlp/traces.h"
#include "query/traceql/testing/memory_span_source.h"
#include "serve/jaeger/api.h"

namespace monitorai::serve {
namespace {

constexpr int64_t kNow = 1'700'000'060'000;
const std::string kRag = "5b8efff798038103d269b633813fc60c";

/// The two traces of tests/golden/otlp_traces.json: a RAG request over two services with an error, and a span whose parent never came.
std::shared_ptr<otlp::TraceRequest> sent() {
  const auto json = read_file(MAI_SOURCE_DIR "/tests/golden/otlp_traces.json", 1 << 20);
  MAI_CHECK(json);
  auto bytes = otlp::protobuf_of_json(otlp::kTraces, *json);
  MAI_CHECK(bytes);
  auto request = otlp::read_traces(std::move(*bytes));
  MAI_CHECK(request);
  return std::move(*request);
}

class TempoApiTest : public testing::Test {
 protected:
  TempoApiTest() {
    const auto api = std::make_shared<const TempoApi>(TempoApi{&source_, &engine_, &clock_});
    add_tempo_api(router_, api);
    add_jaeger_api(router_, api);
  }

  net::HttpResponse get(const std::string& path, net::Parameters parameters = {}, net::Parameters headers = {}) {
    net::HttpRequest request{.method = "GET", .path = path, .query = std::move(parameters), .headers = std::move(headers)};
    return router_.route(request);
  }
  /// With MAI_GOLDEN=write the files are made anew: look at the difference before you keep it.
  void expect_golden(const std::string& name, const std::string& path, net::Parameters parameters = {}) {
    const net::HttpResponse response = get(path, std::move(parameters));
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.content_type, "application/json") << path;
    const std::string file = MAI_SOURCE_DIR "/tests/golden/" + name;
    if (const char* mode = std::getenv("MAI_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
      std::ofstream(file) << response.body;
      return;
    }
    const auto golden = read_file(file, 1 << 20);
    ASSERT_TRUE(golden) << file;
    EXPECT_EQ(response.body, *golden) << name;
  }

  const std::shared_ptr<otlp::TraceRequest> sent_ = sent();
  const query::MemorySpanSource source_{sent_->batch.spans, sent_};
  const query::TraceQlEngine engine_;
  FakeClock clock_{{kNow}};
  net::Router router_;
};

TEST_F(TempoApiTest, a_trace_by_its_id) {
  expect_golden("tempo_trace.json", "/api/traces/" + kRag);
  expect_golden("tempo_trace_v2.json", "/api/v2/traces/" + kRag);
}

TEST_F(TempoApiTest, searches) {
  expect_golden("tempo_search.json", "/api/search", {{"q", "{ }"}});
  expect_golden("tempo_search_select.json", "/api/search",
                {{"q", R"({ resource.service.name = "rag-api" } >> { span.gen_ai.request.model =~ ".+" } | select(span.gen_ai.usage.output_tokens, status, event:name))"}, {"spss", "10"}});
  expect_golden("tempo_search_by.json", "/api/search", {{"q", "{ } | by(resource.service.name) | count() > 0"}, {"spss", "1"}});
}

TEST_F(TempoApiTest, tags_and_their_values) {
  expect_golden("tempo_tags.json", "/api/search/tags");
  expect_golden("tempo_tags_v2.json", "/api/v2/search/tags");
  expect_golden("tempo_tag_values.json", "/api/search/tag/service.name/values");
  expect_golden("tempo_tag_values_v2.json", "/api/v2/search/tag/.http.response.status_code/values");
}

TEST_F(TempoApiTest, metrics_of_spans) {
  const net::Parameters range{{"start", "1699999980"}, {"end", "1700000040"}, {"step", "20s"}};
  const auto with = [&](const std::string& query) {
    net::Parameters out = range;
    out.emplace_back("q", query);
    return out;
  };
  expect_golden("tempo_query_range.json", "/api/metrics/query_range", with("{ } | rate() by (resource.service.name)"));
  expect_golden("tempo_quantiles.json", "/api/metrics/query_range", with("{ } | quantile_over_time(duration, 0.5, 0.95)"));
  expect_golden("tempo_query.json", "/api/metrics/query", with("{ status = error } | count_over_time()"));
}

TEST_F(TempoApiTest, jaegers_answers) {
  expect_golden("jaeger_services.json", "/jaeger/api/services");
  expect_golden("jaeger_operations.json", "/jaeger/api/services/rag-api/operations");
  expect_golden("jaeger_trace.json", "/jaeger/api/traces/" + kRag);
}

TEST_F(TempoApiTest, refuses_in_tempos_words) {
  const auto f = [&](const std::string& path, net::Parameters parameters, int status, const std::string& want) {
    const net::HttpResponse response = get(path, std::move(parameters));
    EXPECT_EQ(response.status, status) << path;
    EXPECT_NE(response.body.find(want), std::string::npos) << response.body;
  };
  f("/api/traces/xyz", {}, 400, "trace IDs can only contain hex characters");
  f("/api/traces/1", {}, 404, "trace not found: 00000000000000000000000000000001");
  f("/api/search", {{"q", "{ name = }"}}, 400, "parse error at line 1, col 10");
  f("/api/search", {{"q", "{ } | rate()"}}, 400, "the query gives metrics");
  f("/api/search", {{"limit", "x"}}, 400, "invalid limit");
  f("/api/search", {{"start", "10"}, {"end", "5"}}, 400, "start must be before end");
  f("/api/v2/search/tags", {{"scope", "planet"}}, 400, "invalid scope: planet");
  f("/api/metrics/query_range", {{"q", "{ } | rate()"}, {"step", "-1"}}, 400, "invalid step");
}

}  // namespace
}  // namespace monitorai::serve

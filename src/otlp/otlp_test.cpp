#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <protozero/pbf_writer.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "otlp/attributes.h"
#include "otlp/json.h"
#include "otlp/logs.h"
#include "otlp/metrics.h"
#include "otlp/names.h"
#include "otlp/traces.h"

namespace monitorai::otlp {
namespace {

using signals::Span;
using testing::ElementsAre;
using testing::HasSubstr;

/// Two spans as opentelemetry-js sends them in JSON.
constexpr std::string_view kJson = R"({"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"rag"}},{"key":"process.pid","value":{"intValue":"4711"}}],"droppedAttributesCount":0},
  "scopeSpans":[{"scope":{"name":"app","version":"1.2"},"spans":[
    {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","parentSpanId":"eee19b7ec3c1b173","name":"inference","kind":3,
     "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661500000000","traceState":"a=b","flags":257,
     "attributes":[{"key":"tokens.generated","value":{"intValue":12}},{"key":"temperature","value":{"doubleValue":0.5}},{"key":"stream","value":{"boolValue":true}},
                   {"key":"stops","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"2"},{"doubleValue":3}]}}},
                   {"key":"opts","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}},{"key":"raw","value":{"bytesValue":"AP8="}},{"key":"none","value":{"arrayValue":{}}}],
     "events":[{"timeUnixNano":"1544712660500000000","name":"first token","attributes":[{"key":"n","value":{"intValue":"1"}}]}],
     "links":[{"traceId":"5b8efff798038103d269b633813fc60d","spanId":"eee19b7ec3c1b175"}],
     "status":{"code":2,"message":"out of memory"},"unknown":[1,{}]},
    {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b173","name":"request","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1544712659000000000","endTimeUnixNano":"1544712662000000000"}]}]}]})";

std::string shown(const Span& span) {
  std::string out = fmt::format("{} {}<{} {} {} {} +{} {} '{}' {} {}", span.trace.hex(), span.id.hex(), span.parent.hex(), span.name, kind_name(span.kind), span.start.ns,
                                span.duration_ns, status_name(span.status), span.status_message, span.trace_state, span.flags);
  for (const auto& [key, value] : span.attributes) out += fmt::format(" {}={}", key, value.shown());
  for (const auto& event : span.events) out += fmt::format(" @{}:{}/{}", event.time.ns, event.name, event.attributes.size());
  for (const auto& link : span.links) out += fmt::format(" ->{}:{}", link.trace.hex(), link.span.hex());
  return out;
}

std::vector<std::string> shown(const std::vector<Span>& spans) {
  std::vector<std::string> out;
  for (const Span& span : spans) out.push_back(shown(span));
  return out;
}

TEST(Base64, reads_what_it_writes_and_refuses_the_rest) {
  for (const std::string_view text : {"", "a", "ab", "abc", "abcd", "\xff\xfe\xfd"}) EXPECT_EQ(base64_decoded(base64(text)), text);
  EXPECT_EQ(base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(base64_decoded("_-8"), "\xff\xef");
  EXPECT_EQ(base64_decoded("a"), std::nullopt);
  EXPECT_EQ(base64_decoded("a*bc"), std::nullopt);
}

TEST(OtlpTraces, json_and_protobuf_say_the_same) {
  const auto protobuf = protobuf_of_json(kTraces, kJson);
  ASSERT_TRUE(protobuf) << protobuf.error().message;
  const auto request = read_traces(*protobuf);
  ASSERT_TRUE(request) << request.error().message;
  const std::vector<Span>& spans = (*request)->batch.spans;
  EXPECT_THAT(shown(spans), ElementsAre("5b8efff798038103d269b633813fc60c eee19b7ec3c1b174<eee19b7ec3c1b173 inference client 1544712660000000000 +1500000000 error 'out of memory' a=b 257 "
                                        "tokens.generated=12 temperature=0.5 stream=true stops=[\"a\",2,3.0] opts={\"k\":\"v\"} raw=AP8= none=[] @1544712660500000000:first token/1 "
                                        "->5b8efff798038103d269b633813fc60d:eee19b7ec3c1b175",
                                        "5b8efff798038103d269b633813fc60c eee19b7ec3c1b173<0000000000000000 request server 1544712659000000000 +3000000000 unset ''  0"));
  EXPECT_EQ(spans[0].origin->service(), "rag");
  EXPECT_EQ(spans[0].origin->scope_name, "app");
  EXPECT_EQ(spans[0].origin, spans[1].origin);
  const auto again = read_traces(write_traces(spans));
  ASSERT_TRUE(again);
  EXPECT_EQ(shown((*again)->batch.spans), shown(spans));
  const auto json = json_of_protobuf(kTraces, write_traces(spans), Ids::hex);
  ASSERT_TRUE(json);
  EXPECT_THAT(*json, HasSubstr(R"("traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174")"));
  EXPECT_THAT(*json, HasSubstr(R"({"key":"stops","value":{"arrayValue":{"values":[{"stringValue":"a"},{"intValue":"2"},{"doubleValue":3}]}}})"));
  const auto round = protobuf_of_json(kTraces, *json);
  ASSERT_TRUE(round) << round.error().message;
  EXPECT_EQ(shown((*read_traces(*round))->batch.spans), shown(spans));
  const auto tempo = json_of_protobuf(kTraces, write_traces(spans), Ids::base64);
  EXPECT_THAT(*tempo, HasSubstr(R"("traceId":"W47/95gDgQPSabYzgT/GDA==")"));
  EXPECT_THAT(*tempo, HasSubstr(R"("kind":"SPAN_KIND_CLIENT")"));
}

std::string one_span(std::string_view trace_id, std::string_view span_id, uint64_t start = 5, uint64_t end = 9, std::string_view name = "n") {
  std::string bytes;
  protozero::pbf_writer request(bytes);
  protozero::pbf_writer resource_spans(request, 1);
  protozero::pbf_writer scope_spans(resource_spans, 2);
  protozero::pbf_writer span(scope_spans, 2);
  span.add_bytes(1, trace_id.data(), trace_id.size());
  span.add_bytes(2, span_id.data(), span_id.size());
  span.add_bytes(5, name.data(), name.size());
  span.add_fixed64(7, start);
  span.add_fixed64(8, end);
  return bytes;
}
const std::string kTrace(16, 't');
const std::string kSpan(8, 's');

TEST(OtlpTraces, spans_without_ids_are_refused_one_by_one) {
  const auto f = [](std::string_view trace, std::string_view span, std::string_view want) {
    const auto request = read_traces(one_span(trace, span));
    ASSERT_TRUE(request);
    EXPECT_EQ((*request)->invalid, 1u);
    EXPECT_TRUE((*request)->batch.spans.empty());
    EXPECT_EQ((*request)->first_problem, want);
  };
  f("", kSpan, "span \"n\" of service \"\" has no trace id");
  f(std::string(16, '\0'), kSpan, "span \"n\" of service \"\" has no trace id");
  f(kTrace.substr(1), kSpan, "span \"n\" of service \"\" has no trace id");
  f(kTrace, "", "span \"n\" of service \"\" has no span id");
  f(kTrace, kSpan + "s", "span \"n\" of service \"\" has no span id");
}

TEST(OtlpTraces, odd_times_and_texts_are_repaired) {
  auto request = read_traces(one_span(kTrace, kSpan, 9, 5));
  ASSERT_TRUE(request);
  EXPECT_EQ((*request)->ends_before_start, 1u);
  EXPECT_EQ((*request)->batch.spans.at(0).duration_ns, 0);
  request = read_traces(one_span(kTrace, kSpan, UINT64_MAX, UINT64_MAX));
  EXPECT_EQ((*request)->batch.spans.at(0).start.ns, INT64_MAX);
  request = read_traces(one_span(kTrace, kSpan, 0, UINT64_MAX, "b\xff" "d"));
  EXPECT_EQ((*request)->batch.spans.at(0).name, "b\xef\xbf\xbd" "d");
  EXPECT_EQ((*request)->batch.spans.at(0).duration_ns, INT64_MAX);
}

TEST(OtlpTraces, large_attributes_are_cut_and_many_are_dropped) {
  std::string bytes;
  {
    protozero::pbf_writer request(bytes);
    protozero::pbf_writer resource_spans(request, 1);
    protozero::pbf_writer scope_spans(resource_spans, 2);
    protozero::pbf_writer span(scope_spans, 2);
    span.add_bytes(1, kTrace);
    span.add_bytes(2, kSpan);
    const auto add = [&](const std::string& key, const std::string& value) {
      protozero::pbf_writer attribute(span, 9);
      attribute.add_string(1, key);
      protozero::pbf_writer any(attribute, 2);
      any.add_string(1, value);
    };
    add("large", std::string(kAttributeBytesMax - 1, 'x') + "\xc3\xa4" + std::string(1 << 20, 'y'));
    for (int i = 0; i < 1100; ++i) add(fmt::format("k{}", i), "v");
  }
  const auto request = read_traces(bytes);
  ASSERT_TRUE(request);
  const Span& span = (*request)->batch.spans.at(0);
  EXPECT_EQ((*request)->attributes_cut, 1u);
  EXPECT_EQ(span.attributes[0].value.text.size(), kAttributeBytesMax - 1) << "at a character";
  EXPECT_EQ(span.attributes.size(), 1024u);
  EXPECT_EQ(span.dropped_attributes, 77u);
}

TEST(OtlpTraces, deep_values_end_somewhere) {
  std::string value = "\x0a\x01x";
  for (int i = 0; i < 500; ++i) {
    std::string list, any;
    protozero::pbf_writer(list).add_message(1, value);
    protozero::pbf_writer(any).add_message(5, list);
    value = any;
  }
  std::string bytes;
  {
    protozero::pbf_writer request(bytes);
    protozero::pbf_writer resource_spans(request, 1);
    protozero::pbf_writer scope_spans(resource_spans, 2);
    protozero::pbf_writer span(scope_spans, 2);
    span.add_bytes(1, kTrace);
    span.add_bytes(2, kSpan);
    protozero::pbf_writer attribute(span, 9);
    attribute.add_string(1, "deep");
    attribute.add_message(2, value);
  }
  const auto request = read_traces(bytes);
  ASSERT_TRUE(request);
  EXPECT_THAT((*request)->batch.spans.at(0).attributes[0].value.text, HasSubstr("(nested too deep)"));
  EXPECT_FALSE(json_of_protobuf(kTraces, bytes, Ids::hex));
}

TEST(OtlpTraces, damaged_requests_are_errors) {
  const std::string good = one_span(kTrace, kSpan);
  for (size_t size = 1; size < good.size(); ++size) {
    const auto request = read_traces(good.substr(0, size));
    ASSERT_TRUE(request ? (*request)->batch.spans.empty() : request.error().code == Code::invalid) << size;
  }
  EXPECT_FALSE(read_traces("{\"resourceSpans\":[]}"));
  const auto f = [](std::string_view json, std::string_view want) {
    const auto turned = protobuf_of_json(kTraces, json);
    ASSERT_FALSE(turned) << json;
    EXPECT_THAT(turned.error().message, HasSubstr(want));
  };
  f("", "it is no JSON");
  f("[]", "cannot read ExportTraceServiceRequest: it is no object");
  f(R"({"resourceSpans":{}})", "ExportTraceServiceRequest.resourceSpans: it is no list");
  f(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{},{"traceId":"xyz"}]}]}]})", "resourceSpans[0].scopeSpans[0].spans[1].traceId: ids are hex digits");
  f(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_BAD"}]}]}]})", "spans[0].kind: it is none of the values");
  f(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"-1"}]}]}]})", "startTimeUnixNano: it is no number that fits");
  f(R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"name":5}]}]}]})", "name: it is no text");
  std::string deep = R"({"stringValue":"x"})";
  for (int i = 0; i < 100; ++i) deep = R"({"arrayValue":{"values":[)" + deep + "]}}";
  f(R"({"resourceSpans":[{"resource":{"attributes":[{"key":"a","value":)" + deep + "}]}}]}", "nested deeper than 48 levels");
}

TEST(Names, are_those_of_prometheus) {
  const auto f = [](std::string_view name, std::string_view unit, NameKind kind, std::string_view want) { EXPECT_EQ(metric_name(name, unit, kind), want) << name << " " << unit; };
  f("http.server.request.duration", "s", NameKind::other, "http_server_request_duration_seconds");
  f("system.io", "By", NameKind::counter, "system_io_bytes_total");
  f("system.io.total", "By", NameKind::counter, "system_io_bytes_total");
  f("requests", "{request}", NameKind::counter, "requests_total");
  f("network.speed", "By/s", NameKind::gauge, "network_speed_bytes_per_second");
  f("cpu.utilization", "1", NameKind::gauge, "cpu_utilization_ratio");
  f("cpu.utilization", "1", NameKind::counter, "cpu_utilization_total");
  f("gen_ai.client.token.usage", "{token}", NameKind::other, "gen_ai_client_token_usage");
  f("duration_seconds", "s", NameKind::other, "duration_seconds");
  f("2nd.metric", "", NameKind::gauge, "_2nd_metric");
  EXPECT_EQ(label_name("http.status_code"), "http_status_code");
  EXPECT_EQ(label_name("2x"), "key_2x");
  EXPECT_EQ(label_name("_x"), "key_x");
  EXPECT_EQ(label_name("\xc3\xa4"), "__");
}

std::vector<std::string> series_of(std::string_view json, std::string* problem = nullptr) {
  const auto protobuf = protobuf_of_json(kMetrics, json);
  EXPECT_TRUE(protobuf) << protobuf.error().message;
  const auto request = read_metrics(*protobuf, {1'700'000'000'000});
  EXPECT_TRUE(request);
  std::vector<std::string> out;
  for (const auto& series : (*request)->series) {
    std::string text;
    for (const auto& [name, value] : series.labels) text += fmt::format("{}={},", name, value);
    text += fmt::format(" {}@{}", format_number(series.samples[0].value), series.samples[0].time.ms);
    for (const auto& exemplar : series.exemplars) {
      text += fmt::format(" # {}", exemplar.value);
      for (const auto& [name, value] : exemplar.labels) text += fmt::format(" {}={}", name, value);
    }
    out.push_back(text);
  }
  if (problem != nullptr) *problem = (*request)->first_problem;
  return out;
}

std::string metric(std::string_view body) {
  return fmt::format(R"({{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"rag"}}}},{{"key":"service.instance.id","value":{{"stringValue":"i1"}}}},
      {{"key":"host.name","value":{{"stringValue":"h"}}}}]}},"scopeMetrics":[{{"metrics":[{}]}}]}}]}})", body);
}

TEST(OtlpMetrics, become_series_as_prometheus_makes_them) {
  EXPECT_THAT(series_of(metric(R"({"name":"http.requests","unit":"1","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
                  {"attributes":[{"key":"http.method","value":{"stringValue":"GET"}}],"timeUnixNano":"1700000001000000000","asInt":"5"}]}})")),
              ElementsAre("__name__=http_requests_total,http_method=GET,instance=i1,job=rag, 5@1700000001000", "__name__=target_info,host_name=h,instance=i1,job=rag, 1@1700000001000"));
  EXPECT_THAT(series_of(metric(R"({"name":"latency","unit":"s","histogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1700000001000000000","count":"6","sum":3.5,
                  "bucketCounts":["1","2","3"],"explicitBounds":[0.5,1],"exemplars":[{"asDouble":0.7,"timeUnixNano":"1700000000500000000","traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}})")),
              ElementsAre("__name__=latency_seconds_bucket,instance=i1,job=rag,le=0.5, 1@1700000001000",
                          "__name__=latency_seconds_bucket,instance=i1,job=rag,le=1, 3@1700000001000 # 0.7 span_id=eee19b7ec3c1b174 trace_id=5b8efff798038103d269b633813fc60c",
                          "__name__=latency_seconds_bucket,instance=i1,job=rag,le=+Inf, 6@1700000001000", "__name__=latency_seconds_sum,instance=i1,job=rag, 3.5@1700000001000",
                          "__name__=latency_seconds_count,instance=i1,job=rag, 6@1700000001000", "__name__=target_info,host_name=h,instance=i1,job=rag, 1@1700000001000"));
  EXPECT_THAT(series_of(metric(R"({"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"timeUnixNano":"1700000001000000000","count":"7","sum":1,"scale":0,"zeroCount":"1",
                  "positive":{"offset":0,"bucketCounts":["2","1"]},"negative":{"offset":1,"bucketCounts":["3"]}}]}})")),
              testing::IsSupersetOf({"__name__=e_bucket,instance=i1,job=rag,le=-2, 3@1700000001000", "__name__=e_bucket,instance=i1,job=rag,le=0, 4@1700000001000",
                                     "__name__=e_bucket,instance=i1,job=rag,le=2, 6@1700000001000", "__name__=e_bucket,instance=i1,job=rag,le=4, 7@1700000001000",
                                     "__name__=e_bucket,instance=i1,job=rag,le=+Inf, 7@1700000001000"}));
  EXPECT_THAT(series_of(metric(R"({"name":"s","summary":{"dataPoints":[{"timeUnixNano":"1700000001000000000","count":"2","sum":3,"quantileValues":[{"quantile":0.5,"value":1.5}]}]}})")),
              testing::Contains("__name__=s,instance=i1,job=rag,quantile=0.5, 1.5@1700000001000"));
  EXPECT_THAT(series_of(metric(R"({"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"1700000001000000000","flags":1}]}})")), testing::Contains(HasSubstr("NaN@")));
}

TEST(OtlpMetrics, what_cannot_be_stored_is_named) {
  std::string problem;
  EXPECT_THAT(series_of(metric(R"({"name":"d","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":"5"}]}})"), &problem), testing::IsEmpty());
  EXPECT_EQ(problem, "metric \"d\" has delta temporality, which is not supported: send cumulative points");
  series_of(metric(R"({"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":"1","bucketCounts":["1"],"explicitBounds":[1,2]}]}})"), &problem);
  EXPECT_EQ(problem, "metric \"h\" has 1 buckets and 2 bounds");
}

TEST(OtlpLogs, become_lines_as_loki_makes_them) {
  const auto protobuf = protobuf_of_json(kLogs, R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"rag"}},{"key":"host.name","value":{"stringValue":"h"}}]},
      "scopeLogs":[{"scope":{"name":"app"},"logRecords":[
        {"timeUnixNano":"5","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"it broke\n"},"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",
         "attributes":[{"key":"http.code","value":{"intValue":"500"}}]},
        {"observedTimeUnixNano":"6","body":{"kvlistValue":{"values":[{"key":"a","value":{"intValue":"1"}}]}}},
        {"body":{"stringValue":"now"}},{"severityNumber":1}]}]},{"scopeLogs":[{"logRecords":[{"timeUnixNano":"7","body":{"stringValue":"x"}}]}]}]})");
  ASSERT_TRUE(protobuf) << protobuf.error().message;
  const auto request = read_logs(*protobuf, {99});
  ASSERT_TRUE(request);
  std::vector<std::string> out;
  for (const auto& stream : (*request)->streams) {
    for (const auto& line : stream.lines) {
      std::string text;
      for (const auto& [name, value] : stream.labels) text += fmt::format("{}={} ", name, value);
      text += fmt::format("| {} {} |", line.time.ns, line.line);
      for (const auto& [name, value] : line.metadata) text += fmt::format(" {}={}", name, value);
      out.push_back(text);
    }
  }
  EXPECT_THAT(out, ElementsAre("service_name=rag | 5 it broke | detected_level=error host_name=h http_code=500 scope_name=app severity_number=17 severity_text=ERROR "
                               "span_id=eee19b7ec3c1b174 trace_id=5b8efff798038103d269b633813fc60c",
                               "service_name=rag | 6 {\"a\":1} | host_name=h scope_name=app", "service_name=rag | 99 now | host_name=h scope_name=app",
                               "service_name=unknown_service | 7 x |"));
  EXPECT_EQ((*request)->invalid, 1u);
}

}  // namespace
}  // namespace monitorai::otlp

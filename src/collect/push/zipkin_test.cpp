#include "collect/push/zipkin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "collect/push/zipkin_receiver.h"

namespace monitorai::collect {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The example of Zipkin's API, and a server's half of a shared span.
constexpr std::string_view kSpans = R"([
  {"traceId":"5af7183fb1d4cf5f","id":"352bff9a74ca9ad2","parentId":"6b221d5bc9e6496c","name":"get /api","kind":"CLIENT","timestamp":1556604172355737,"duration":1431,
   "localEndpoint":{"serviceName":"backend","ipv4":"192.168.99.1","port":3306},"remoteEndpoint":{"serviceName":"db","ipv4":"172.19.0.2","port":58648},
   "annotations":[{"timestamp":1556604172355800,"value":"sent"}],"tags":{"http.method":"GET","error":"timed out","n":5}},
  {"traceId":"00000000000000005af7183fb1d4cf5f","id":"352bff9a74ca9ad2","name":"get /api","kind":"SERVER","shared":true,"timestamp":1556604172355900,"localEndpoint":{"serviceName":"api"}},
  {"traceId":"5af7183fb1d4cf5f","id":"1"}])";

std::vector<std::string> shown(std::string_view json) {
  const auto read = read_zipkin(json);
  if (!read) return {read.error().message};
  std::vector<std::string> out;
  for (const signals::Span& span : (*read)->batch.spans) {
    std::string line = fmt::format("{} {}<{} {} {} {} {} +{} {} '{}'", span.trace.hex(), span.id.hex(), span.parent.hex(), span.origin->service(), span.name, kind_name(span.kind), span.start.ns,
                                   span.duration_ns, status_name(span.status), span.status_message);
    for (const auto& [key, value] : span.attributes) line += fmt::format(" {}={}", key, value.shown());
    for (const auto& event : span.events) line += fmt::format(" @{}:{}", event.time.ns, event.name);
    out.push_back(line);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(Zipkin, spans_become_ours) {
  EXPECT_THAT(shown(kSpans), ElementsAre("00000000000000005af7183fb1d4cf5f 0000000000000001<0000000000000000 unknown_service  unspecified 0 +0 unset ''",
                                         "00000000000000005af7183fb1d4cf5f 352bff9a74ca9ad2<6b221d5bc9e6496c backend get /api client 1556604172355737000 +1431000 error 'timed out' "
                                         "http.method=GET error=timed out n=5 peer.service=db network.peer.address=172.19.0.2 network.peer.port=58648 @1556604172355800000:sent",
                                         "00000000000000005af7183fb1d4cf5f ab1c86230b80e6c7<352bff9a74ca9ad2 api get /api server 1556604172355900000 +0 unset ''"));
}

TEST(Zipkin, what_is_wrong_is_named) {
  EXPECT_THAT(shown(""), ElementsAre(HasSubstr("they are no JSON")));
  EXPECT_THAT(shown("{}"), ElementsAre("cannot read Zipkin's spans: they are no list"));
  EXPECT_THAT(shown("[1]"), ElementsAre("cannot read Zipkin's spans: number 1 is no object"));
  const auto read = read_zipkin(R"([{"id":"1","name":"n"},{"traceId":"1","name":"m"},{"traceId":"xyz","id":"1"},{"traceId":"0","id":"1"},{"traceId":"1","id":"1","timestamp":-5,"duration":"x"}])");
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->invalid, 4u);
  EXPECT_EQ((*read)->first_problem, "span \"n\" has no trace id");
  EXPECT_EQ((*read)->batch.spans.size(), 1u);
}

class FakeWriter final : public signals::SpanWriter {
 public:
  Result<signals::SpanWriteOutcome> write(std::span<const signals::Span> spans) override {
    if (error) return *error;
    return signals::SpanWriteOutcome{.accepted = spans.size()};
  }
  std::optional<Error> error;
};

TEST(Zipkin, answers_are_those_of_zipkin) {
  net::Router router;
  FakeWriter writer;
  ZipkinCounts counts;
  add_zipkin(router, writer, counts);
  const auto post = [&](std::string body, std::string type = "application/json") {
    net::HttpRequest request{.method = "POST", .path = "/api/v2/spans", .headers = {{"content-type", std::move(type)}}, .body = std::move(body)};
    const auto response = router.route(request);
    return fmt::format("{} {}", response.status, response.body);
  };
  EXPECT_EQ(post(std::string(kSpans)), "202 ");
  EXPECT_EQ(post("[]"), "202 ");
  EXPECT_EQ(post(R"([{"id":"1"},{"traceId":"1","id":"2"}])"), "202 1 of 2 spans were refused; first: span \"\" has no trace id\n");
  EXPECT_THAT(post("{"), testing::StartsWith("400 "));
  EXPECT_THAT(post("x", "application/x-protobuf"), testing::StartsWith("415 "));
  writer.error = Error{Code::exhausted, "too fast"};
  EXPECT_EQ(post(std::string(kSpans)), "429 too fast\n");
  writer.error = Error{Code::unavailable, "disk full"};
  EXPECT_EQ(post(std::string(kSpans)), "503 disk full\n");
  EXPECT_EQ(counts.spans, 4u);
  EXPECT_EQ(counts.refused_spans, 1u);
  EXPECT_EQ(counts.refused_requests, 4u);
}

}  // namespace
}  // namespace monitorai::collect

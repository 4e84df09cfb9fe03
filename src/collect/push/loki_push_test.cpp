#include "collect/push/loki_push.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <protozero/pbf_writer.hpp>

#include "base/text.h"
#include "collect/push/loki_push_receiver.h"
#include "collect/push/stream_labels.h"

namespace monitorai::collect {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Entry {
  int64_t seconds = 0;
  int32_t nanos = 0;
  std::string line;
  Pairs metadata{};
};

/// One stream as a client's protobuf library writes it.
void add_stream(std::string& request, const std::string& labels, const std::vector<Entry>& entries, bool labels_last = false) {
  protozero::pbf_writer writer(request);
  protozero::pbf_writer stream(writer, 1);
  if (!labels_last) stream.add_string(1, labels);
  for (const Entry& one : entries) {
    protozero::pbf_writer entry(stream, 2);
    {
      protozero::pbf_writer time(entry, 1);
      time.add_int64(1, one.seconds);
      time.add_int32(2, one.nanos);
    }
    entry.add_string(2, one.line);
    for (const auto& [name, value] : one.metadata) {
      protozero::pbf_writer pair(entry, 3);
      pair.add_string(1, name);
      pair.add_string(2, value);
    }
  }
  if (labels_last) stream.add_string(1, labels);
  stream.add_uint64(3, 12345);
}

std::string compressed(const std::string& request) {
  std::string out;
  snappy::Compress(request.data(), request.size(), &out);
  return out;
}

std::string shown(std::span<const signals::StreamWrite> streams) {
  std::string out;
  for (const signals::StreamWrite& stream : streams) {
    for (const auto& [name, value] : stream.labels) out += fmt::format("{}={} ", name, value);
    for (const signals::LogLineView& line : stream.lines) {
      out += fmt::format("| {} {}", line.time.ns, line.line);
      for (const auto& [name, value] : line.metadata) out += fmt::format(" {}={}", name, value);
      out += ' ';
    }
    out += '\n';
  }
  return out;
}

std::string labels_of(std::string_view text) {
  std::deque<std::string> unescaped;
  std::vector<signals::LabelView> labels;
  if (const auto parsed = parse_stream_labels(text, unescaped, labels); !parsed) return parsed.error().message;
  std::string out;
  for (const auto& [name, value] : labels) out += fmt::format("{}={};", name, value);
  return out;
}

TEST(StreamLabels, are_parsed_as_loki_spells_them) {
  const auto f = [](std::string_view text, std::string_view want) { EXPECT_EQ(labels_of(text), want) << text; };
  f(R"({job="llm-model"})", "job=llm-model;");
  f(R"({b="2", a="1"})", "b=2;a=1;");
  f(R"( { a = "1" , b='2',c=`3\n` , } )", "a=1;b=2;c=3\\n;");
  f(R"({})", "");
  f(R"({a="say \"hi\"\n\t\\ \x41\u00e4\U0001F600\101"})", "a=say \"hi\"\n\t\\ A\xc3\xa4\xf0\x9f\x98\x80" "A;");
  f(R"({a='it''s'})", "parse error at character 8: ',' or '}' is expected, not \"'\"");
  f(R"({a="", _b9="x"})", "a=;_b9=x;");
}

TEST(StreamLabels, that_go_wrong_say_where) {
  const auto f = [](std::string_view text, std::string_view want) { EXPECT_EQ(labels_of(text), "parse error at character " + std::string(want)) << text; };
  f("", "1: '{' is expected");
  f("job", "1: '{' is expected, not \"j\"");
  f("{", "2: a label's name is expected");
  f("{a", "3: '=' is expected");
  f("{a=", "4: a value in quotes is expected");
  f("{a=1}", "4: a value in quotes is expected, not \"1\"");
  f("{a=\"1", "6: the value's closing quote is expected");
  f("{a=`1", "6: the value's closing quote is expected");
  f("{a=\"1\n\"}", "6: the value's closing quote is expected, not \"\\n\"");
  f("{a=\"1\"", "7: ',' or '}' is expected");
  f("{a=\"1\"} x", "9: the end is expected, not \"x\"");
  f("{1=\"1\"}", "2: a label's name is expected, not \"1\"");
  f("{a!=\"1\"}", "3: '=' is expected, not \"!\"");
  f(R"({a="\q"})", "6: an escape sequence of Go is expected, not \"q\"");
  f(R"({a="\x4"})", "7: the digits of an escape sequence is expected, not \"4\"");
  f(R"({a="\ud800"})", "7: the digits of an escape sequence is expected, not \"d\"");
  f(R"({a="\777"})", "6: the digits of an escape sequence is expected, not \"7\"");
  EXPECT_EQ(labels_of("{" + std::string(70'000, ' ') + "}"), "the labels have 70002 bytes, of at most 65536");
}

TEST(LokiPush, reads_protobuf) {
  std::string request;
  add_stream(request, R"({job="b", app="x"})", {{1, 5, "one\n"}, {2, 0, "two", {{"trace_id", "t"}, {"pid", "1"}, {"pid", "2"}, {"none", ""}}}});
  add_stream(request, R"({job="c"})", {{0, 0, ""}}, true);
  const auto push = LokiPush::decode_protobuf(compressed(request));
  ASSERT_TRUE(push) << push.error().message;
  EXPECT_EQ(shown((*push)->streams()), "app=x job=b | 1000000005 one | 2000000000 two pid=2 trace_id=t \njob=c | 0  \n");
  EXPECT_EQ((*push)->invalid_lines(), 0u);
  EXPECT_EQ((*push)->line_bytes(), 6u);
}

TEST(LokiPush, reads_json) {
  const auto push = LokiPush::decode_json(
      R"({"streams": [{"stream": {"job": "b", "n": 7, "empty": ""}, "values": [["1000000005", "one\r\n"], ["2", "tw\u00f6", {"trace_id": "t", "n": 1.5, "x": null}], [3, "three"]]},
          {"stream": {"job": "c"}, "values": []}]})");
  ASSERT_TRUE(push) << push.error().message;
  EXPECT_EQ(shown((*push)->streams()), "job=b n=7 | 1000000005 one | 2 tw\xc3\xb6 n=1.5 trace_id=t | 3 three \n");
  EXPECT_EQ((*push)->streams_sent(), 2u);
}

TEST(LokiPush, keeps_good_streams_beside_bad_ones_and_names_the_first_problem) {
  const auto f = [](const std::string& labels, const std::string& want) {
    std::string request;
    add_stream(request, R"({a="1"})", {{1, 0, "kept", {{"m", "1"}}}});
    add_stream(request, labels, {{1, 0, "x", {{"m", "2"}}}, {2, 0, "y"}});
    add_stream(request, R"({a="2"})", {{1, 0, "kept too", {{"m", "3"}}}});
    const auto push = LokiPush::decode_protobuf(compressed(request));
    ASSERT_TRUE(push) << push.error().message;
    EXPECT_EQ(shown((*push)->streams()), "a=1 | 1000000000 kept m=1 \na=2 | 1000000000 kept too m=3 \n");
    EXPECT_EQ((*push)->invalid_lines(), 2u);
    EXPECT_EQ((*push)->first_problem(), want);
  };
  f("{}", "error at least one label pair is required per stream");
  f(R"({a=""})", "error at least one label pair is required per stream");
  f("{a=", "error parsing labels '{a=' with error: parse error at character 4: a value in quotes is expected");
  f(R"({a="1", a="2"})", R"(stream '{a="1", a="2"}' has duplicate label name: 'a')");
}

TEST(LokiPush, refuses_single_lines_too) {
  std::string request;
  add_stream(request, R"({a="1"})", {{INT64_MAX / 1'000'000'000 + 1, 0, "too far"}, {1, 0, "kept"}, {2, 0, "bad", {{"", "x"}}}});
  const auto push = LokiPush::decode_protobuf(compressed(request));
  ASSERT_TRUE(push);
  EXPECT_EQ(shown((*push)->streams()), "a=1 | 1000000000 kept \n");
  EXPECT_EQ((*push)->invalid_lines(), 2u);
  EXPECT_EQ((*push)->first_problem(), R"(entry for stream '{a="1"}' has a timestamp that is out of range)");
  const auto json = LokiPush::decode_json(R"({"streams":[{"stream":{"a-b":"1"},"values":[["1","x"]]},{"stream":{"a":"1"},"values":[["99999999999999999999","x"],["1","y"]]}]})");
  ASSERT_TRUE(json);
  EXPECT_EQ(shown((*json)->streams()), "a=1 | 1 y \n");
  EXPECT_EQ((*json)->invalid_lines(), 2u);
  EXPECT_EQ((*json)->first_problem(), R"(stream '{a-b="1"}' has an invalid label name: "a-b")");
}

TEST(LokiPush, repairs_text_that_is_not_utf8) {
  std::string request;
  add_stream(request, "{a=\"x\xff\"}", {{1, 0, "l\xffne", {{"k", "v\xfe"}}}});
  const auto push = LokiPush::decode_protobuf(compressed(request));
  ASSERT_TRUE(push);
  EXPECT_EQ(shown((*push)->streams()), "a=x\xef\xbf\xbd | 1000000000 l\xef\xbf\xbdne k=v\xef\xbf\xbd \n");
  const auto json = LokiPush::decode_json("{\"streams\":[{\"stream\":{\"a\":\"1\"},\"values\":[[\"1\",\"l\xffne\"]]}]}");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(shown((*json)->streams()), "a=1 | 1 l\xef\xbf\xbdne \n");
}

TEST(LokiPush, damaged_requests_are_errors) {
  std::string request;
  add_stream(request, R"({a="1"})", {{1, 0, "x"}});
  const auto f = [](const auto& push, Code code) {
    ASSERT_FALSE(push);
    EXPECT_EQ(push.error().code, code) << push.error().message;
  };
  f(LokiPush::decode_protobuf("not snappy"), Code::invalid);
  f(LokiPush::decode_protobuf(""), Code::invalid);
  f(LokiPush::decode_protobuf(compressed(request).substr(0, 10)), Code::invalid);
  f(LokiPush::decode_protobuf(compressed(request.substr(0, request.size() - 3))), Code::invalid);
  f(LokiPush::decode_protobuf(compressed("\x0a\xff\xff\xff\xff\x0f")), Code::invalid);
  f(LokiPush::decode_protobuf("\xff\xff\xff\xff\x0f"), Code::exhausted);
  for (const std::string_view json : {"", "{", "[]", "{}", R"({"streams":{}})", R"({"streams":[1]})", R"({"streams":[{"values":[]}]})", R"({"streams":[{"stream":{}}]})",
                                      R"({"streams":[{"stream":{"a":[]},"values":[]}]})", R"({"streams":[{"stream":{"a":"1"},"values":[1]}]})",
                                      R"({"streams":[{"stream":{"a":"1"},"values":[["1"]]}]})", R"({"streams":[{"stream":{"a":"1"},"values":[["x","y"]]}]})",
                                      R"({"streams":[{"stream":{"a":"1"},"values":[["","y"]]}]})", R"({"streams":[{"stream":{"a":"1"},"values":[["1",2]]}]})",
                                      R"({"streams":[{"stream":{"a":"1"},"values":[["1","y",[]]]}]})", R"({"streams":[{"stream":{"a":"1"},"values":[["1","y",{"a":{}}]]}]})",
                                      R"({"streams":[{"stream":{"a":"1"},"values":[["1","y",{},4]]}]})"})
    f(LokiPush::decode_json(json), Code::invalid);
  f(LokiPush::decode_json(std::string(kLokiPushBytesMax + 1, ' ')), Code::exhausted);
}

TEST(LokiPush, what_is_encoded_is_read_back) {
  const std::vector<signals::LabelView> labels{{"a", "say \"hi\"\n"}, {"b", "\xc3\xa4"}}, metadata{{"k", "v"}};
  const std::vector<signals::LogLineView> lines{{{-1}, "before"}, {{1'700'000'000'123'456'789}, "now\nand more", metadata}};
  const std::vector<signals::StreamWrite> streams{{labels, lines}};
  const auto push = LokiPush::decode_protobuf(encode_loki_push(streams));
  ASSERT_TRUE(push) << push.error().message;
  EXPECT_EQ(shown((*push)->streams()), shown(streams));
}

/// Keeps what it is given as text, and answers what the test wants.
class FakeWriter final : public signals::LogWriter {
 public:
  Result<signals::LogWriteOutcome> write(std::span<const signals::StreamWrite> streams) override {
    written += shown(streams);
    return outcome;
  }
  std::string written;
  Result<signals::LogWriteOutcome> outcome = signals::LogWriteOutcome{};
};

class LokiPushReceiver : public testing::Test {
 protected:
  LokiPushReceiver() { add_loki_push(router_, writer_, counts_); }
  net::HttpResponse push(std::string body, net::Parameters headers) {
    net::HttpRequest request{.method = "POST", .path = "/loki/api/v1/push", .headers = std::move(headers), .body = std::move(body)};
    return router_.route(request);
  }
  static std::string one_stream() {
    std::string request;
    add_stream(request, R"({a="1"})", {{1, 0, "x"}});
    return compressed(request);
  }

  net::Router router_;
  FakeWriter writer_;
  LokiPushCounts counts_;
};

TEST_F(LokiPushReceiver, takes_both_encodings) {
  writer_.outcome->accepted = 1;
  EXPECT_EQ(push(one_stream(), {{"content-type", "application/x-protobuf"}, {"content-encoding", "snappy"}}).status, 204);
  EXPECT_EQ(push(one_stream(), {}).status, 204) << "promtail's default";
  EXPECT_EQ(push(R"({"streams":[{"stream":{"a":"2"},"values":[["5","y"]]}]})", {{"content-type", "application/json; charset=utf-8"}}).status, 204);
  EXPECT_EQ(writer_.written, "a=1 | 1000000000 x \na=1 | 1000000000 x \na=2 | 5 y \n");
  EXPECT_EQ(counts_.lines, 3u);
  EXPECT_EQ(counts_.line_bytes, 3u);
}

TEST_F(LokiPushReceiver, answers_what_loki_answers) {
  const net::Parameters json{{"content-type", "application/json"}};
  const auto f = [&](const std::string& body, const net::Parameters& headers, int status, const std::string& text) {
    const auto answer = push(body, headers);
    EXPECT_EQ(answer.status, status) << body;
    EXPECT_EQ(answer.body, text);
  };
  f("", json, 400, "cannot read a push: it is empty\n");
  f("{", json, 400, "cannot read a push: it is no JSON (The JSON document has an improper structure: missing or superfluous commas, braces, missing keys, etc.)\n");
  f(R"({"streams":[]})", json, 422, "error at least one valid stream is required for ingestion\n");
  f("x", {{"content-encoding", "br"}}, 415, "Content-Encoding \"br\" not supported\n");
  f("\xff\xff\xff\xff\x0f", {}, 413, "cannot read a push: it uncompresses to 4294967295 bytes, of at most 67108864\n");
  writer_.outcome = Error{Code::exhausted, "too fast"};
  f(one_stream(), {}, 429, "too fast\n");
  writer_.outcome = Error{Code::unavailable, "disk full"};
  f(one_stream(), {}, 503, "disk full\n");
  EXPECT_EQ(push(one_stream(), {}).headers, (net::Parameters{{"Retry-After", "5"}}));
  EXPECT_EQ(counts_.refused_requests, counts_.requests);
  writer_.outcome = signals::LogWriteOutcome{.accepted = 1, .too_old = 2, .too_long = 1, .first_problem = "entry for stream '{a=\"1\"}' has timestamp too old"};
  f(one_stream(), {}, 400, "entry for stream '{a=\"1\"}' has timestamp too old (1 lines were kept; refused: 2 too old, 1 too long)\n");
  f(R"({"streams":[{"stream":{},"values":[["5","y"]]}]})", json, 400,
    "error at least one label pair is required per stream (1 lines were kept; refused: 1 invalid, 2 too old, 1 too long)\n");
  EXPECT_EQ(counts_.refused_lines, 7u);
}

}  // namespace
}  // namespace monitorai::collect

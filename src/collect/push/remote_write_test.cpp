#include "collect/push/remote_write.h"

#include <gtest/gtest.h>
#include <snappy.h>

#include <protozero/pbf_writer.hpp>

#include "base/text.h"
#include "collect/push/remote_write_receiver.h"

namespace monitorai::collect {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void add_labels(protozero::pbf_writer& to, const Pairs& labels) {
  for (const auto& [name, value] : labels) {
    protozero::pbf_writer label(to, 1);
    label.add_string(1, name);
    label.add_string(2, value);
  }
}

/// One series as a sender writes it; samples are (milliseconds, value).
void add_series(std::string& request, const Pairs& labels, const std::vector<std::pair<int64_t, double>>& samples, bool exemplar = false, bool histogram = false) {
  protozero::pbf_writer writer(request);
  protozero::pbf_writer series(writer, 1);
  add_labels(series, labels);
  for (const auto& [time, value] : samples) {
    protozero::pbf_writer sample(series, 2);
    sample.add_double(1, value);
    sample.add_int64(2, time);
  }
  if (exemplar) {
    protozero::pbf_writer one(series, 3);
    add_labels(one, {{"trace_id", "abc"}});
    one.add_double(2, 0.5);
    one.add_int64(3, 7);
  }
  if (histogram) series.add_message(4, std::string());
}

std::string compressed(const std::string& request) {
  std::string out;
  snappy::Compress(request.data(), request.size(), &out);
  return out;
}

std::string shown(RemoteWrite& write) {
  std::string out;
  for (size_t i = 0; i < write.series().size(); ++i) {
    const signals::SeriesWrite& series = write.series()[i];
    const auto labels = write.labels(i);
    if (labels.empty()) continue;
    for (const auto& [name, value] : labels) out += fmt::format("{}={} ", name, value);
    for (const signals::Sample& sample : series.samples) out += fmt::format("{}@{} ", format_number(sample.value), sample.time.ms);
    for (const signals::ExemplarView& exemplar : series.exemplars) out += fmt::format("# {}={} ", exemplar.labels[0].name, exemplar.labels[0].value);
    out += '\n';
  }
  return out;
}

TEST(RemoteWrite, decodes_series_samples_exemplars_and_metadata) {
  std::string request;
  add_series(request, {{"__name__", "up"}, {"job", "a"}}, {{1000, 1}, {2000, 0}}, true);
  add_series(request, {{"__name__", "down"}}, {{1000, -1.5}});
  protozero::pbf_writer writer(request);
  {
    protozero::pbf_writer metadata(writer, 3);
    metadata.add_enum(1, 1);
    metadata.add_string(2, "up");
    metadata.add_string(4, "some help");
  }
  const auto write = RemoteWrite::decode(compressed(request));
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_EQ(shown(**write), "__name__=up job=a 1@1000 0@2000 # trace_id=abc \n__name__=down -1.5@1000 \n");
  ASSERT_EQ((*write)->metadata().size(), 1u);
  EXPECT_EQ((*write)->metadata()[0].help, "some help");
  EXPECT_EQ((*write)->metadata()[0].type, signals::MetricType::counter);
}

TEST(RemoteWrite, puts_in_order_what_comes_unsorted) {
  std::string request;
  add_series(request, {{"job", "a"}, {"empty", ""}, {"__name__", "up"}}, {{2000, 2}, {1000, 1}});
  EXPECT_EQ(shown(**RemoteWrite::decode(compressed(request))), "__name__=up job=a 1@1000 2@2000 \n");
}

TEST(RemoteWrite, refuses_what_is_no_series_and_keeps_the_rest) {
  const auto f = [](const Pairs& labels, std::string_view want) {
    std::string request;
    add_series(request, labels, {{1, 1}, {2, 2}});
    add_series(request, {{"__name__", "good"}}, {{1, 1}});
    const auto write = RemoteWrite::decode(compressed(request));
    ASSERT_TRUE(write);
    EXPECT_EQ(shown(**write), "__name__=good 1@1 \n");
    EXPECT_EQ((*write)->labels(0).size(), 0u) << "asked again, and not counted again";
    EXPECT_EQ((*write)->invalid_samples(), 2u);
    EXPECT_NE((*write)->first_problem().find(want), std::string::npos) << (*write)->first_problem();
  };
  f({{"job", "a"}}, "no __name__");
  f({{"__name__", "a"}, {"x", "1"}, {"x", "2"}}, "label x occurs twice");
  f({{"__name__", "a"}, {"x", "\xFF"}}, "label x is not UTF-8");
  f({{"__name__", "a"}, {"", "x"}}, "a label without a name");
  Pairs many{{"__name__", "a"}};
  for (size_t i = 0; i < kLabelsMax; ++i) many.emplace_back(fmt::format("l{:03}", i), "x");
  f(many, "257 labels, of at most 256");
}

TEST(RemoteWrite, labels_that_do_not_stand_together_are_read_too) {
  std::string request;
  protozero::pbf_writer writer(request);
  {
    protozero::pbf_writer series(writer, 1);
    add_labels(series, {{"__name__", "up"}});
    protozero::pbf_writer(series, 2).add_int64(2, 5);
    add_labels(series, {{"job", "a"}});
    protozero::pbf_writer(series, 2).add_int64(2, 7);
  }
  const auto write = RemoteWrite::decode(compressed(request));
  ASSERT_TRUE(write);
  EXPECT_EQ((*write)->encoded(0), "");
  EXPECT_EQ(shown(**write), "__name__=up job=a 0@5 0@7 \n");
}

TEST(RemoteWrite, fields_of_a_sample_come_in_any_order_and_unknown_ones_are_passed_over) {
  const auto f = [](const std::function<void(protozero::pbf_writer&)>& fields, std::string_view want) {
    std::string request;
    protozero::pbf_writer writer(request);
    {
      protozero::pbf_writer series(writer, 1);
      add_labels(series, {{"__name__", "up"}});
      protozero::pbf_writer sample(series, 2);
      fields(sample);
    }
    const auto write = RemoteWrite::decode(compressed(request));
    ASSERT_TRUE(write) << write.error().message;
    EXPECT_EQ(shown(**write), want);
  };
  f([](auto& sample) { sample.add_int64(2, 7), sample.add_double(1, 1.5); }, "__name__=up 1.5@7 \n");
  f([](auto& sample) { sample.add_string(9, "new"), sample.add_int64(2, -7), sample.add_double(1, 2); }, "__name__=up 2@-7 \n");
  f([](auto& sample) { sample.add_double(1, 2), sample.add_fixed32(3, 1), sample.add_int64(2, 7); }, "__name__=up 2@7 \n");
}

TEST(RemoteWrite, fields_of_another_type_are_passed_over) {
  std::string request;
  protozero::pbf_writer writer(request);
  writer.add_uint64(1, 7);
  writer.add_fixed32(3, 7);
  {
    protozero::pbf_writer series(writer, 1);
    add_labels(series, {{"__name__", "up"}});
    series.add_uint64(1, 5);
    series.add_double(2, 5);
    series.add_uint64(3, 5);
    {
      protozero::pbf_writer sample(series, 2);
      sample.add_string(1, "x"), sample.add_double(2, 3), sample.add_double(1, 1.5), sample.add_int64(2, 7);
    }
    protozero::pbf_writer exemplar(series, 3);
    exemplar.add_double(1, 1), exemplar.add_uint64(2, 5), exemplar.add_string(3, "x");
    add_labels(exemplar, {{"trace_id", "t"}});
  }
  {
    protozero::pbf_writer metadata(writer, 3);
    metadata.add_string(1, "counter"), metadata.add_uint64(2, 5), metadata.add_string(2, "up"), metadata.add_double(4, 1), metadata.add_uint64(5, 1);
  }
  const auto write = RemoteWrite::decode(compressed(request));
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_EQ(shown(**write), "__name__=up 1.5@7 # trace_id=t \n");
  ASSERT_EQ((*write)->metadata().size(), 1u);
  EXPECT_EQ((*write)->metadata()[0].family, "up");
}

TEST(RemoteWrite, a_damaged_label_or_sample_is_refused) {
  const std::string good = [] {
    std::string request;
    add_series(request, {{"__name__", "good"}}, {{1, 1}});
    return request;
  }();
  const auto f = [&](std::string_view series, std::string_view want) {
    std::string request;
    protozero::pbf_writer(request).add_message(1, series.data(), series.size());
    const auto write = RemoteWrite::decode(compressed(request + good));
    if (!write) {
      EXPECT_NE(write.error().message.find(want), std::string::npos) << write.error().message;
      return;
    }
    EXPECT_EQ(shown(**write), "__name__=good 1@1 \n");
    EXPECT_EQ((*write)->invalid_samples(), 1u);
    EXPECT_NE((*write)->first_problem().find(want), std::string::npos) << (*write)->first_problem();
  };
  f("\x0a\x03\x0a\x05x", "a label is damaged");               // a name longer than its label
  f("\x0a\x7f\x0a", "not a WriteRequest");                     // a label longer than its series
  f(std::string_view("\x12\x03\x09\x00\x00", 5), "not a WriteRequest");  // a value of two bytes
  f("\x12\x02\x10\xff", "not a WriteRequest");                // a time that does not end
}

TEST(RemoteWrite, what_is_not_a_write_request_is_an_error) {
  std::string request;
  add_series(request, {{"__name__", "up"}}, {{1, 1}});
  const std::string whole = compressed(request);
  EXPECT_NE(RemoteWrite::decode("").error().message.find("not snappy"), std::string::npos);
  EXPECT_NE(RemoteWrite::decode(whole.substr(0, whole.size() - 1)).error().message.find("damaged"), std::string::npos);
  EXPECT_NE(RemoteWrite::decode(compressed("this is not protobuf")).error().message.find("not a WriteRequest"), std::string::npos);
  EXPECT_NE(RemoteWrite::decode(compressed(request.substr(0, request.size() - 3))).error().message.find("not a WriteRequest"), std::string::npos);
  EXPECT_EQ(RemoteWrite::decode("\xff\xff\xff\xff\x0f").error().code, Code::exhausted);
}

TEST(RemoteWrite, what_is_encoded_decodes_to_the_same) {
  const std::vector<signals::LabelView> labels{{"__name__", "a"}, {"x", "gr\xC3\xBC\xC3\x9F"}};
  const std::vector<signals::Sample> samples{{{-5}, 1.5}, {{7}, -0.0}, {{9}, 1e300}};
  const std::vector<signals::LabelView> trace{{"trace_id", "t"}};
  const std::vector<signals::ExemplarView> exemplars{{trace, 0.5, {7}}};
  const std::vector<signals::SeriesWrite> series{{labels, samples, exemplars}, {std::span(labels).first(1), std::span(samples).first(1)}};
  const std::vector<signals::MetadataWrite> metadata{{"a", signals::MetricType::gauge, "help", "bytes"}};
  const auto write = RemoteWrite::decode(encode_remote_write(series, metadata));
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_EQ(shown(**write), "__name__=a x=gr\xC3\xBC\xC3\x9F 1.5@-5 -0@7 " + format_number(1e300) + "@9 # trace_id=t \n__name__=a 1.5@-5 \n");
  EXPECT_EQ((*write)->metadata()[0].unit, "bytes");
  EXPECT_EQ((*write)->metadata()[0].type, signals::MetricType::gauge);
}

/// A writer that gives a prepared answer.
class Prepared final : public signals::MetricWriter {
 public:
  Result<signals::WriteOutcome> write(std::span<const signals::SeriesWrite> series, std::span<const signals::MetadataWrite>) override {
    written += series.size();
    if (error) return *error;
    return outcome;
  }
  std::optional<Error> error;
  signals::WriteOutcome outcome;
  size_t written = 0;
};

struct Posted {
  net::HttpResponse post(std::string body, std::string type = "application/x-protobuf", std::string encoding = "snappy") {
    net::HttpRequest request{.method = "POST", .path = "/api/v1/write", .headers = {{"content-type", std::move(type)}, {"content-encoding", std::move(encoding)}}, .body = std::move(body)};
    net::Router router;
    add_remote_write(router, writer, counts);
    return router.route(request);
  }
  static std::string good(bool histogram = false) {
    std::string request;
    add_series(request, {{"__name__", "up"}}, {{1, 1}}, false, histogram);
    return compressed(request);
  }
  Prepared writer;
  RemoteWriteCounts counts;
};

TEST(RemoteWriteReceiver, answers_by_the_specification) {
  Posted posted;
  posted.writer.outcome.accepted = 1;
  EXPECT_EQ(posted.post(Posted::good()).status, 204);
  EXPECT_EQ(posted.counts.samples, 1u);
  EXPECT_EQ(posted.post("rubbish").status, 400);
  EXPECT_EQ(posted.post(Posted::good(), "application/x-protobuf;proto=io.prometheus.write.v2.Request").status, 415);
  EXPECT_EQ(posted.post(Posted::good(), "application/json").status, 415);
  EXPECT_EQ(posted.post(Posted::good(), "application/x-protobuf", "gzip").status, 415);
  EXPECT_EQ(posted.post("\xff\xff\xff\xff\x0f").status, 413);
  EXPECT_EQ(posted.counts.refused_requests, 5u);
  EXPECT_EQ(posted.writer.written, 1u);
}

TEST(RemoteWriteReceiver, says_what_was_refused_and_keeps_the_rest) {
  Posted posted;
  posted.writer.outcome = {.accepted = 3, .duplicates = 2, .out_of_order = 1, .first_problem = "up: 1 is before 2"};
  const net::HttpResponse mixed = posted.post(Posted::good());
  EXPECT_EQ(mixed.status, 400);
  EXPECT_EQ(mixed.body, "3 samples were kept; refused: 1 out of order; first: up: 1 is before 2\n");
  EXPECT_EQ(posted.counts.refused_samples, 1u);
  posted.writer.outcome = {.accepted = 1, .duplicates = 2};
  EXPECT_EQ(posted.post(Posted::good()).status, 204) << "a repeated send is no error";
  EXPECT_NE(posted.post(Posted::good(true)).body.find("native histograms, which are not supported yet"), std::string::npos);
}

TEST(RemoteWriteReceiver, a_sender_is_told_when_to_come_back) {
  Posted posted;
  posted.writer.error = Error{Code::exhausted, "too much at once"};
  EXPECT_EQ(posted.post(Posted::good()).status, 429);
  posted.writer.error = Error{Code::unavailable, "disk full"};
  const net::HttpResponse response = posted.post(Posted::good());
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.headers[0].first, "Retry-After");
}

}  // namespace
}  // namespace monitorai::collect

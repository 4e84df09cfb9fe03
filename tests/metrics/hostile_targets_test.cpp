// Scrape targets that hang, lie, break or never end, beside a good one, under the real program.

#include "metrics/metrics_program.h"
#include "metrics/raw_server.h"

namespace monitorai::tests {
namespace {

std::string ok(std::string_view body, std::string_view more = {}) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), more, body);
}

constexpr size_t kEndlessBytes = 100'000'000;

/// Text that goes on and on, as one that tells no length.
void endless(RawPeer& peer) {
  std::string lines;
  while (lines.size() < 1 << 20) lines += fmt::format("endless{{i=\"{}\"}} 1\n", lines.size());
  peer.say("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n");
  for (size_t sent = 0; sent < kEndlessBytes; sent += lines.size())
    if (!peer.say(lines)) return;
}

/// What /api/v1/targets says of the target of this job: (health, last error).
std::pair<std::string, std::string> target_of(const Api& api, std::string_view job) {
  const std::string json = api.get("/api/v1/targets");
  simdjson::dom::parser parser;
  simdjson::dom::array targets;
  if (parser.parse(json).at_pointer("/data/activeTargets").get(targets) != simdjson::SUCCESS) return {};
  for (const simdjson::dom::element target : targets)
    if (std::string_view(target["scrapePool"]) == job)
      return {std::string(target["health"].get_string().value()), std::string(target["lastError"].get_string().value())};
  return {};
}

TEST(HostileTargets, are_down_with_their_reason_and_harm_no_other) {
  RawServer server({
      {"/good", [](RawPeer& peer) { peer.say(ok("good 1\n")); }},
      {"/hangs", [](RawPeer& peer) { peer.hang(); }},
      {"/hangs_in_the_middle", [](RawPeer& peer) { peer.say("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf 1\n"), peer.hang(); }},
      {"/promises_more", [](RawPeer& peer) { peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nlying 1\n"); }},
      {"/breaks", [](RawPeer& peer) { peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nbroken 1\n"); }},
      {"/bad_chunks",
       [](RawPeer& peer) { peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nchunked 1\n\r\n0\r\n\r\n"); }},
      {"/endless", endless},
      {"/large", [](RawPeer& peer) { peer.say(ok("large{i=\"1\"} 1\nlarge{i=\"2\"} 2\n")); }},
      {"/circle",
       [](RawPeer& peer) { peer.say("HTTP/1.1 302 Found\r\nLocation: /circle\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"); }},
      {"/other_scheme", [](RawPeer& peer) { peer.say("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"); }},
      {"/no_http", [](RawPeer& peer) { peer.say("220 mail ready\r\n"); }},
      {"/not_text", [](RawPeer& peer) { peer.say(ok(std::string_view("\x00\xff\x01\x02", 4))); }},
      {"/broken_line", [](RawPeer& peer) { peer.say(ok("first 1\nsecond{a=\"b\n")); }},
      {"/many_samples", [](RawPeer& peer) { peer.say(ok("a 1\nb 2\nc 3\n")); }},
      {"/no_gzip", [](RawPeer& peer) { peer.say(ok("zipped 1\n", "Content-Encoding: gzip\r\n")); }},
  });
  std::string jobs;
  const auto job = [&](std::string_view path, std::string_view more = {}) {
    jobs += fmt::format(
        "{}{{job_name: {}, metrics_path: /{}, scrape_interval: 1s, scrape_timeout: 1s, {}static_configs: [{{targets: [\"{}\"]}}]}}",
        jobs.empty() ? "" : ", ", path, path, more, server.address());
  };
  const std::vector<std::pair<std::string_view, std::string_view>> hostile{
      {"hangs", "out after"},           {"hangs_in_the_middle", "out after"}, {"promises_more", "bytes remaining to read"},
      {"breaks", "cannot fetch"},       {"bad_chunks", "cannot fetch"},       {"circle", "redirects"},
      {"other_scheme", "cannot fetch"}, {"no_http", "cannot fetch"},          {"not_text", "line 1"},
      {"broken_line", "line 2"},        {"no_gzip", "cannot fetch"}};
  job("good");
  for (const auto& [path, reason] : hostile) job(path);
  job("large", "body_size_limit: 20B, ");
  job("many_samples", "sample_limit: 2, ");
  jobs += fmt::format(
      ", {{job_name: endless, metrics_path: /endless, scrape_interval: 30s, scrape_timeout: 30s, static_configs: [{{targets: [\"{}\"]}}]}}",
      server.address());
  MetricsProgram program({"scrape_configs=[" + jobs + "]"});

  const auto is_down = [&](std::string_view path, std::string_view reason) {
    std::pair<std::string, std::string> target;
    EXPECT_TRUE(eventually([&] { return (target = target_of(program.api, path)).first == "down"; }, std::chrono::seconds(60)))
        << path << " is " << target.first << "\n"
        << program.output();
    EXPECT_NE(target.second.find(reason), std::string::npos) << path << ": " << target.second;
  };
  for (const auto& [path, reason] : hostile) is_down(path, reason);
  is_down("large", "larger than 20 bytes");
  is_down("many_samples", "sample limit exceeded (sample_limit 2)");
  is_down("endless", "larger than 67108864 bytes");
  EXPECT_EQ(target_of(program.api, "good").first, "up");
  EXPECT_TRUE(eventually([&] { return !program.api.query("count_over_time(good[1m]) > 2").empty(); }));
  EXPECT_EQ(program.api.query("count({__name__=~\"half|lying|broken|chunked|endless|large|first|second|a|b|c|zipped\"})").size(), 0u)
      << "of a scrape that failed nothing is kept";
  EXPECT_EQ(program.api.query("count(up == 0)").at(0).value, static_cast<double>(hostile.size() + 3));
}

TEST(HostileTargets, that_all_hang_do_not_delay_a_good_one) {
  RawServer server({{"/good", [](RawPeer& peer) { peer.say(ok("good 1\n")); }}, {"/metrics", [](RawPeer& peer) { peer.hang(); }}});
  std::string hanging;
  for (int i = 0; i < 30; ++i) hanging += fmt::format("{{targets: [\"{}\"], labels: {{i: \"{}\"}}}}, ", server.address(), i);
  MetricsProgram program({fmt::format(
      "scrape_configs=[{{job_name: hanging, scrape_interval: 20s, scrape_timeout: 20s, static_configs: [{}]}}, "
      "{{job_name: good, metrics_path: /good, scrape_interval: 500ms, scrape_timeout: 500ms, static_configs: [{{targets: [\"{}\"]}}]}}]",
      hanging, server.address())});
  EXPECT_TRUE(eventually([&] { return !program.api.query("count_over_time(good[1m]) > 20").empty(); }, std::chrono::seconds(40)))
      << program.output();
  EXPECT_EQ(program.end(), 0) << "it does not wait for them: " << program.output();
}

}  // namespace
}  // namespace monitorai::tests

// remote_write requests that are broken, mixed or too many, and a disk that is full, against the real program.

#include <sys/resource.h>

#include <csignal>

#include "collect/push/remote_write.h"
#include "metrics/metrics_program.h"

namespace monitorai::tests {
namespace {

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

struct Written {
  int status = 0;
  std::string text;  ///< header and body
};

/// Sends a body as a sender of remote_write does.
Written post(const MetricsProgram& program, const std::string& body) {
  const std::string file = (program.folder() / "body").native();
  std::ofstream(file, std::ios::binary) << body;
  const std::string text =
      run_command(
          fmt::format("curl -s -i --max-time 60 -H 'Expect:' -H 'Content-Type: application/x-protobuf' -H 'Content-Encoding: snappy' "
                      "--data-binary @{} http://{}/api/v1/write",
                      file, program.api.address))
          .text;
  return {parse_integer<int>(text.substr(std::min(text.size(), std::string("HTTP/1.1 ").size()), 3)).value_or(0), text};
}

struct Write {
  std::vector<signals::LabelView> labels;
  std::vector<signals::Sample> samples;
};
std::string encoded(const std::vector<Write>& writes) {
  std::vector<signals::SeriesWrite> series;
  for (const Write& write : writes) series.push_back({write.labels, write.samples});
  return collect::encode_remote_write(series);
}

TEST(HostileWrites, are_refused_with_the_status_that_the_specification_wants) {
  MetricsProgram program({"http.request_bytes_max=16777216"});
  const TimeMs now{now_ms()};
  const auto f = [&](const std::string& body, int status, std::string_view words) {
    const Written written = post(program, body);
    EXPECT_EQ(written.status, status) << words << "\n" << written.text;
    EXPECT_NE(written.text.find(words), std::string::npos) << written.text;
  };
  const auto one = [&](std::vector<signals::LabelView> labels, signals::Sample sample) { return encoded({{std::move(labels), {sample}}}); };
  f("rubbish", 400, "its snappy data is damaged");
  f(std::string(12, static_cast<char>(0xff)), 400, "it is not snappy");
  f(std::string("\x08\x1c") + "notproto", 400, "it is not a WriteRequest");
  f(std::string("\x80\x80\x80\x80\x08\x00", 6), 413, "of at most");
  f(std::string(17'000'000, 'x'), 413, "");
  f(one({{"job", "x"}}, {now, 1}), 400, "no __name__");
  f(one({{"__name__", "m"}, {"a", "1"}, {"a", "2"}}, {now, 1}), 400, "label a occurs twice");
  f(one({{"__name__", "m"}, {"a", "\xff"}}, {now, 1}), 400, "label a is not UTF-8");
  f(one({{"__name__", "m"}, {"", "1"}}, {now, 1}), 400, "a label without a name");
  f(one({{"__name__", "m"}}, {now + std::chrono::hours(1), 1}), 400, "too far in the future");
  f(one({{"__name__", "m"}}, {now - std::chrono::hours(300), 1}), 400, "older than retention");
  f(one({{"z", "1"}, {"__name__", "unsorted"}, {"a", "2"}}, {now, 1}), 204, "");
  EXPECT_EQ(program.api.query("unsorted{a=\"2\",z=\"1\"}").size(), 1u);
  EXPECT_TRUE(program.api.query("m").empty());
}

TEST(HostileWrites, the_good_samples_of_a_mixed_request_are_kept) {
  MetricsProgram program;
  const TimeMs now{now_ms()};
  ASSERT_EQ(post(program, encoded({{{{"__name__", "known"}}, {{now, 1}}}})).status, 204);
  const Written written = post(program, encoded({{{{"__name__", "good"}}, {{now, 5}, {now + std::chrono::hours(1), 6}}},
                                                 {{{"no_name", "x"}}, {{now, 1}}},
                                                 {{{"__name__", "known"}}, {{now - std::chrono::hours(2), 3}, {now, 2}}},
                                                 {{{"__name__", "twice"}, {"b", "1"}, {"b", "2"}}, {{now, 1}}},
                                                 {{{"__name__", "also_good"}}, {{now - std::chrono::minutes(1), 7}, {now, 8}}}}));
  EXPECT_EQ(written.status, 400);
  EXPECT_NE(written.text.find("3 samples were kept; refused: 2 of invalid series, 1 with another value for the same time, 1 out of order, "
                              "1 too far in the future"),
            std::string::npos)
      << written.text;
  EXPECT_EQ(program.api.query("good").at(0).value, 5);
  EXPECT_EQ(program.api.query("also_good").at(0).value, 8);
  EXPECT_EQ(program.api.query("known").at(0).value, 1);
  EXPECT_NE(program.api.get("/metrics").find("monitorai_remote_write_samples_total{outcome=\"refused\"} 5"), std::string::npos);
}

TEST(HostileWrites, more_series_than_there_is_room_for_leave_the_others_alone) {
  MetricsProgram program({"metrics.series_max=2000", "http.request_bytes_max=67108864"});
  const TimeMs now{now_ms()};
  ASSERT_EQ(post(program, encoded({{{{"__name__", "known"}}, {{now - std::chrono::seconds(1), 1}}}})).status, 204);
  std::vector<std::string> numbers;
  for (int i = 0; i < 100'000; ++i) numbers.push_back(fmt::format("{}", i));
  std::vector<Write> writes;
  for (const std::string& number : numbers) writes.push_back({{{"__name__", "flood"}, {"i", number}}, {{now, 1}}});
  writes.push_back({{{"__name__", "known"}}, {{now, 2}}});
  const Written written = post(program, encoded(writes));
  EXPECT_EQ(written.status, 400);
  EXPECT_NE(written.text.find("over a limit of series or labels; first: "), std::string::npos) << written.text;
  EXPECT_NE(written.text.find("its limit (series_max)"), std::string::npos) << written.text;
  EXPECT_EQ(program.api.query("known").at(0).value, 2) << "a series that is known goes on";
  EXPECT_LE(program.api.query("count(flood)").at(0).value, 2000);
}

TEST(HostileWrites, a_full_disk_is_503_and_a_metric_while_queries_go_on_and_over_by_itself) {
  std::signal(SIGXFSZ, SIG_IGN);
  MetricsProgram program({"collect.process.interval=1h", "collect.process.cleanup_timeout=1h"});
  const TimeMs now{now_ms()};
  const auto write = [&](int i) {
    return post(program, encoded({{{{"__name__", "m"}}, {{now + std::chrono::milliseconds(i), static_cast<double>(i)}}}}));
  };
  ASSERT_EQ(write(0).status, 204);
  // No file may grow: the operating system refuses writes as it does on a full disk.
  rlimit before{};
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, nullptr, &before), 0);
  const rlimit none{1, before.rlim_max};
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, &none, nullptr), 0);
  const Written refused = write(1);
  EXPECT_EQ(refused.status, 503) << refused.text;
  EXPECT_NE(refused.text.find("Retry-After: "), std::string::npos) << refused.text;
  EXPECT_NE(refused.text.find("cannot accept samples"), std::string::npos) << refused.text;
  EXPECT_NE(program.api.get("/metrics").find("monitorai_store_blocked 1\n"), std::string::npos);
  EXPECT_EQ(program.api.query("m").at(0).value, 0);
  ASSERT_EQ(::prlimit(program.pid(), RLIMIT_FSIZE, &before, nullptr), 0);
  EXPECT_EQ(write(2).status, 204);
  EXPECT_NE(program.api.get("/metrics").find("monitorai_store_blocked 0\n"), std::string::npos);
  EXPECT_EQ(program.end(SIGKILL), 128 + SIGKILL);
  program.start();
  const auto kept = program.api.query("sum_over_time(m[1m])");
  ASSERT_EQ(kept.size(), 1u) << program.output();
  EXPECT_EQ(kept[0].value, 2);
}

TEST(HostileWrites, a_second_program_on_the_folder_is_refused_and_names_the_first) {
  MetricsProgram first;
  const CommandOutput second = run_command(
      fmt::format("timeout 60 {} serve --listen 127.0.0.1:0 --data {} --set exporters.process.listen=off --set exporters.gpu.listen=off "
                  "--set logs.listen=off 2>&1",
                  MAI_BINARY, (first.folder() / "data").native()));
  EXPECT_NE(second.code, 0);
  EXPECT_NE(second.code, 124) << "it runs";
  EXPECT_NE(second.text.find(fmt::format("in use by pid {}", first.pid())), std::string::npos) << second.text;
  EXPECT_EQ(first.end(), 0);
}

TEST(HostileWrites, a_damaged_day_is_set_aside_and_named_and_the_rest_serves) {
  MetricsProgram program;
  const TimeMs now{now_ms()};
  const TimeMs old = now - std::chrono::hours(72);
  ASSERT_EQ(post(program, encoded({{{{"__name__", "m"}}, {{old, 1}, {now, 2}}}})).status, 204);
  ASSERT_EQ(program.end(), 0);
  std::vector<std::filesystem::path> days;
  for (const auto& entry : std::filesystem::directory_iterator(program.folder() / "data" / "metrics"))
    if (entry.is_directory() && std::filesystem::exists(entry.path() / "metrics.db")) days.push_back(entry.path());
  std::sort(days.begin(), days.end());
  ASSERT_GE(days.size(), 2u);
  std::ofstream(days[0] / "metrics.db", std::ios::binary | std::ios::trunc) << std::string(10'000, 'x');
  program.start();
  EXPECT_EQ(program.api.query("m").at(0).value, 2);
  EXPECT_NE(program.api.get("/metrics").find("monitorai_store_partitions_set_aside 1\n"), std::string::npos);
  EXPECT_NE(program.output().find(days[0].filename().native()), std::string::npos) << program.output();
  EXPECT_TRUE(std::filesystem::exists(days[0].native() + ".damaged"));
}

}  // namespace
}  // namespace monitorai::tests

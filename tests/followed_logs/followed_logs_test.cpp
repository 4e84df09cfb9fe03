// Files that Python's logging and logrotate write and rotate, followed by the real program, which is killed in the middle: every record arrives
// once. MAI_SLOW: a million records.

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>

#include "logs/logs_program.h"

namespace monitorai::tests {
namespace {

constexpr size_t kRecordsPerQuery = 100'000;
constexpr size_t kKills = 3;

bool slow() { return std::getenv("MAI_SLOW") != nullptr && *std::getenv("MAI_SLOW") != '\0'; }

/// For the writers, and for the arrival of what they wrote.
std::chrono::seconds patience() { return std::chrono::seconds(slow() ? 1500 : 200); }

/// A writer of numbered records in a process of its own.
class Writer {
 public:
  Writer(const LogsProgram& program, std::string way, size_t records, size_t per_file)
      : way_(std::move(way)),
        records_(records),
        process_({"python3", MAI_SOURCE_DIR "/tests/followed_logs/write_logs.py", way_, (program.folder() / "logs" / (way_ + ".log")).native(),
                  std::to_string(records), std::to_string(per_file)},
                 program.folder(), program.folder() / (way_ + ".txt")) {}

  size_t written() const {
    const std::string text = process_.output();
    if (text.ends_with("done\n")) return records_;
    const size_t at = text.rfind("written ");
    return at == std::string::npos ? 0 : parse_integer<size_t>(std::string_view(text).substr(at + 8, text.find('\n', at) - at - 8)).value_or(0);
  }
  std::string output() const { return process_.output(); }
  const std::string& way() const { return way_; }
  size_t records() const { return records_; }

 private:
  std::string way_;
  size_t records_;
  StartedProgram process_;
};

size_t stored(const LogsProgram& program, const std::string& way) {
  const HttpAnswer answer = program.loki.get("/loki/api/v1/query", {{"query", "sum(count_over_time({job=\"" + way + "\"} |= \"- record \" [2h]))"}});
  simdjson::dom::parser parser;
  std::string_view value;
  if (parser.parse(answer.body).at_pointer("/data/result/0/value/1").get(value) != simdjson::SUCCESS) return 0;
  return parse_integer<size_t>(value).value_or(0);
}

/// How often each record is stored.
std::vector<size_t> times_stored(const LogsProgram& program, const std::string& way, size_t records) {
  std::vector<size_t> out(records, 0);
  const std::string mark = " - record ";
  for (size_t first = 0; first < records; first += kRecordsPerQuery) {
    const std::string query = fmt::format("{{job=\"{}\"}} |= \"{}{:02}\"", way, mark, first / kRecordsPerQuery);
    for (const std::string& line : program.loki.lines(query, {{"limit", std::to_string(2 * kRecordsPerQuery)}, {"since", "2h"}})) {
      const size_t at = line.find(mark);
      const auto number = at == std::string::npos ? std::nullopt : parse_integer<size_t>(std::string_view(line).substr(at + mark.size(), 7));
      if (!number || *number >= records) {
        ADD_FAILURE() << line.substr(0, 300);
        return out;
      }
      ++out[*number];
      // A traceback stays with its record.
      EXPECT_EQ(*number % 500 == 499, line.ends_with("ValueError: of a traceback")) << line;
    }
  }
  return out;
}

void expect_each_once(const LogsProgram& program, const Writer& writer) {
  const std::vector<size_t> times = times_stored(program, writer.way(), writer.records());
  std::vector<size_t> lost, doubled;
  for (size_t i = 0; i < times.size(); ++i)
    if (times[i] != 1) (times[i] == 0 ? lost : doubled).push_back(i);
  const auto some = [](const std::vector<size_t>& numbers) { return fmt::format("{} records, the first {}", numbers.size(), numbers.empty() ? 0 : numbers[0]); };
  EXPECT_TRUE(lost.empty()) << writer.way() << ": lost " << some(lost);
  EXPECT_TRUE(doubled.empty()) << writer.way() << ": doubled " << some(doubled);
}

TEST(FollowedLogs, python_and_logrotate_rotate_and_a_kill_in_the_middle_loses_and_doubles_nothing) {
  if (!installed("python3")) GTEST_SKIP() << "python3 is not installed: ./dev test installs it";
  if (run_command("PATH=$PATH:/usr/sbin command -v logrotate").code != 0) GTEST_SKIP() << "logrotate is not installed: ./dev test installs it";
  const size_t records = slow() ? 500'000 : 40'000;
  LogsProgram program({fmt::format("logs.lines_returned_max={}", 2 * kRecordsPerQuery)});
  std::filesystem::create_directory(program.folder() / "logs");
  // What was rotated away before a file was ever seen is nobody's to read.
  for (const std::string way : {"rotating", "copytruncate"}) {
    std::ofstream(program.folder() / "logs" / (way + ".log")) << "begins\n";
    ASSERT_TRUE(eventually([&] { return program.loki.lines("{job=\"" + way + "\"}").size() == 1; }, patience())) << program.output();
  }
  const Writer rotating(program, "rotating", records, records / 40), copied(program, "copytruncate", records, records / 25);
  const auto begun = std::chrono::steady_clock::now();
  for (size_t kills = 0; kills < kKills; ++kills) {
    const size_t enough = records * (kills + 1) / (kKills + 1);
    ASSERT_TRUE(eventually([&] { return rotating.written() + copied.written() >= 2 * enough; }, patience())) << rotating.output() << copied.output();
    EXPECT_EQ(program.end(SIGKILL), 128 + SIGKILL);
    program.start_again();
  }
  for (const Writer* writer : {&rotating, &copied}) {
    EXPECT_TRUE(eventually([&] { return writer->written() == records; }, patience())) << writer->output();
    EXPECT_TRUE(eventually([&] { return stored(program, writer->way()) >= records; }, patience()))
        << writer->way() << ": " << stored(program, writer->way()) << " of " << records << "\n" << program.output();
  }
  const auto arrived = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun);
  fmt::print("{} records arrived after {:.1f} s\n", 2 * records, arrived.count());
  for (const Writer* writer : {&rotating, &copied}) expect_each_once(program, *writer);
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "logs" / "rotating.log.30"));
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "logs" / "copytruncate.log.20"));
}

}  // namespace
}  // namespace monitorai::tests

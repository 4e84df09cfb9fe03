#include <gtest/gtest.h>

#include "base/text.h"
#include "collect/logs/container_line.h"
#include "collect/logs/glob.h"
#include "collect/logs/level.h"
#include "collect/logs/line_cutter.h"
#include "collect/logs/line_time.h"
#include "collect/logs/masker.h"
#include "collect/logs/rotated_names.h"
#include "collect/logs/traceback.h"

namespace monitorai::collect {
namespace {

constexpr TimeNs kNow{1'795'428'000'000'000'000};  // 2026-11-23T10:00:00Z

TEST(Level, is_found_in_the_common_shapes) {
  const auto f = [](std::string_view level, std::string_view line) { EXPECT_EQ(level_of_line(line), level) << line; };
  f("error", "2025-01-15 10:30:26,123 - ERROR - Failed to load model: Out of memory");
  f("info", "2025-01-15 10:30:26,123 - INFO - [USER] Request #278: ERROR in my code");
  f("info", "INFO:     127.0.0.1:40000 - \"POST /v1/chat/completions HTTP/1.1\" 200 OK");
  f("warn", "WARNING:root:careful");
  f("info", "(APIServer pid=7) INFO 11-23 10:30:26 [loggers.py:248] Engine 000: Avg prompt throughput");
  f("critical", "CRITICAL 11-23 10:30:26 engine died");
  f("error", R"({"timestamp":"2025-01-15T10:30:26Z","level":"error","message":"x"})");
  f("warn", R"({"levelname": "WARNING", "msg": "level"})");
  f("error", R"({"level":50,"msg":"pino"})");
  f("", "{\"message\":\"level: error\"}");
  f("info", "time=2025-01-15T10:30:26.123Z level=INFO source=routes.go:1 msg=\"Listening\"");
  f("error", "I am not a level but [error] is");
  f("error", "error: cannot open model");
  f("warn", "W1123 10:30:26.123456     42 file.go:7] slow");
  f("info", "0.00.035.060 I srv  load_model: loading");
  f("info", "[I 2025-01-15 10:30:26.123 ServerApp] started");
  f("info", "\x1b[2m2025-01-15T10:30:26.123Z\x1b[0m \x1b[32m INFO\x1b[0m text_generation_router: ready");
  f("info", "2025-01-15 10:30:26.123 | INFO     | mod:fn:1 - msg");
  f("", "srv    send_error: task id = 7, error: the request exceeds the context");
  f("", "prompt eval time =     12.00 ms /   10 tokens");
  f("", "");
}

TEST(LineTime, is_found_in_the_common_shapes) {
  LineTimes times;
  const auto f = [&](std::string_view line, std::string_view utc) {
    size_t length = 0;
    auto civil = read_iso_time(utc, length);
    civil->offset_seconds = 0;
    const auto got = times.find(line, kNow);
    ASSERT_TRUE(got) << line;
    EXPECT_EQ(got->ns, times.resolve(*civil, kNow)->ns) << line;
  };
  f("2025-01-15T10:30:26.123456789Z ERROR x", "2025-01-15T10:30:26.123456789");
  f("2025-01-15 10:30:26,123+02:00 - INFO - x", "2025-01-15 08:30:26.123");
  f("[2025-01-15 10:30:26 +0000] [7] [INFO] Booting worker", "2025-01-15 10:30:26");
  f("127.0.0.1 - - [15/Jan/2025:10:30:26 +0100] \"GET / HTTP/1.1\" 200", "2025-01-15 09:30:26");
  f(R"({"message":"x","timestamp":"2025-01-15T10:30:26Z"})", "2025-01-15 10:30:26");
  f(R"({"ts":1736937026.5,"level":"info"})", "2025-01-15 10:30:26.5");
  f(R"({"time":1736937026500,"level":30})", "2025-01-15 10:30:26.5");
  f("time=2025-01-15T10:30:26.123Z level=INFO", "2025-01-15 10:30:26.123");
  f("\x1b[2m2025-01-15T10:30:26.123Z\x1b[0m  INFO x", "2025-01-15 10:30:26.123");
}

TEST(LineTime, a_time_without_a_zone_is_local_and_one_without_a_year_is_of_the_last_year) {
  LineTimes times;
  const auto local = [&](int year, int month, int day) { return times.resolve({.year = year, .month = month, .day = day, .hour = 10, .minute = 30, .second = 26}, kNow)->ns; };
  EXPECT_EQ(times.find("2025-01-15 10:30:26 x", kNow)->ns, local(2025, 1, 15));
  EXPECT_EQ(times.find("2025/01/15 10:30:26 x", kNow)->ns, local(2025, 1, 15));
  EXPECT_EQ(times.find("[GIN] 2025/01/15 - 10:30:26 | 200", kNow)->ns, local(2025, 1, 15));
  EXPECT_EQ(times.find("INFO 11-20 10:30:26 [x.py:1] y", kNow)->ns, local(2026, 11, 20));
  EXPECT_EQ(times.find("INFO 12-24 10:30:26 [x.py:1] y", kNow)->ns, local(2025, 12, 24));
  EXPECT_EQ(times.find("I1120 10:30:26 1 f.go:7] y", kNow)->ns, local(2026, 11, 20));
}

TEST(LineTime, what_is_no_time_is_none) {
  LineTimes times;
  for (const std::string_view line : {"", "hello", "2025-13-15 10:30:26", "2025-02-30 10:30:26", "2025-01-15 25:00:00", "10.0.0.1:8000", "{\"time\":\"soon\"}",
                                      "Request 2025-01-15", "0000-00-00 00:00:00", "02-30 10:00:00",
                                      // Behind the year 2262, where nanoseconds end.
                                      R"({"ts":99999999999})", R"({"ts":9223372037})", R"({"ts":9223372036.9})", R"({"ts":10000000000.5})",
                                      R"({"ts":99999999999.5x})", R"({"time":9999999999999})", R"({"time":9999999999999999})",
                                      R"({"time":99999999999999.5})", R"({"time":99999999999999999999})"})
    EXPECT_FALSE(times.find(line, kNow)) << line;
}

TEST(Traceback, of_python_with_its_chain_is_one) {
  TracebackState state;
  state.begin("ERROR boom", "error");
  for (const std::string_view line :
       {"Traceback (most recent call last):", "  File \"a.py\", line 1", "    f()", "ValueError: x", "", "During handling of the above exception, another exception occurred:",
        "", "Traceback (most recent call last):", "  File \"b.py\", line 2", "KeyError: 'y'"})
    EXPECT_TRUE(state.continues(line)) << line;
  EXPECT_FALSE(state.continues("INFO next"));
}

TEST(Traceback, of_java_is_one_and_ordinary_lines_are_complete_at_once) {
  TracebackState state;
  state.begin("java.lang.IllegalStateException: no", "");
  EXPECT_TRUE(state.continues("\tat com.example.Main.run(Main.java:7)"));
  EXPECT_TRUE(state.continues("Caused by: java.io.IOException: x"));
  EXPECT_TRUE(state.continues("\t... 12 more"));
  EXPECT_FALSE(state.continues("next"));
  state.begin("INFO ready", "info");
  EXPECT_FALSE(state.open());
}

TEST(Masker, hides_what_is_secret_and_leaves_the_rest) {
  const auto masker = *Masker::make({});
  const auto f = [&](std::string text, std::string_view want) {
    masker->mask(text);
    EXPECT_EQ(text, want);
  };
  f("key sk-proj-abcdefghijklmnopqrstuvwx used", "key [openai_key] used");
  f("hf_abcdefghijklmnopqrstuvwxyzABCDEFGH", "[huggingface_token]");
  f("AKIAIOSFODNN7EXAMPLE", "[aws_key]");
  f("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[github_token]");
  f("Authorization: Bearer abcdefghijklmnop.qrs", "Authorization: Bearer [bearer_token]");
  f("curl https://me:hunter22@host/x", "curl https://me:[url_password]@host/x");
  f("api_key=abcdef123456, next", "api_key=[secret], next");
  f(R"({"password": "hunter22"})", R"({"password": "[secret]"})");
  f("mail bob.smith@example.com now", "mail [email] now");
  f("card 4111 1111 1111 1111 ok", "card [card_number] ok");
  f("not a card 4111 1111 1111 1112", "not a card 4111 1111 1111 1112");
  f("call +49 30 1234567 or (555) 123-4567 now", "call [phone_number] or [phone_number] now");
  f("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "[private_key]");
  f("throughput: 1234567890123 tokens, 12 tokens/s, max_tokens=4096", "throughput: 1234567890123 tokens, 12 tokens/s, max_tokens=4096");
  f("2025-01-15 10:30:26,123 - INFO - took 0.25 s", "2025-01-15 10:30:26,123 - INFO - took 0.25 s");
}

TEST(Masker, rules_of_the_user_and_what_is_wrong_with_them) {
  std::string text = "user=alice id 77";
  const auto masker = Masker::make({.builtin = false, .rules = {{"user", "user=(\\w)\\w*", "user=$1***"}, {"id", "id \\d+", ""}}});
  EXPECT_EQ((*masker)->mask(text), 2u);
  EXPECT_EQ(text, "user=a*** [id]");
  EXPECT_NE(Masker::make({.rules = {{"bad", "(", ""}}}).error().message.find("cannot mask bad"), std::string::npos);
  EXPECT_NE(Masker::make({.rules = {{"empty", "x*", ""}}}).error().message.find("matches the empty text"), std::string::npos);
}

TEST(Masker, prompts_and_answers_by_policy) {
  const auto f = [](ContentPolicy policy, std::string text, std::string_view want) {
    (*Masker::make({.content = policy}))->mask(text);
    EXPECT_EQ(text, want);
  };
  const std::string line = "2025-01-15 10:30:26,123 - INFO - [USER] Request #278: mail a@b.io";
  f(ContentPolicy::redacted, line, "2025-01-15 10:30:26,123 - INFO - [USER] Request #278: mail [email]");
  f(ContentPolicy::full, line, line);
  f(ContentPolicy::off, line, "2025-01-15 10:30:26,123 - INFO - [USER] Request #278: (11 characters)");
  f(ContentPolicy::off, R"({"m":"[MODEL] héllo","level":"info"})", R"x({"m":"[MODEL] (5 characters)","level":"info"})x");
  f(ContentPolicy::full, "no content a@b.io", "no content [email]");
}

TEST(Masker, who_asks_gets_the_text_as_it_was) {
  const auto f = [](ContentPolicy policy, std::string text) {
    std::string original = "of the line before";
    (*Masker::make({.content = policy}))->mask(text, &original);
    return original;
  };
  const std::string line = "[USER] Request #1: mail a@b.io and c@d.io, sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD";
  EXPECT_EQ(f(ContentPolicy::redacted, line), line);
  EXPECT_EQ(f(ContentPolicy::off, "c@d.io " + line), "c@d.io " + line);
  EXPECT_EQ(f(ContentPolicy::full, line), "") << "nothing was masked";
  EXPECT_EQ(f(ContentPolicy::redacted, "[USER] nothing to hide"), "");
}

TEST(LineCutter, gives_every_byte_once_whatever_the_pieces) {
  const std::string text = "one\r\n\ntwo\nthree longer line\nhalf";
  for (size_t piece = 1; piece < 12; ++piece) {
    LineCutter cutter(8, 100, 0);
    std::vector<std::string> lines;
    uint64_t at = 100;
    const auto take = [&](const RawLine& line) {
      EXPECT_LE(line.begin, line.end);
      EXPECT_GE(line.begin, at);
      at = line.end;
      lines.push_back(fmt::format("{}:{}", line.part, line.text));
    };
    for (size_t i = 0; i < text.size(); i += piece) cutter.feed(std::string_view(text).substr(i, piece), take);
    cutter.end(take);
    EXPECT_EQ(lines, (std::vector<std::string>{"0:one", "0:", "0:two", "1:three ", "2:longer ", "3:line", "0:half"})) << piece;
  }
}

TEST(Glob, matches_as_doublestar_does) {
  const auto f = [](std::string_view pattern, std::string_view path, bool want) { EXPECT_EQ(Glob::parse(pattern)->matches(path), want) << pattern << " " << path; };
  f("/var/log/*.log", "/var/log/a.log", true);
  f("/var/log/*.log", "/var/log/b/a.log", false);
  f("/var/log/**/*.log", "/var/log/a.log", true);
  f("/var/log/**/*.log", "/var/log/b/c/a.log", true);
  f("/var/log/{a,b}[0-9]?.log", "/var/log/b7x.log", true);
  f("/var/log/{a,b}[!0-9].log", "/var/log/a7.log", false);
  f("/a/../b/*.log", "/b/x.log", true);
  EXPECT_FALSE(Glob::parse(""));
  EXPECT_FALSE(Glob::parse("/a/[b"));
  EXPECT_FALSE(Glob::parse("/a/{b"));
}

TEST(RotatedNames, are_told_from_other_files) {
  const auto f = [](std::string_view name, bool want) { EXPECT_EQ(is_rotated_name("app.log", name), want) << name; };
  f("app.log.1", true);
  f("app.log-20261123", true);
  f("app.2026-11-23_10-30.log", true);
  f("app.1.log", true);
  f("app.log.old", true);
  f("app.log.1.gz", false);
  f("app.log", false);
  f("app-other.log", false);
  f("apple.log", false);
  EXPECT_TRUE(rotated_before("app.log.12", "app.log.2"));
  EXPECT_TRUE(rotated_before("app.log-20251123", "app.log-20261123"));
}

TEST(ContainerLine, unwraps_or_says_no) {
  EXPECT_EQ(read_docker_line(R"({"log":"a\u00e9\ud83d\ude00\n","stream":"stdout","time":"2026-11-23T10:00:00Z"})")->text, "aé😀");
  EXPECT_TRUE(read_docker_line(R"({"log":"part","stream":"stdout","time":"2026-11-23T10:00:00Z"})")->partial);
  for (const std::string_view bad : {"", "{", R"({"log":"x)", R"({"log":"x\n"})", R"({"log":"x\n","time":"soon"})", "plain"}) EXPECT_FALSE(read_docker_line(bad) && read_docker_line(bad)->time) << bad;
  EXPECT_EQ(read_cri_line("2026-11-23T10:00:00.1Z stderr F ")->text, "");
  for (const std::string_view bad : {"", "x", "x stdout F y", "2026-11-23T10:00:00Z other F y", "2026-11-23T10:00:00Z stdout X y"}) EXPECT_FALSE(read_cri_line(bad)) << bad;
}

}  // namespace
}  // namespace monitorai::collect

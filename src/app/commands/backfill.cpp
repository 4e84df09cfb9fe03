// `monitorai backfill`: recording rules over a time that is past.

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/query/backfill.h"
#include "app/query/importer.h"
#include "base/text.h"
#include "text/go_time.h"

namespace monitorai::app {
namespace {

struct BackfillArguments {
  ApiAddress address;
  std::vector<std::string> files;
  std::string start;
  std::string end;
  std::string interval = "15s";
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai backfill: {}\n", message);
  return 1;
}

/// Unix seconds or RFC 3339.
Result<TimeMs> time_of(std::string_view text, std::string_view option) {
  if (const auto seconds = parse_number(text); seconds && *seconds >= 0 && *seconds < 1e11) return TimeMs{static_cast<int64_t>(*seconds * 1000)};
  if (const auto time = text::parse_time("2006-01-02T15:04:05Z07:00", text)) return TimeMs{time->ns / 1'000'000};
  return Error{Code::invalid, fmt::format("{} is Unix seconds or a time as 2026-11-23T13:00:00Z, not \"{}\"", option, text)};
}

Result<std::string> send_samples(const ApiAddress& address, const std::string& body) {
  MAI_TRY_ASSIGN(const PostAnswer answer, post(address, "/api/v1/write", body,
                                               {{"Content-Type", "application/x-protobuf"},
                                                {"Content-Encoding", "snappy"},
                                                {"X-Prometheus-Remote-Write-Version", "0.1.0"}}));
  if (answer.status / 100 == 2) return std::string();
  std::string said(trim(answer.body));
  if (answer.status == 400) return said;
  return Error{Code::unavailable, fmt::format("it answers with HTTP status {}: {}", answer.status, said)};
}

int run_backfill(const BackfillArguments& arguments) {
  std::vector<judge::GroupSpec> groups;
  for (const std::string& file : arguments.files) {
    judge::ReadRules read = judge::read_rule_file(file);
    for (const yaml::Problem& problem : read.problems) fmt::print(stderr, "{}\n", problem.line());
    if (!read.problems.empty()) return 1;
    std::move(read.groups.begin(), read.groups.end(), std::back_inserter(groups));
  }
  const SystemClock clock;
  const auto from = time_of(arguments.start, "--start");
  const auto to = arguments.end.empty() ? Result<TimeMs>(clock.now()) : time_of(arguments.end, "--end");
  const auto interval = parse_duration(arguments.interval);
  if (!from || !to) return fail(!from ? from.error().message : to.error().message);
  if (!interval || interval->count() <= 0) return fail("--interval is a duration such as 15s");
  if (*from >= *to) return fail("--start is not before --end");
  const auto seconds = [](TimeMs time) { return format_number(static_cast<double>(time.ms) / 1000); };
  const auto done = backfill(
      groups, {*from, *to}, *interval,
      [&](const std::string& query, TimeMs begin, TimeMs end, std::chrono::milliseconds step) {
        return ask(arguments.address, "/api/v1/query_range",
                   {{"query", query}, {"start", seconds(begin)}, {"end", seconds(end)}, {"step", format_number(static_cast<double>(step.count()) / 1000)}});
      },
      [&](const std::string& text) -> Result<std::string> {
        const auto counts = import_exposition(
            text, collect::ExpositionFormat::prometheus_text, [&](const std::string& body, size_t) { return send_samples(arguments.address, body); }, [](size_t) {});
        if (!counts) return counts.error();
        return counts->first_problem;
      });
  if (!done) return fail(done.error().message);
  fmt::print("{} recording rules, {} samples", done->rules, done->samples);
  if (done->alerting_rules_left_out > 0) fmt::print("; {} alerting rules left out", done->alerting_rules_left_out);
  if (done->log_groups_left_out > 0) fmt::print("; {} groups in LogQL left out", done->log_groups_left_out);
  fmt::print("\n");
  if (done->requests_with_refusals == 0) return 0;
  return fail(fmt::format("{} requests were taken only in part; of the first: {}", done->requests_with_refusals, done->first_problem));
}

}  // namespace

Command backfill_command() {
  auto arguments = std::make_shared<BackfillArguments>();
  return {.name = "backfill",
          .summary = "Record rules over a time that is past",
          .description = "Evaluates the recording rules of files over a past time in a running monitorai and stores what they give, so that a new rule\n"
                         "has a history. Samples are taken when they are in order for their series: backfill before the rule runs, up to its first sample.\n"
                         "  monitorai backfill rules/new.yml --start 2026-11-20T00:00:00Z",
          .declare =
              [arguments](Options& options) {
                options.positionals("FILE", arguments->files, "Rule files", true);
                options.value("--start", arguments->start, "The first time: Unix seconds or RFC 3339", "TIME");
                options.value("--end", arguments->end, "The last time (default: now)", "TIME");
                options.value("--interval", arguments->interval, "Of groups that name none (default 15s)", "DURATION");
                options.value("--url", arguments->address.url, "Where to ask (default http://127.0.0.1:3000)", "URL");
                options.value("--user", arguments->address.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
              },
          .run =
              [arguments] {
                if (const char* token = std::getenv("MONITORAI_TOKEN")) arguments->address.token = token;
                while (arguments->address.url.ends_with('/')) arguments->address.url.pop_back();
                return run_backfill(*arguments);
              }};
}

}  // namespace monitorai::app

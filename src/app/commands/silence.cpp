// `monitorai silence add|list|expire`: silences of a running program, or of any Alertmanager.

#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/query/silence_client.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "forward/notify/matchers.h"
#include "text/go_time.h"

namespace monitorai::app {
namespace {

struct SilenceArguments {
  ApiAddress address;
  std::vector<std::string> words;  ///< matchers, or ids
  std::string duration = "2h";
  std::string comment;
  std::string author;
  bool expired = false;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai silence: {}\n", message);
  return 1;
}

void declare_address(Options& options, SilenceArguments& arguments) {
  options.value("--url", arguments.address.url, "The program, or an Alertmanager (default http://127.0.0.1:3000)", "URL");
  options.value("--user", arguments.address.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
}

void complete_address(SilenceArguments& arguments) {
  if (const char* token = std::getenv("MONITORAI_TOKEN")) arguments.address.token = token;
  while (arguments.address.url.ends_with('/')) arguments.address.url.pop_back();
}

std::string user_name() {
  const passwd* user = ::getpwuid(::getuid());
  return user == nullptr ? std::string("unknown") : std::string(user->pw_name);
}

std::string time_text(TimeMs time) { return text::format_time({.ns = time.ms * 1'000'000}, "2006-01-02T15:04:05.000Z07:00"); }

Result<std::string> silence_json(const SilenceArguments& arguments, TimeMs now) {
  forward::Matchers matchers;
  for (const std::string& word : arguments.words) {
    // A bare word is the name of an alert, as with amtool.
    MAI_TRY_ASSIGN(auto parsed, forward::parse_matchers(word.find_first_of("=~") == std::string::npos ? "alertname=" + word : word));
    std::move(parsed.begin(), parsed.end(), std::back_inserter(matchers));
  }
  MAI_TRY_ASSIGN(const auto duration, parse_duration(arguments.duration));
  JsonWriter out;
  out.begin_object().key("matchers").begin_list();
  for (const signals::Matcher& matcher : matchers) {
    const auto op = matcher.op();
    out.begin_object().field("name", matcher.name()).field("value", matcher.value());
    out.field("isRegex", op == signals::MatchOp::regex || op == signals::MatchOp::not_regex);
    out.field("isEqual", op == signals::MatchOp::equal || op == signals::MatchOp::regex).end_object();
  }
  out.end_list().field("startsAt", time_text(now)).field("endsAt", time_text(now + duration));
  out.field("createdBy", arguments.author.empty() ? user_name() : arguments.author).field("comment", arguments.comment).end_object();
  return out.take();
}

int add(const SilenceArguments& arguments) {
  const SystemClock clock;
  const auto body = silence_json(arguments, clock.now());
  if (!body) return fail(body.error().message);
  const auto answer = request_alertmanager(arguments.address, "POST", "/api/v2/silences", *body);
  if (!answer) return fail(answer.error().message);
  const auto id = read_silence_id(*answer);
  if (!id) return fail(id.error().message);
  fmt::print("{}\n", *id);
  return 0;
}

int list(const SilenceArguments& arguments) {
  net::Parameters filters;
  for (const std::string& word : arguments.words) filters.emplace_back("filter", word);
  const auto answer = request_alertmanager(arguments.address, "GET", "/api/v2/silences" + (filters.empty() ? std::string() : "?" + form_of(filters)), {});
  if (!answer) return fail(answer.error().message);
  const auto silences = read_silences(*answer);
  if (!silences) return fail(silences.error().message);
  for (const ListedSilence& one : *silences) {
    if (one.state == "expired" && !arguments.expired) continue;
    fmt::print("{}  {:<7}  until {}  {}  by {}{}\n", one.id, one.state, one.ends_at, one.matchers, one.created_by, one.comment.empty() ? "" : ": " + one.comment);
  }
  return 0;
}

int expire(const SilenceArguments& arguments) {
  int out = 0;
  for (const std::string& id : arguments.words) {
    const auto answer = request_alertmanager(arguments.address, "DELETE", "/api/v2/silence/" + id, {});
    if (!answer) out = fail(answer.error().message);
  }
  return out;
}

}  // namespace

Command silence_add_command() {
  auto arguments = std::make_shared<SilenceArguments>();
  return {.name = "silence add",
          .summary = "Silence alerts that match",
          .description = "Tells nobody of the alerts that match all matchers, for a time, and prints the silence's id.\n"
                         "  monitorai silence add LLMVRAMLeak 'model_name=~\"llama.*\"' --duration 4h --comment 'known, fix is coming'",
          .declare =
              [arguments](Options& options) {
                options.positionals("MATCHER", arguments->words, "name=value, name!=value, name=~regex, name!~regex, or the name of an alert", true);
                options.value("--duration", arguments->duration, "For how long (default 2h)", "DURATION");
                options.value("--comment", arguments->comment, "Why", "TEXT");
                options.value("--author", arguments->author, "Who (default: the user)", "NAME");
                declare_address(options, *arguments);
              },
          .run =
              [arguments] {
                complete_address(*arguments);
                return add(*arguments);
              }};
}

Command silence_list_command() {
  auto arguments = std::make_shared<SilenceArguments>();
  return {.name = "silence list",
          .summary = "List silences",
          .description = "Lists active and pending silences: id, state, end, matchers, author and comment.",
          .declare =
              [arguments](Options& options) {
                options.positionals("MATCHER", arguments->words, "Only silences with matchers for these", false);
                options.flag("--expired", arguments->expired, "Ended ones too");
                declare_address(options, *arguments);
              },
          .run =
              [arguments] {
                complete_address(*arguments);
                return list(*arguments);
              }};
}

Command silence_expire_command() {
  auto arguments = std::make_shared<SilenceArguments>();
  return {.name = "silence expire",
          .summary = "End silences now",
          .description = "Ends the silences with these ids.",
          .declare =
              [arguments](Options& options) {
                options.positionals("ID", arguments->words, "As `monitorai silence list` shows them", true);
                declare_address(options, *arguments);
              },
          .run =
              [arguments] {
                complete_address(*arguments);
                return expire(*arguments);
              }};
}

}  // namespace monitorai::app

#include <unistd.h>

#include <cstdio>

#include "app/check/exposition_lint.h"
#include "app/commands.h"
#include "base/files.h"
#include "net/http_client.h"

namespace monitorai::app {
namespace {

constexpr size_t kTextBytesMax = size_t{64} << 20;
constexpr std::string_view kOpenMetrics = "application/openmetrics-text";

struct Text {
  std::string text;
  bool open_metrics = false;
};

Result<Text> read_url(const std::string& url) {
  net::HttpClient client({.body_bytes_max = kTextBytesMax, .redirects_max = 3});
  MAI_TRY_ASSIGN(auto response, client.get(url, {{"Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"}}));
  if (response.status != 200) return Error{Code::unavailable, fmt::format("cannot read {}: the answer is HTTP {}", url, response.status)};
  return Text{std::move(response.body), response.header("content-type").starts_with(kOpenMetrics)};
}

Result<Text> read_input(const std::string& from) {
  if (from.starts_with("http://") || from.starts_with("https://")) return read_url(from);
  Text text;
  if (from.empty() || from == "-") {
    MAI_TRY_ASSIGN(const bool whole, read_to_end(STDIN_FILENO, text.text, kTextBytesMax));
    if (!whole) return Error{Code::exhausted, fmt::format("cannot read stdin: it is larger than {} bytes", kTextBytesMax)};
  } else {
    MAI_TRY_ASSIGN(text.text, read_file(from, kTextBytesMax));
  }
  text.open_metrics = text.text.ends_with("# EOF\n") || text.text.ends_with("# EOF");
  return text;
}

int check(const std::string& from) {
  const auto text = read_input(from);
  if (!text) {
    fmt::print(stderr, "monitorai check metrics: {}\n", text.error().message);
    return 1;
  }
  const LintResult result = lint_exposition(text->text, text->open_metrics);
  const std::string name = from.empty() || from == "-" ? "stdin" : from;
  for (const Finding& finding : result.findings)
    fmt::print("{}:{}: {}{}\n", name, finding.line, finding.kind == Finding::Kind::error ? "" : "advice: ", finding.text);
  const size_t more = result.errors + result.advice - result.findings.size();
  if (more > 0) fmt::print("and {} more\n", more);
  fmt::print("{}: {} samples of {} families ({}), {} errors, {} pieces of advice\n", name, result.samples, result.families,
             text->open_metrics ? "OpenMetrics 1.0" : "text 0.0.4", result.errors, result.advice);
  return result.errors == 0 ? 0 : 1;
}

}  // namespace

Command check_metrics_command() {
  auto from = std::make_shared<std::string>();
  return {
      .name = "check metrics",
      .summary = "Check what a Prometheus target exposes",
      .description =
          "Checks an exposition (text 0.0.4, or OpenMetrics 1.0 where the text or its Content-Type says so): syntax, types, families that\n"
          "stand together, series that occur once, histograms that add up; and gives advice on names.\n"
          "Exit code 0: no error (advice is none); 1: there are errors, or it cannot be read.",
      .declare = [from](Options& options) { options.positional("SOURCE", *from, "A file, a URL, or - for stdin (default)", false); },
      .run = [from] { return check(*from); }};
}

}  // namespace monitorai::app

// `monitorai import`: samples of a file into a running program.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "app/commands.h"
#include "app/progress_bar.h"
#include "app/query/api_client.h"
#include "app/query/importer.h"
#include "base/files.h"
#include "base/text.h"

namespace monitorai::app {
namespace {

constexpr size_t kStdinBytesMax = size_t{1} << 30;

struct ImportArguments {
  ApiAddress address;
  std::string file;
  bool quiet = false;
};

int fail(std::string_view message) {
  fmt::print(stderr, "monitorai import: {}\n", message);
  return 1;
}

int run_import(const ImportArguments& arguments) {
  std::string from_stdin;
  std::optional<MappedFile> mapped;
  if (arguments.file == "-") {
    const auto whole = read_to_end(STDIN_FILENO, from_stdin, kStdinBytesMax);
    if (!whole) return fail(whole.error().message);
    if (!*whole) return fail(fmt::format("standard input is larger than {} bytes: import a file", kStdinBytesMax));
  } else {
    auto opened = MappedFile::open(arguments.file);
    if (!opened) return fail(opened.error().message);
    mapped.emplace(std::move(*opened));
  }
  const std::string_view text = mapped ? mapped->bytes() : std::string_view(from_stdin);
  const bool open_metrics = trim(text.substr(text.size() < 64 ? 0 : text.size() - 64)).ends_with("# EOF");
  ProgressBar bar(text.size(), ProgressBar::Unit::bytes, arguments.quiet);
  const auto counts = import_exposition(
      text, open_metrics ? collect::ExpositionFormat::open_metrics : collect::ExpositionFormat::prometheus_text,
      [&](const std::string& body, size_t) -> Result<std::string> {
        MAI_TRY_ASSIGN(const PostAnswer answer,
                       post(arguments.address, "/api/v1/write", body,
                            {{"Content-Type", "application/x-protobuf"}, {"Content-Encoding", "snappy"}, {"X-Prometheus-Remote-Write-Version", "0.1.0"}}));
        if (answer.status / 100 == 2) return std::string();
        const std::string said(trim(answer.body));
        if (answer.status == 400) return said;
        return Error{Code::unavailable, fmt::format("it answers with HTTP status {}: {}", answer.status, said)};
      },
      [&](size_t done) { bar.show(done); });
  bar.end();
  if (!counts) return fail(counts.error().message);
  if (!arguments.quiet) fmt::print("{} samples in {} requests\n", counts->samples, counts->requests);
  if (counts->requests_with_refusals == 0) return 0;
  return fail(fmt::format("{} requests were taken only in part; of the first: {}", counts->requests_with_refusals, counts->first_problem));
}

}  // namespace

Command import_command() {
  auto arguments = std::make_shared<ImportArguments>();
  return {.name = "import",
          .summary = "Put the samples of a file into the metric store",
          .description = "Sends the samples of a file of OpenMetrics text (or Prometheus text with timestamps) to a running monitorai.\n"
                         "Samples within retention are taken when they are in order for their series.\n"
                         "  monitorai import backfill.om",
          .declare =
              [arguments](Options& options) {
                options.positional("FILE", arguments->file, "The file, or - for standard input", true);
                options.flag("-q,--quiet", arguments->quiet, "No progress bar and no summary");
                options.value("--url", arguments->address.url, "Where to send (default http://127.0.0.1:3000)", "URL");
                options.value("--user", arguments->address.user, "NAME:PASSWORD, where it wants a password", "NAME:PASSWORD");
              },
          .run =
              [arguments] {
                if (const char* token = std::getenv("MONITORAI_TOKEN")) arguments->address.token = token;
                while (arguments->address.url.ends_with('/')) arguments->address.url.pop_back();
                return run_import(*arguments);
              }};
}

}  // namespace monitorai::app

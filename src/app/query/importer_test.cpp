#include "app/query/importer.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "collect/push/remote_write.h"

namespace monitorai::app {
namespace {

struct Imported {
  Result<ImportCounts> run(std::string_view text, collect::ExpositionFormat format = collect::ExpositionFormat::prometheus_text) {
    return import_exposition(
        text, format,
        [&](const std::string& body, size_t) -> Result<std::string> {
          const auto write = collect::RemoteWrite::decode(body);
          for (size_t i = 0; i < (*write)->series().size(); ++i)
            for (const signals::Sample& sample : (*write)->series()[i].samples) lines.push_back(fmt::format("{} {}@{}", (*write)->labels(i).back().value, format_number(sample.value), sample.time.ms));
          families += (*write)->metadata().size();
          return refusal;
        },
        [&](size_t bytes) { done = bytes; });
  }
  std::vector<std::string> lines;
  std::string refusal;
  size_t families = 0;
  size_t done = 0;
};

TEST(Importer, sends_every_sample_with_its_time_and_the_metadata) {
  Imported imported;
  const std::string text = "# TYPE a counter\n# HELP a help\na_total{x=\"1\"} 1 1000\na_total{x=\"1\"} 2 1015\na_total{x=\"2\"} 5 1000\n# EOF\n";
  const auto counts = imported.run(text, collect::ExpositionFormat::open_metrics);
  ASSERT_TRUE(counts) << counts.error().message;
  EXPECT_EQ(counts->samples, 3u);
  EXPECT_EQ(imported.lines, (std::vector<std::string>{"1 1@1000000", "1 2@1015000", "2 5@1000000"}));
  EXPECT_EQ(imported.families, 1u);
  EXPECT_EQ(imported.done, text.size());
}

TEST(Importer, cuts_a_long_file_into_requests) {
  std::string text;
  for (size_t i = 0; i < 2 * kImportSamplesPerRequest + 1; ++i) text += fmt::format("a {} {}\n", i, i);
  Imported imported;
  const auto counts = imported.run(text);
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->requests, 3u);
  EXPECT_EQ(imported.lines.size(), 2 * kImportSamplesPerRequest + 1);
}

TEST(Importer, names_the_line_that_cannot_be_imported_and_what_was_refused) {
  Imported imported;
  EXPECT_EQ(imported.run("a 1 1000\na 2\n").error().message, "cannot read line 2: the sample has no timestamp, so it cannot be put into the past");
  imported.refusal = "1 out of order";
  const auto counts = imported.run("a 1 1000\n");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->requests_with_refusals, 1u);
  EXPECT_EQ(counts->first_problem, "1 out of order");
}

TEST(Importer, an_empty_file_is_no_request) { EXPECT_EQ(Imported().run("")->requests, 0u); }

}  // namespace
}  // namespace monitorai::app

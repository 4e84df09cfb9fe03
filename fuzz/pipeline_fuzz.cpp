// promtail's pipeline_stages and lines for them, of any bytes: YAML up to a line "----", then lines. What compiles runs within its limits, the
// same lines give the same entries again, and entries cover offsets that were given.

#include "app/config/promtail.h"
#include "collect/logs/pipeline/pipeline.h"

using namespace monitorai;

namespace {

constexpr std::string_view kBreak = "\n----\n";
constexpr TimeNs kNow{1'795'428'000'000'000'000};

std::vector<collect::Entry> entries_of(const collect::PipelinePlan& plan, std::string_view lines) {
  const auto processor = plan.make_processor({{"job", "a"}, {"filename", "/x.log"}});
  std::vector<collect::Entry> out;
  uint64_t at = 0;
  while (at < lines.size()) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    processor->line({.begin = at, .end = end + 1, .text = lines.substr(at, end - at)}, kNow, out);
    if (const auto held = processor->held()) MAI_CHECK(held->begin <= at);
    at = end + 1;
  }
  processor->flush(kNow, out);
  MAI_CHECK(!processor->held());
  for (const collect::Entry& entry : out) MAI_CHECK(entry.begin < entry.end && entry.end <= lines.size() + 1);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  const size_t at = std::min(input.find(kBreak), input.size());
  const std::string_view lines = input.substr(std::min(at + kBreak.size(), input.size()));
  std::vector<app::Problem> problems;
  const auto stages = app::read_pipeline_stages(app::read_yaml(input.substr(0, at), "f.yml", problems), "f.yml", problems);
  for (const app::Problem& problem : problems) MAI_CHECK(problem.where.starts_with("f.yml:") && !problem.text.empty());
  const auto plan = collect::make_pipeline(stages, app::compile_field_template);
  if (!plan) {
    MAI_CHECK(!plan.error().message.empty());
    return 0;
  }
  const auto first = entries_of(**plan, lines), second = entries_of(**plan, lines);
  MAI_CHECK(first.size() == second.size());
  for (size_t i = 0; i < first.size(); ++i) MAI_CHECK(first[i].text == second[i].text && first[i].begin == second[i].begin);
  std::vector<signals::MetricFamily> families;
  (*plan)->append_families(families);
  return 0;
}

// What alerts about drift and hallucination tell besides their rule.

#include <algorithm>

#include "app/serve/quality.h"
#include "base/text.h"
#include "judge/rules/alert.h"

namespace monitorai::app {
namespace {

constexpr size_t kWorstTold = 3;
constexpr size_t kTextTold = 200;
constexpr double kPercent = 100;

std::string shortened(std::string_view text) {
  size_t end = std::min(text.size(), kTextTold);
  while (end > 0 && end < text.size() && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  std::string out(text.substr(0, end));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  return end < text.size() ? out + "..." : out;
}

/// Alerts of our own rules say by a label what they are about; the specification's has none.
std::string_view subject_of(const judge::Alert& alert) {
  const std::string_view about = alert.labels.value("quality");
  if (about.empty() && alert.labels.value("alertname") == "HallucinationSpike") return "hallucination";
  return about;
}

std::string trace_link(std::string_view url, const std::string& trace) {
  return trace.empty() ? std::string() : fmt::format("{}/traces/{}", url, trace);
}

std::string hallucination_figures(const judge::HallucinationRate& rate) {
  std::string out = fmt::format("{} of {} answers flagged: {:.1f} % (95 % interval {:.1f} to {:.1f} %)", rate.window.flagged,
                                rate.window.judged, kPercent * rate.share.rate, kPercent * rate.share.low, kPercent * rate.share.high);
  if (rate.share.corrected) out += fmt::format(", {:.1f} % corrected for the detector's errors", kPercent * *rate.share.corrected);
  if (rate.usual.judged > 0) out += fmt::format("; usual: {:.1f} % of {}", kPercent * rate.usual_share.rate, rate.usual.judged);
  return out;
}

std::string worst_answers(const std::vector<judge::KeptAnswer>& kept, std::string_view url) {
  std::string out;
  for (const judge::KeptAnswer& one : kept) {
    if (!out.empty()) out += '\n';
    out += fmt::format("- {:.2f}", one.score);
    if (!one.answer.empty()) out += fmt::format(" \"{}\"", shortened(one.answer));
    for (const judge::JudgedSentence& sentence : one.sentences)
      if (!sentence.supported() && !sentence.missing.empty() && !one.answer.empty()) {
        out += fmt::format(" (the facts lack: {})", shortened(join(sentence.missing, ", ")));
        break;
      }
    if (const std::string link = trace_link(url, one.trace_id); !link.empty()) out += " " + link;
  }
  return out;
}

/// The tests of a comparison, as a person calls what they compare.
std::string_view compared_name(std::string_view test) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"prompt", "prompts"},
                                                                      {"words", "words of prompts"},
                                                                      {"length", "lengths of prompts"},
                                                                      {"language", "languages of prompts"},
                                                                      {"score", "scores of answers"},
                                                                      {"score of like prompts", "scores of answers to like prompts"}};
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto& one) { return one.first == test; });
  return found == std::end(kNames) ? test : found->second;
}

/// What differs beyond chance, most first; where nothing does any more, how the prompts stand.
std::string drift_figures(const judge::Comparison& comparison, double level) {
  std::vector<const judge::TestedColumn*> told;
  for (const judge::TestedColumn& column : comparison.columns)
    if (column.p_adjusted <= level) told.push_back(&column);
  std::stable_sort(told.begin(), told.end(), [](const auto* a, const auto* b) { return a->score > b->score; });
  if (told.empty())
    for (const judge::TestedColumn& column : comparison.columns)
      if (column.name == "prompt") told.push_back(&column);
  std::vector<std::string> out;
  for (const judge::TestedColumn* column : told)
    out.push_back(fmt::format("{}: score {:.2f} (95 of 100 windows without a change stay below {:.2f}), p {:.3f}",
                              compared_name(column->name), column->score, column->null_score_95, column->p_adjusted));
  out.push_back(fmt::format("{} prompts against a baseline of {}", comparison.window_rows, comparison.baseline_rows));
  out.push_back(fmt::format("embedding: {}", comparison.embedder));
  return join(out, "; ");
}

std::string drift_examples(const judge::Comparison& comparison) {
  std::string out;
  for (size_t i = 0; i < std::min(comparison.topics.size(), kWorstTold); ++i) {
    const judge::TopicChange& topic = comparison.topics[i];
    out += fmt::format("{}- {:.0f} % of the prompts now, {:.0f} % before", out.empty() ? "" : "\n", kPercent * topic.share_now,
                       kPercent * topic.share_before);
    if (!topic.prompts.empty()) out += fmt::format(", such as \"{}\"", shortened(topic.prompts.front()));
  }
  return out;
}

void add(judge::Alert& alert, const char* name, std::string text) {
  if (!text.empty()) alert.annotations[name] = std::move(text);
}

}  // namespace

std::vector<judge::Alert> Quality::explained(std::span<const judge::Alert> alerts, const std::string& address) {
  const std::string_view url = std::string_view(address).substr(0, address.find_last_not_of('/') + 1);
  std::vector<judge::Alert> out(alerts.begin(), alerts.end());
  const bool any = std::any_of(out.begin(), out.end(), [](const judge::Alert& alert) { return !subject_of(alert).empty(); });
  const std::shared_ptr<const serve::QualityApi> api = any ? existing_api() : nullptr;
  if (!api) return out;
  const auto series = api->watcher->view();
  for (judge::Alert& alert : out) {
    const std::string_view subject = subject_of(alert);
    if (subject.empty()) continue;
    const judge::SeriesKey key{std::string(alert.labels.value("model_name")), std::string(alert.labels.value("service")),
                               std::string(alert.labels.value("route"))};
    const auto found = std::find_if(series.begin(), series.end(), [&](const judge::SeriesView& one) { return one.key == key; });
    if (found == series.end()) continue;
    if (subject == "drift" && found->drift.newest) {
      add(alert, "figures", drift_figures(*found->drift.newest, settings_.drift.level));
      add(alert, "what_is_new", drift_examples(*found->drift.newest));
    }
    if (subject != "hallucination") continue;
    add(alert, "figures", hallucination_figures(found->rate));
    // Those of the window: what a person should read now.
    judge::KeptQuery query{
        .series = key, .flagged = true, .from = clock_.now() - 2 * settings_.meter.window, .worst_first = true, .limit = kWorstTold};
    api->watcher->flush();
    if (const auto worst = api->watcher->shelf().kept(query)) add(alert, "worst_answers", worst_answers(*worst, url));
  }
  return out;
}

}  // namespace monitorai::app

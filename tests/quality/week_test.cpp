// A week of the demo's traffic in which nothing happens, under a clock that the test moves and the settings that are shipped: no alarm.
// The whole week with MAI_SLOW, half a day of it otherwise.

#include <gtest/gtest.h>

#include <cstdlib>

#include "app/demo/answers.h"
#include "app/serve/quality_file.h"
#include "base/files.h"
#include "base/text.h"
#include "judge/quality/watch/watcher.h"

namespace monitorai::app {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kAnswerEvery{8};  // 37 in the window of 5 minutes: enough to be judged, little enough to be noise
constexpr std::chrono::milliseconds kLookEvery{30'000};

struct Week {
  uint64_t answers = 0, comparisons = 0, looks = 0;
  uint64_t drift_alarms = 0, spikes = 0;  ///< looks at which there was one
  double drift_score_max = 0, share_low_max = 0, share_max = 0;
  uint64_t specification = 0;  ///< looks at which SPEC's rule was true: the mean share of 5 minutes over 10 %
};

Week live(std::chrono::hours time, uint64_t seed) {
  TemporaryDirectory folder;
  FakeClock clock;
  judge::WatchSettings settings;
  settings.text.content = judge::TextContent::full;
  // Compared every 30 minutes instead of 5: windows of 30 minutes that do not overlap, which is what confirms a drift.
  settings.drift.interval = settings.drift.window;
  auto file = QualityFile::open(folder.path() / "quality.db", clock, {});
  auto watcher = judge::QualityWatcher::open(settings, clock, **file, [] { return std::make_shared<judge::LexicalEmbedder>(); });
  Week out;
  std::chrono::milliseconds since_look{0};
  for (std::chrono::milliseconds at{0}; at < time; at += kAnswerEvery) {
    const demo::AskedAnswer asked = demo::asked_answer(seed * 1'000'000'007 + out.answers++, {}, 0);
    judge::Submission one{.answer = {.prompt = asked.prompt, .text = asked.answer, .facts = {asked.facts}, .origin = {.model = "m"}}};
    std::vector<judge::Submission> all;
    all.push_back(std::move(one));
    (*watcher)->judge(std::move(all));
    clock.advance(kAnswerEvery);
    since_look += kAnswerEvery;
    if (since_look < kLookEvery) continue;
    since_look = {};
    (*watcher)->flush();
    if (const auto due = (*watcher)->next_comparison(); due && *due <= clock.now()) (*watcher)->compare_due();
    const auto view = (*watcher)->view();
    const judge::HallucinationRate& rate = view.at(0).rate;
    ++out.looks;
    out.drift_alarms += view.at(0).drift.score > settings.drift.score_max ? 1u : 0u;
    out.spikes += rate.spike ? 1u : 0u;
    out.drift_score_max = std::max(out.drift_score_max, view.at(0).drift.score);
    if (rate.window.judged >= settings.meter.answers_min) {
      out.share_low_max = std::max(out.share_low_max, rate.share.low);
      out.share_max = std::max(out.share_max, rate.share.rate);
      out.specification += rate.share.rate > 0.1 ? 1u : 0u;
    }
  }
  out.comparisons = (*watcher)->counts().comparisons;
  return out;
}

TEST(QualityWeek, of_stationary_demo_traffic_raises_no_alarm) {
  const bool slow = std::getenv("MAI_SLOW") != nullptr;
  const Week week = live(slow ? 168h : 12h, 1);
  fmt::print(
      "{} answers, {} comparisons, {} looks: {} with a drift alarm (highest score {:.3f}), {} with a spike (highest share {:.3f}, highest "
      "lower bound {:.3f}); the share was over 10 % at {}\n",
      week.answers, week.comparisons, week.looks, week.drift_alarms, week.drift_score_max, week.spikes, week.share_max, week.share_low_max,
      week.specification);
  EXPECT_EQ(week.drift_alarms, 0u);
  EXPECT_EQ(week.spikes, 0u);
  EXPECT_GT(week.comparisons, slow ? 300u : 15u);
  EXPECT_GT(week.share_max, 0.0) << "some answers are flagged: an alarm could have been raised";
}

}  // namespace
}  // namespace monitorai::app

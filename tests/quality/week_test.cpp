// A week of the demo's traffic in which nothing happens, under a clock that the test moves and the settings that are shipped: no alarm.
// The whole week with MAI_SLOW, half a day of it otherwise. And the demo's incidents: told of within two windows, and over.

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>

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

/// The demo's answers, one every kAnswerEvery, judged by a watcher that is looked at every kLookEvery.
class Traffic {
 public:
  Traffic(const judge::WatchSettings& settings, uint64_t first_answer) : answers_(first_answer) {
    file_ = *QualityFile::open(folder_.path() / "quality.db", clock_, {});
    watcher_ = *judge::QualityWatcher::open(settings, clock_, *file_, [] { return std::make_shared<judge::LexicalEmbedder>(); });
  }

  /// Judges the next answer; a view when it is time to look.
  std::optional<judge::SeriesView> next(const demo::Incident& incident = {}, double at_seconds = 0) {
    const demo::AskedAnswer asked = demo::asked_answer(answers_++, incident, at_seconds);
    std::vector<judge::Submission> all;
    all.push_back({.answer = {.prompt = asked.prompt, .text = asked.answer, .facts = {asked.facts}, .origin = {.model = "m"}}});
    watcher_->judge(std::move(all));
    clock_.advance(kAnswerEvery);
    since_look_ += kAnswerEvery;
    if (since_look_ < kLookEvery) return std::nullopt;
    since_look_ = {};
    watcher_->flush();
    if (const auto due = watcher_->next_comparison(); due && *due <= clock_.now()) watcher_->compare_due();
    return watcher_->view().at(0);
  }
  uint64_t comparisons() const { return watcher_->counts().comparisons; }

 private:
  TemporaryDirectory folder_;
  FakeClock clock_;
  std::unique_ptr<QualityFile> file_;
  std::unique_ptr<judge::QualityWatcher> watcher_;
  uint64_t answers_;
  std::chrono::milliseconds since_look_{0};
};

struct Week {
  uint64_t answers = 0, comparisons = 0, looks = 0;
  uint64_t drift_alarms = 0, spikes = 0;  ///< looks at which there was one
  double drift_score_max = 0, share_low_max = 0, share_max = 0;
  uint64_t specification = 0;  ///< looks at which SPEC's rule was true: the mean share of 5 minutes over 10 %
};

Week live(std::chrono::hours time, uint64_t seed) {
  judge::WatchSettings settings;
  settings.text.content = judge::TextContent::full;
  // Compared every 30 minutes instead of 5: windows of 30 minutes that do not overlap, which is what confirms a drift.
  settings.drift.interval = settings.drift.window;
  Traffic traffic(settings, seed * 1'000'000'007);
  Week out;
  for (std::chrono::milliseconds at{0}; at < time; at += kAnswerEvery) {
    ++out.answers;
    const auto view = traffic.next();
    if (!view) continue;
    const judge::HallucinationRate& rate = view->rate;
    ++out.looks;
    out.drift_alarms += view->drift.score > settings.drift.score_max ? 1u : 0u;
    out.spikes += rate.spike ? 1u : 0u;
    out.drift_score_max = std::max(out.drift_score_max, view->drift.score);
    if (rate.window.judged >= settings.meter.answers_min) {
      out.share_low_max = std::max(out.share_low_max, rate.share.low);
      out.share_max = std::max(out.share_max, rate.share.rate);
      out.specification += rate.share.rate > 0.1 ? 1u : 0u;
    }
  }
  out.comparisons = traffic.comparisons();
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

/// When an incident of the demo was told of, and no more: seconds after its begin and its end.
struct Told {
  std::optional<std::chrono::seconds> seen{}, alarm{}, over{};
};

constexpr std::chrono::seconds kBegin = 3h, kLast = 2h;

Told incident(demo::IncidentKind kind) {
  const judge::WatchSettings settings;
  Traffic traffic(settings, 0);
  const demo::Incident what{
      .kind = kind, .begin_seconds = static_cast<double>(kBegin.count()), .end_seconds = static_cast<double>((kBegin + kLast).count())};
  Told out;
  for (std::chrono::seconds at{0}; at < kBegin + kLast + 2h; at += kAnswerEvery) {
    const auto view = traffic.next(what, static_cast<double>(at.count()));
    if (!view) continue;
    const bool drift = kind == demo::IncidentKind::drift;
    const bool alarm = drift ? view->drift.score > settings.drift.score_max : view->rate.spike;
    const bool seen = alarm || (drift && view->drift.newest && view->drift.newest->verdict == judge::DriftVerdict::drift);
    if (at < kBegin) {
      EXPECT_FALSE(alarm) << "nothing has happened after " << at.count() << " s";
    } else if (at < kBegin + kLast) {
      if (seen && !out.seen) out.seen = at - kBegin;
      if (alarm && !out.alarm) out.alarm = at - kBegin;
    } else if (!alarm && !out.over) {
      out.over = at - kBegin - kLast;
    }
  }
  return out;
}

TEST(QualityIncident, drift_and_hallucination_are_told_of_within_two_windows_and_end) {
  if (std::getenv("MAI_SLOW") == nullptr) GTEST_SKIP() << "slow: set MAI_SLOW=1";
  const judge::WatchSettings settings;
  for (const auto& [kind, window] :
       {std::pair{demo::IncidentKind::drift, settings.drift.window}, {demo::IncidentKind::hallucination, settings.meter.window}}) {
    const Told told = incident(kind);
    ASSERT_TRUE(told.seen && told.alarm && told.over);
    fmt::print("{}: shown after {} s, alarm after {} s, over {} s after its end; a window is {} s\n", demo::incident_name(kind),
               told.seen->count(), told.alarm->count(), told.over->count(), window.count() / 1000);
    EXPECT_LE(*told.seen, window);
    EXPECT_LE(*told.alarm, 2 * window);
    EXPECT_LE(*told.over, 2 * window);
  }
}

}  // namespace
}  // namespace monitorai::app

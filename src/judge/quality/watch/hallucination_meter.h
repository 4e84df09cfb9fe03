#pragma once
// How often the answers of one series are flagged: counters since the start, the share in the window with its interval, and whether that
// is a rise over what was usual. What an alarm is about does not become usual while it lasts: the minutes of windows that raise one are
// held back. They are taken for usual once those that are not hold too few answers to say what was, that is after the time of the baseline
// at the latest, or when a person says so. Thread: whoever owns it.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "judge/quality/hallucination/score_model.h"

namespace monitorai::judge {

struct Tally {
  uint64_t judged = 0, flagged = 0;
  void add(const Tally& other) {
    judged += other.judged;
    flagged += other.flagged;
  }
};

/// Whether a minute says what is usual. The numbers are those of files.
enum class Teaches : uint8_t {
  yes = 0,
  held = 1,      ///< not yet: it belongs to an alarm
  replaced = 2,  ///< no more: a person said that what came later is usual
};

struct MinuteTally {
  int64_t minute = 0;  ///< since 1970
  Tally tally;
  Teaches teaches = Teaches::yes;
};

struct MeterSettings {
  std::chrono::milliseconds window = std::chrono::minutes(5);
  std::chrono::milliseconds baseline = std::chrono::hours(24);  ///< before the window
  uint64_t answers_min = 30;                                    ///< of the window, for an alarm
  double share_max = 0.1;
};

/// Below this many answers nobody can say what is usual.
constexpr uint64_t kUsualAnswersMin = 200;
/// How unlikely the window must be under what is usual. A service is looked at thousands of times a week.
constexpr double kRiseP = 1e-6;

struct HallucinationRate {
  Tally window, usual;
  Tally held;        ///< of the time that says what is usual, but held back because of an alarm
  Prevalence share;  ///< of the window; `corrected` by the detector's own errors
  Prevalence usual_share;
  double limit = 0.1;  ///< what the share would have to exceed: share_max, or the upper bound of what is usual where that is higher
  double rise_p = 1;   ///< the chance of so many flagged answers at a share of `limit`, exact binomial
  bool spike = false;  ///< answers_min, the lower bound over share_max, and rise_p below kRiseP
};

/// P(X >= flagged) of a binomial with `judged` trials of chance `share`.
double binomial_tail(uint64_t judged, uint64_t flagged, double share);

class HallucinationMeter {
 public:
  static constexpr std::array<double, 10> kBounds{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};

  explicit HallucinationMeter(const MeterSettings& settings) : settings_(settings) {}

  /// An answer that was scored, `now`.
  void count(TimeMs now, double score, bool flagged);
  /// An answer that could not be.
  void count_unjudged() { ++unjudged_; }
  /// What was counted before a restart; oldest first, before anything else is counted.
  void restore(std::vector<MinuteTally> minutes);

  HallucinationRate rate(TimeMs now, const ScoreModel& model) const;
  /// A person says that what was held back is usual from now on, and what was before is not any more.
  void accept();
  /// Minutes that changed since the last call, whole.
  std::vector<MinuteTally> take_changed();
  /// By minutes, oldest first; empty ones are left out.
  const std::deque<MinuteTally>& minutes() const { return minutes_; }

  uint64_t judged() const { return total_.judged; }
  uint64_t flagged() const { return total_.flagged; }
  uint64_t unjudged() const { return unjudged_; }
  /// Scores up to each bound (not cumulative), and their sum.
  const std::array<uint64_t, kBounds.size()>& histogram() const { return histogram_; }
  double score_sum() const { return score_sum_; }

  /// The share of flagged answers summed over the seconds: rate() of it is the mean share, which is what SPEC's rule asks for. Of each
  /// moment the share of the last minute's answers; where there were none, that of the newest ones, as long as they are in the window.
  double share_seconds(TimeMs now);

 private:
  static constexpr int64_t kSlotMs = 10'000;
  struct Slot {
    int64_t slot = 0;
    Tally tally;
  };
  void forget(TimeMs now);
  /// Holds the minutes of the window back where it raises an alarm, or gives back what was held for too long.
  void learn(TimeMs now);
  void set(MinuteTally& minute, Teaches teaches);
  /// Figures without the detector's errors.
  HallucinationRate figures(TimeMs now) const;
  void changed_since(int64_t minute) { changed_from_ = std::min(changed_from_.value_or(minute), minute); }
  Tally since(TimeMs from) const;
  std::optional<double> present_share(TimeMs now) const;

  MeterSettings settings_;
  Tally total_;
  uint64_t unjudged_ = 0;
  std::array<uint64_t, kBounds.size()> histogram_{};
  double score_sum_ = 0;
  std::deque<Slot> slots_;           ///< of the window
  std::deque<MinuteTally> minutes_;  ///< of the baseline and the window
  std::optional<int64_t> changed_from_;
  std::optional<TimeMs> learned_;  ///< when learn() looked last
  double share_seconds_ = 0;
  std::optional<TimeMs> share_until_;
};

}  // namespace monitorai::judge

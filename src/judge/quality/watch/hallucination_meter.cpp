#include "judge/quality/watch/hallucination_meter.h"

#include <algorithm>
#include <cmath>

namespace monitorai::judge {
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr std::chrono::milliseconds kLearnInterval{1000};

}  // namespace

double binomial_tail(uint64_t judged, uint64_t flagged, double share) {
  if (flagged == 0) return 1;
  if (flagged > judged || share <= 0) return 0;
  if (share >= 1) return 1;
  const double n = static_cast<double>(judged), odds = share / (1 - share);
  double k = static_cast<double>(flagged);
  double term =
      std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) + k * std::log(share) + (n - k) * std::log1p(-share));
  double out = 0;
  for (; k <= n; k += 1) {
    out += term;
    if (k > n * share && term < out * 1e-16) break;
    term *= (n - k) / (k + 1) * odds;
  }
  return std::min(out, 1.0);
}

void HallucinationMeter::count(TimeMs now, double score, bool flagged) {
  forget(now);
  const Tally one{1, flagged ? uint64_t{1} : 0};
  total_.add(one);
  score_sum_ += score;
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end() - 1, score);
  ++histogram_[static_cast<size_t>(bound - kBounds.begin())];
  // A wall clock that was set back goes on in the newest slot.
  const int64_t slot = now.ms / kSlotMs, minute = now.ms / kMinuteMs;
  if (!learned_ || *learned_ + kLearnInterval <= now || now < *learned_) {
    learned_ = now;
    learn(now);
  }
  if (slots_.empty() || slots_.back().slot < slot) slots_.push_back({slot, {}});
  slots_.back().tally.add(one);
  if (minutes_.empty() || minutes_.back().minute < minute) minutes_.push_back({minute, {}});
  minutes_.back().tally.add(one);
  changed_since(minutes_.back().minute);
}

void HallucinationMeter::set(MinuteTally& minute, Teaches teaches) {
  if (minute.teaches == teaches) return;
  minute.teaches = teaches;
  changed_since(minute.minute);
}

void HallucinationMeter::learn(TimeMs now) {
  const HallucinationRate rate = figures(now);
  if (rate.usual.judged < kUsualAnswersMin) {
    // Without anything usual there is nothing to protect: what a service begins with, or what has lasted, is learned.
    for (MinuteTally& minute : minutes_)
      if (minute.teaches == Teaches::held) set(minute, Teaches::yes);
    return;
  }
  const int64_t first = (now - settings_.window).ms / kMinuteMs;
  // Once raised it holds until the share is back: an alarm that comes and goes with chance teaches nothing in between.
  bool held_lately = false;
  for (auto minute = minutes_.rbegin(); minute != minutes_.rend() && minute->minute >= first; ++minute)
    held_lately |= minute->teaches == Teaches::held;
  const bool high =
      rate.window.judged > 0 && static_cast<double>(rate.window.flagged) > rate.limit * static_cast<double>(rate.window.judged);
  if (!rate.spike && !(held_lately && high)) return;
  for (auto minute = minutes_.rbegin(); minute != minutes_.rend() && minute->minute >= first; ++minute) set(*minute, Teaches::held);
}

void HallucinationMeter::accept() {
  const auto last = std::find_if(minutes_.rbegin(), minutes_.rend(), [](const MinuteTally& one) { return one.teaches == Teaches::held; });
  for (auto minute = last; minute != minutes_.rend(); ++minute)
    set(*minute, minute->teaches == Teaches::held ? Teaches::yes : Teaches::replaced);
}

void HallucinationMeter::restore(std::vector<MinuteTally> minutes) {
  for (MinuteTally& one : minutes) {
    // The window's slots of a minute that has passed are its beginning: nothing of it leaves the window too late.
    slots_.push_back({one.minute * kMinuteMs / kSlotMs, one.tally});
    minutes_.push_back(std::move(one));
  }
}

void HallucinationMeter::forget(TimeMs now) {
  while (!slots_.empty() && slots_.front().slot < (now - settings_.window).ms / kSlotMs) slots_.pop_front();
  const int64_t oldest = (now - settings_.window - settings_.baseline).ms / kMinuteMs;
  while (!minutes_.empty() && minutes_.front().minute < oldest) minutes_.pop_front();
}

Tally HallucinationMeter::since(TimeMs from) const {
  Tally out;
  for (auto slot = slots_.rbegin(); slot != slots_.rend() && slot->slot * kSlotMs >= from.ms; ++slot) out.add(slot->tally);
  return out;
}

HallucinationRate HallucinationMeter::figures(TimeMs now) const {
  HallucinationRate out;
  const TimeMs from = now - settings_.window;
  out.window = since(from);
  const int64_t first = (from - settings_.baseline).ms / kMinuteMs, last = from.ms / kMinuteMs;
  for (const MinuteTally& minute : minutes_)
    if (minute.minute >= first && minute.minute < last && minute.teaches != Teaches::replaced)
      (minute.teaches == Teaches::held ? out.held : out.usual).add(minute.tally);
  const Prevalence share = prevalence(out.window.flagged, out.window.judged, 1, 1),
                   usual = prevalence(out.usual.flagged, out.usual.judged, 1, 1);
  out.limit = settings_.share_max;
  if (out.usual.judged >= kUsualAnswersMin) out.limit = std::max(out.limit, usual.high);
  out.rise_p = binomial_tail(out.window.judged, out.window.flagged, out.limit);
  out.spike = out.window.judged >= settings_.answers_min && share.low > settings_.share_max && out.rise_p < kRiseP;
  return out;
}

HallucinationRate HallucinationMeter::rate(TimeMs now, const ScoreModel& model) const {
  HallucinationRate out = figures(now);
  const double sensitivity = model.proof.sensitivity, specificity = model.proof.specificity;
  out.share = prevalence(out.window.flagged, out.window.judged, sensitivity, specificity);
  out.usual_share = prevalence(out.usual.flagged, out.usual.judged, sensitivity, specificity);
  return out;
}

std::vector<MinuteTally> HallucinationMeter::take_changed() {
  std::vector<MinuteTally> out;
  if (!changed_from_) return out;
  for (auto minute = minutes_.rbegin(); minute != minutes_.rend() && minute->minute >= *changed_from_; ++minute) out.push_back(*minute);
  changed_from_.reset();
  return out;
}

std::optional<double> HallucinationMeter::present_share(TimeMs now) const {
  Tally tally = since(now - std::chrono::milliseconds(kMinuteMs));
  if (tally.judged == 0 && !slots_.empty() && slots_.back().slot * kSlotMs >= (now - settings_.window).ms) tally = slots_.back().tally;
  if (tally.judged == 0) return std::nullopt;
  return static_cast<double>(tally.flagged) / static_cast<double>(tally.judged);
}

double HallucinationMeter::share_seconds(TimeMs now) {
  constexpr double kStepSecondsMax = 60;  // a machine that slept, a clock that was set
  if (share_until_ && *share_until_ < now) {
    const double seconds = std::min(kStepSecondsMax, static_cast<double>((now - *share_until_).count()) / 1000);
    if (const auto share = present_share(now)) share_seconds_ += seconds * *share;
  }
  share_until_ = now;
  return share_seconds_;
}

}  // namespace monitorai::judge

// What the watcher tells the metric store and /metrics.

#include "base/text.h"
#include "judge/quality/watch/watcher.h"

namespace monitorai::judge {
namespace {

using signals::Labels;
using signals::MetricFamily;
using signals::MetricType;

Labels labels_of(const SeriesKey& key) { return Labels::from({{"model_name", key.model}, {"service", key.service}, {"route", key.route}}); }

MetricFamily gauge(std::string name, std::string help) { return {.name = std::move(name), .help = std::move(help)}; }
MetricFamily counter(std::string name, std::string help) {
  return {.name = std::move(name), .help = std::move(help), .type = MetricType::counter};
}

void append_histogram(MetricFamily& out, const Labels& labels, const HallucinationMeter& meter) {
  uint64_t below = 0;
  for (size_t i = 0; i < HallucinationMeter::kBounds.size(); ++i) {
    below += meter.histogram()[i];
    out.points.push_back({labels.with("le", format_number(HallucinationMeter::kBounds[i])), static_cast<double>(below), "_bucket"});
  }
  out.points.push_back({labels.with("le", "+Inf"), static_cast<double>(below), "_bucket"});
  out.points.push_back({labels, meter.score_sum(), "_sum"});
  out.points.push_back({labels, static_cast<double>(below), "_count"});
}

}  // namespace

void QualityWatcher::append_families(std::vector<MetricFamily>& out) {
  MetricFamily judged = counter("llm_evaluated_responses", "Answers that were given a hallucination score.");
  MetricFamily unjudged = counter("llm_unjudged_responses", "Answers without facts, logprobs or samples: they cannot be scored.");
  MetricFamily flagged = counter("llm_hallucinations", "Answers whose score is over the threshold of the weights.");
  MetricFamily scores{.name = "llm_hallucination_score",
                      .help = "The chance that an answer is hallucinated, as the weights see it.",
                      .type = MetricType::histogram};
  // SPEC calls it a rate and takes rate() of it. A counter's name would have to end in _total.
  MetricFamily rate{.name = "llm_hallucination_rate",
                    .help = "Share of flagged answers, summed over the seconds: rate() of it is the mean share.",
                    .type = MetricType::unknown};
  MetricFamily window =
      gauge("llm_hallucination_window_responses", "Answers that were judged in the window (quality.hallucination.window).");
  MetricFamily share = gauge("llm_hallucination_share", "Flagged answers of those judged in the window.");
  MetricFamily low = gauge("llm_hallucination_share_low", "Lower bound of the share, 95 % (Wilson).");
  MetricFamily high = gauge("llm_hallucination_share_high", "Upper bound of the share, 95 % (Wilson).");
  MetricFamily prevalence =
      gauge("llm_hallucination_prevalence", "The share, corrected for what the detector misses and flags wrongly (Rogan and Gladen).");
  MetricFamily prevalence_low = gauge("llm_hallucination_prevalence_low", "Lower bound of the corrected share, 95 %.");
  MetricFamily prevalence_high = gauge("llm_hallucination_prevalence_high", "Upper bound of the corrected share, 95 %.");
  MetricFamily usual = gauge("llm_hallucination_usual_share_high",
                             "Upper bound of the share in the time before the window (quality.hallucination.baseline).");
  MetricFamily rise =
      gauge("llm_hallucination_rise_p",
            "The chance of so many flagged answers, if the share were what it usually is, or the limit where that is higher.");
  MetricFamily drift_score =
      gauge("llm_drift_score",
            "How much the prompts have changed, 0 to 1, where two windows in a row say so and chance does not explain it; else 0.");
  MetricFamily drift_raw = gauge("llm_drift_score_raw", "How much the prompts of the newest window differ, whatever explains it.");
  MetricFamily drift_null = gauge("llm_drift_score_null_95", "What the raw score of 95 of 100 windows without a change stays below.");
  MetricFamily drift_p = gauge("llm_drift_pvalue", "How often chance alone gives a difference as large as that of the newest window.");
  MetricFamily drift_share = gauge("llm_drift_share", "Share of the embedding's components that moved.");
  MetricFamily drift_cosine = gauge("llm_drift_cosine_similarity", "Cosine of the mean embeddings of baseline and window.");
  MetricFamily test_score =
      gauge("llm_drift_test_score",
            "How much the newest window differs by each test, whatever explains it; score of like prompts is concept drift.");
  MetricFamily test_p =
      gauge("llm_drift_test_pvalue", "How often chance alone gives a difference as large in this test, corrected for the number of tests.");
  MetricFamily window_prompts = gauge("llm_drift_window_prompts", "Prompts in the newest window.");
  {
    const auto model = this->model();
    const TimeMs now = clock_.now();
    const std::lock_guard lock(mutex_);
    for (auto& [key, series] : series_) {
      const Labels labels = labels_of(key);
      HallucinationMeter& meter = series->meter;
      unjudged.counter(labels, static_cast<double>(meter.unjudged()));
      judged.counter(labels, static_cast<double>(meter.judged()));
      flagged.counter(labels, static_cast<double>(meter.flagged()));
      rate.gauge(labels, meter.share_seconds(now));
      append_histogram(scores, labels, meter);
      const HallucinationRate present = meter.rate(now, *model);
      window.gauge(labels, static_cast<double>(present.window.judged));
      if (present.window.judged > 0) {
        share.gauge(labels, present.share.rate);
        low.gauge(labels, present.share.low);
        high.gauge(labels, present.share.high);
        prevalence.gauge_if(labels, present.share.corrected);
        prevalence_low.gauge_if(labels, present.share.corrected_low);
        prevalence_high.gauge_if(labels, present.share.corrected_high);
        rise.gauge(labels, present.rise_p);
      }
      if (present.usual.judged > 0) usual.gauge(labels, present.usual_share.high);
      const DriftView drift = series->drift.view(now, {});
      window_prompts.gauge(labels, static_cast<double>(drift.window_rows));
      if (!drift.newest || drift.newest->verdict == DriftVerdict::too_few) continue;
      drift_score.gauge(labels, drift.score);
      drift_raw.gauge(labels, drift.newest->raw_score);
      drift_null.gauge(labels, drift.newest->null_score_95);
      drift_p.gauge(labels, drift.newest->p);
      drift_share.gauge(labels, drift.newest->share);
      drift_cosine.gauge(labels, drift.newest->cosine);
      for (const TestedColumn& column : drift.newest->columns) {
        test_score.gauge(labels.with("test", column.name), column.score);
        test_p.gauge(labels.with("test", column.name), column.p_adjusted);
      }
    }
  }
  for (MetricFamily* family :
       {&judged,     &unjudged,   &flagged,        &scores,          &rate,       &window, &share,         &low,
        &high,       &prevalence, &prevalence_low, &prevalence_high, &usual,      &rise,   &drift_score,   &drift_raw,
        &drift_null, &drift_p,    &drift_share,    &drift_cosine,    &test_score, &test_p, &window_prompts})
    if (!family->points.empty()) out.push_back(std::move(*family));
}

}  // namespace monitorai::judge

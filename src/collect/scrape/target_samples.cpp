#include "collect/scrape/target_samples.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

using signals::Label;
using signals::Labels;
using signals::LabelView;
using signals::MetadataWrite;
using signals::Sample;
using signals::SeriesWrite;

constexpr size_t kNone = static_cast<size_t>(-1);
constexpr std::array<std::string_view, 5> kOwnSeries{"up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
                                                      "scrape_series_added"};

/// An exposed label that the target's own labels also have: the target's wins and the exposed one becomes exported_x, or, with
/// honor_labels, the exposed one wins. Prometheus's rule.
Labels with_target_labels(const std::vector<LabelView>& exposed, const Labels& target, bool honor_labels) {
  std::vector<Label> all;
  all.reserve(exposed.size() + target.size());
  for (const LabelView& label : exposed) all.push_back({std::string(label.name), std::string(label.value)});
  const auto has = [&](std::string_view name) { return std::any_of(all.begin(), all.end(), [&](const Label& label) { return label.name == name; }); };
  for (const Label& label : target) {
    const auto same = std::find_if(all.begin(), all.end(), [&](const Label& other) { return other.name == label.name; });
    if (same == all.end()) {
      all.push_back(label);
    } else if (!honor_labels) {
      std::string exported = "exported_" + label.name;
      while (has(exported)) exported.insert(0, "exported_");
      all.push_back({std::move(exported), std::exchange(same->value, label.value)});
    }
  }
  return Labels::from(std::move(all));
}

}  // namespace

/// Collects an answer's samples; nothing is written before the whole answer was read.
class TargetSamples::Reader final : public ExpositionVisitor {
 public:
  Reader(TargetSamples& owner, TimeMs scrape_time) : owner_(owner), scrape_time_(scrape_time) {}

  Result<void> sample(const ExposedSample& sample) override {
    ++scraped;
    MAI_TRY_ASSIGN(Known * known, owner_.know(sample.series_text));
    const bool repeated = std::exchange(known->seen, owner_.scrape_) == owner_.scrape_;
    if (known->dropped) return {};
    if (const size_t max = owner_.job_->limits.samples_max; max != 0 && pending.size() >= max)
      return Error{Code::exhausted, fmt::format("sample limit exceeded (sample_limit {})", max)};
    const bool own_time = sample.time && owner_.job_->honor_timestamps;
    if (!known->live && !repeated) ++added;
    known->tracked = !own_time;
    pending.push_back({known, {own_time ? *sample.time : scrape_time_, sample.value}, kNone});
    if (sample.exemplar) keep_exemplar(*sample.exemplar);
    return {};
  }
  void type(std::string_view family, signals::MetricType type) override { at(family).type = type; }
  void help(std::string_view family, std::string_view text) override {
    texts.push_back(std::make_unique<std::string>(text));
    at(family).help = *texts.back();
  }
  void unit(std::string_view family, std::string_view text) override { at(family).unit = text; }

  std::vector<Pending> pending;
  std::vector<MetadataWrite> metadata;
  std::vector<signals::ExemplarView> exemplars;
  std::vector<std::unique_ptr<ExposedLabels>> exemplar_labels;
  std::vector<std::unique_ptr<std::string>> texts;
  size_t scraped = 0;
  size_t added = 0;

 private:
  MetadataWrite& at(std::string_view family) {
    if (metadata.empty() || metadata.back().family != family) metadata.push_back({.family = family});
    return metadata.back();
  }
  /// An exemplar that cannot be read is left out; its sample is kept, as Prometheus does.
  void keep_exemplar(const ExposedExemplar& exemplar) {
    auto labels = parse_series(exemplar.labels_text);
    if (!labels) return;
    exemplar_labels.push_back(std::make_unique<ExposedLabels>(std::move(*labels)));
    pending.back().exemplar = exemplars.size();
    exemplars.push_back({exemplar_labels.back()->labels, exemplar.value, exemplar.time.value_or(pending.back().sample.time)});
  }

  TargetSamples& owner_;
  const TimeMs scrape_time_;
};

TargetSamples::TargetSamples(Target target, std::shared_ptr<const ScrapeSettings> job, signals::MetricWriter& writer)
    : target_(std::move(target)), job_(std::move(job)), writer_(writer) {
  for (size_t i = 0; i < own_.size(); ++i) set_labels(own_[i], target_.labels.with(signals::kMetricName, kOwnSeries[i]));
}

void TargetSamples::set_labels(Known& known, Labels labels) const {
  known.labels.assign(labels.begin(), labels.end());
  known.views.clear();
  for (const Label& label : known.labels) known.views.push_back({label.name, label.value});
}

Result<TargetSamples::Known*> TargetSamples::know(std::string_view series_text) {
  if (const auto found = known_.find(series_text); found != known_.end()) return found->second.get();
  MAI_TRY_ASSIGN(const ExposedLabels exposed, parse_series(series_text));
  auto known = std::make_unique<Known>();
  const std::optional<Labels> labels = relabel(with_target_labels(exposed.labels, target_.labels, job_->honor_labels), job_->metric_relabel_configs);
  known->dropped = !labels || !labels->has(signals::kMetricName);
  if (!known->dropped) {
    set_labels(*known, *labels);
    MAI_TRY(check_limits(*known));
  }
  return known_.emplace(std::string(series_text), std::move(known)).first->second.get();
}

Result<void> TargetSamples::check_limits(const Known& known) const {
  const auto exceeded = [&](std::string_view limit, size_t is, size_t max) {
    return Error{Code::exhausted, fmt::format("{} exceeded ({} of at most {}) by {}", limit, is, max, Labels::from(known.labels).text())};
  };
  const ScrapeLimits& limits = job_->limits;
  if (limits.labels_max != 0 && known.labels.size() > limits.labels_max) return exceeded("label_limit", known.labels.size(), limits.labels_max);
  for (const Label& label : known.labels) {
    if (limits.label_name_bytes_max != 0 && label.name.size() > limits.label_name_bytes_max)
      return exceeded("label_name_length_limit", label.name.size(), limits.label_name_bytes_max);
    if (limits.label_value_bytes_max != 0 && label.value.size() > limits.label_value_bytes_max)
      return exceeded("label_value_length_limit", label.value.size(), limits.label_value_bytes_max);
  }
  return {};
}

template <class Ended>
void TargetSamples::mark_stale(TimeMs time, Ended ended) {
  const Sample marker{time, signals::stale_nan()};
  std::vector<SeriesWrite> writes;
  for (const auto& [text, known] : known_) {
    if (!known->live || !ended(*known)) continue;
    known->live = false;
    if (known->tracked) writes.push_back({known->views, std::span(&marker, 1)});
  }
  if (!writes.empty()) [[maybe_unused]] const std::string unwritten = write(writes, {});
}

ScrapeOutcome TargetSamples::answer(std::string_view body, std::string_view content_type, TimeMs time, std::chrono::nanoseconds duration) {
  ++scrape_;
  Reader reader(*this, time);
  if (auto read = parse_exposition(body, exposition_format(content_type), reader); !read) return failure(read.error(), time, duration);
  std::vector<SeriesWrite> writes;
  writes.reserve(reader.pending.size());
  for (const Pending& pending : reader.pending)
    writes.push_back({pending.known->views, std::span(&pending.sample, 1),
                      pending.exemplar == kNone ? std::span<const signals::ExemplarView>() : std::span(&reader.exemplars[pending.exemplar], 1)});

  ScrapeOutcome outcome{.time = time,
                        .duration = duration,
                        .samples_scraped = reader.scraped,
                        .samples_after_relabelling = reader.pending.size(),
                        .series_added = reader.added};
  outcome.error = write(writes, reader.metadata);

  mark_stale(time, [&](const Known& known) { return known.seen != scrape_; });
  for (const Pending& pending : reader.pending) pending.known->live = true;
  boost::unordered::erase_if(known_, [&](const auto& entry) { return entry.second->seen != scrape_; });
  report(outcome);
  return outcome;
}

ScrapeOutcome TargetSamples::failure(const Error& error, TimeMs time, std::chrono::nanoseconds duration) {
  ScrapeOutcome outcome{.time = time, .duration = duration, .error = error.message};
  mark_stale(time, [](const Known&) { return true; });
  report(outcome);
  return outcome;
}

void TargetSamples::end(TimeMs time) {
  mark_stale(time, [](const Known&) { return true; });
  const Sample marker{time, signals::stale_nan()};
  std::array<SeriesWrite, 5> writes;
  for (size_t i = 0; i < own_.size(); ++i) writes[i] = {own_[i].views, std::span(&marker, 1)};
  [[maybe_unused]] const std::string unwritten = write(writes, {});
  known_.clear();
}

void TargetSamples::report(const ScrapeOutcome& outcome) {
  const std::array<Sample, 5> samples{Sample{outcome.time, outcome.up() ? 1.0 : 0.0},
                                      Sample{outcome.time, std::chrono::duration<double>(outcome.duration).count()},
                                      Sample{outcome.time, static_cast<double>(outcome.samples_scraped)},
                                      Sample{outcome.time, static_cast<double>(outcome.samples_after_relabelling)},
                                      Sample{outcome.time, static_cast<double>(outcome.series_added)}};
  std::array<SeriesWrite, 5> writes;
  for (size_t i = 0; i < own_.size(); ++i) writes[i] = {own_[i].views, std::span(&samples[i], 1)};
  [[maybe_unused]] const std::string unwritten = write(writes, {});
}

/// "" or why nothing was kept.
std::string TargetSamples::write(std::span<const SeriesWrite> writes, std::span<const MetadataWrite> metadata) {
  const auto written = writer_.write(writes, metadata);
  return written ? std::string() : written.error().message;
}

}  // namespace monitorai::collect

#include "app/serve/quality.h"

#include "app/serve/model_folder.h"
#include "app/serve/text_rules.h"
#include "base/log.h"

namespace monitorai::app {
namespace {

using signals::MetricFamily;
using signals::MetricType;

constexpr std::string_view kFile = "quality.db";
constexpr double kPercent = 100;

/// Prompts and answers are treated as those in logs.
Result<judge::WatchSettings> watch_settings(const Config& config) {
  const Config::Quality& quality = config.quality;
  judge::WatchSettings out;
  out.series_max = static_cast<size_t>(quality.series_max);
  MAI_TRY_ASSIGN(out.text, text_rules(config));
  out.meter = {.window = quality.hallucination.window,
               .baseline = quality.hallucination.baseline,
               .answers_min = static_cast<uint64_t>(quality.hallucination.answers_min),
               .share_max = static_cast<double>(quality.hallucination.share_percent) / kPercent};
  out.drift = {.window = quality.drift.window,
               .interval = quality.drift.interval,
               .window_rows = static_cast<size_t>(quality.drift.window_rows),
               .baseline_rows = static_cast<size_t>(quality.drift.baseline_rows),
               .rows_min = static_cast<size_t>(quality.drift.rows_min)};
  return out;
}

}  // namespace

/// All that exists once there is something to judge, in the order in which it ends.
struct Quality::Judge {
  std::unique_ptr<QualityFile> file;
  std::unique_ptr<judge::QualityWatcher> watcher;
  std::unique_ptr<judge::QualityQueue> queue;
  std::shared_ptr<const serve::QualityApi> api;
};

Quality::Quality(const Config& config, const Clock& clock, judge::WatchSettings settings, std::unique_ptr<judge::LogTexts> log_texts)
    : config_(config), clock_(clock), settings_(std::move(settings)), log_texts_(std::move(log_texts)) {}

Result<std::unique_ptr<Quality>> Quality::open(const Config& config, const Clock& clock) {
  MAI_TRY_ASSIGN(judge::WatchSettings settings, watch_settings(config));
  MAI_TRY_ASSIGN(auto log_texts, judge::LogTexts::make(config.quality.patterns));
  std::unique_ptr<Quality> out(new Quality(config, clock, std::move(settings), std::move(log_texts)));
  std::error_code error;
  if (config.quality.enabled && std::filesystem::exists(std::filesystem::path(config.data) / kFile, error)) {
    // What was kept cannot be gone on with: everything else still works, and the API says why.
    if (const auto made = out->judge(); !made) log::error("quality is off", {{"error", made.error().message}});
  }
  return out;
}

Quality::~Quality() { stop(); }

Result<Quality::Judge*> Quality::judge() {
  if (!config_.quality.enabled) return Error{Code::unavailable, "quality.enabled is off"};
  const std::lock_guard lock(mutex_);
  if (judge_) return judge_.get();
  if (stopped_) return Error{Code::cancelled, "the program stops"};
  const std::filesystem::path data(config_.data);
  auto made = std::make_unique<Judge>();
  MAI_TRY_ASSIGN(made->file, QualityFile::open(data / kFile, clock_, {.kept_max = static_cast<size_t>(config_.quality.kept_max)}));
  MAI_TRY_ASSIGN(made->watcher, judge::QualityWatcher::open(settings_, clock_, *made->file,
                                                            [data, model = config_.quality.model] { return embedder_of(data, model); }));
  made->queue = std::make_unique<judge::QualityQueue>(
      judge::QueueSettings{.waiting_max = static_cast<size_t>(config_.quality.queue_max),
                           .facts_of = [this](std::string_view trace) { return span_texts_.facts_of(trace); }},
      *made->watcher);
  made->api = std::make_shared<const serve::QualityApi>(
      serve::QualityApi{.queue = made->queue.get(), .watcher = made->watcher.get(), .clock = &clock_});
  judge_ = std::move(made);
  return judge_.get();
}

Quality::Judge* Quality::existing() {
  const std::lock_guard lock(mutex_);
  return judge_.get();
}

std::shared_ptr<const serve::QualityApi> Quality::existing_api() {
  Judge* judge = existing();
  return judge == nullptr ? nullptr : judge->api;
}

void Quality::set_text(judge::TextRules rules) {
  const std::lock_guard lock(mutex_);
  if (judge_) judge_->watcher->set_text(rules);
  settings_.text = std::move(rules);
}

void Quality::offer(std::vector<judge::Submission> found) {
  if (found.empty()) return;
  // Where the judge cannot be made, the log has said why at the start, or says it when the API is asked.
  if (const auto judge = this->judge()) (*judge)->queue->offer(std::move(found));
}

std::function<void(std::span<const signals::Span>)> Quality::span_tap() {
  if (!config_.quality.enabled || !config_.quality.spans) return nullptr;
  return [this](std::span<const signals::Span> spans) { offer(span_texts_.read(spans)); };
}

void Quality::follow(const signals::LogSource& logs) {
  if (!config_.quality.enabled || !config_.quality.logs) return;
  listening_ = logs.listen(
      {}, [this](const signals::Labels& stream, std::span<const signals::LogLineView> lines) { offer(log_texts_->read(stream, lines)); });
}

void Quality::add_routes(net::Router& router) {
  serve::add_quality_api(router, [this]() -> Result<std::shared_ptr<const serve::QualityApi>> {
    MAI_TRY_ASSIGN(Judge * judge, this->judge());
    return judge->api;
  });
}

void Quality::append_families(std::vector<MetricFamily>& out) {
  if (existing() == nullptr) return;
  judge_->watcher->append_families(out);
  const auto counter = [&](std::string name, std::string help, std::vector<std::pair<signals::Labels, uint64_t>> points) {
    MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::counter};
    for (auto& [labels, value] : points) family.counter(std::move(labels), static_cast<double>(value));
    out.push_back(std::move(family));
  };
  const judge::QueueCounts& queue = judge_->queue->counts();
  const judge::WatchCounts& watch = judge_->watcher->counts();
  counter(
      "monitorai_quality_received", "Prompts and answers that came to be judged, by where from.",
      {{{{"source", "api"}}, queue.received_api}, {{{"source", "span"}}, queue.received_span}, {{{"source", "log"}}, queue.received_log}});
  counter("monitorai_quality_dropped", "Prompts and answers that were not judged, by the limit that was reached.",
          {{{{"limit", "queue"}}, queue.dropped_full},
           {{{"limit", "bytes"}}, queue.dropped_bytes},
           {{{"limit", "stopped"}}, queue.dropped_stopped}});
  const judge::TwinCounts twins = judge_->queue->twins();
  counter("monitorai_quality_told_twice",
          "Calls that came both as a span and as a log event and were judged once: put together, or the later one left out.",
          {{{{"outcome", "joined"}}, twins.joined}, {{{"outcome", "left_out"}}, twins.left_out}});
  counter("monitorai_quality_twins_given_up", "Calls that may be judged twice, by the limit that was reached.",
          {{{{"limit", "waiting"}}, twins.hurried}, {{{"limit", "remembered"}}, twins.forgotten}});
  counter("monitorai_quality_evaluated", "Prompts and answers that were judged.", {{{}, watch.evaluated}});
  counter("monitorai_quality_meaning", "Answers whose sentences were read by the model, and those left unread because many waited.",
          {{{{"outcome", "read"}}, watch.read_for_meaning}, {{{"outcome", "in_haste"}}, watch.unread_in_haste}});
  counter("monitorai_quality_prompts", "Prompts looked at for drift, and those left out because more came than a window holds.",
          {{{{"outcome", "taken"}}, watch.prompts_taken}, {{{"outcome", "thinned"}}, watch.prompts_thinned}});
  counter("monitorai_quality_comparisons", "Windows of prompts that were compared with a baseline.", {{{}, watch.comparisons}});
  counter("monitorai_quality_series_over_limit", "Prompts and answers counted as model \"(other)\", because there were too many series.",
          {{{}, watch.over_series_max}});
  counter("monitorai_quality_file_failures", "Operations on the file of judgements that failed.", {{{}, watch.shelf_failures}});
  counter("monitorai_quality_file_damaged_rows", "Rows of the file of judgements that could not be read.", {{{}, judge_->file->damaged()}});
  MetricFamily waiting{.name = "monitorai_quality_waiting", .help = "Prompts and answers that wait to be judged."};
  waiting.gauge({}, static_cast<double>(judge_->queue->waiting()));
  out.push_back(std::move(waiting));
}

void Quality::stop() {
  listening_.reset();
  Judge* judge = nullptr;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    judge = judge_.get();
  }
  if (judge != nullptr) judge->queue->stop();
}

}  // namespace monitorai::app

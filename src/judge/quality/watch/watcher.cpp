#include "judge/quality/watch/watcher.h"

#include <algorithm>

#include "base/log.h"
#include "judge/quality/text/language.h"

namespace monitorai::judge {
namespace {

constexpr std::string_view kOtherSeries = "(other)";
constexpr size_t kKeptTextBytesMax = size_t{64} << 10;  ///< of each text of an answer that is kept
constexpr size_t kEmbeddedBytesMax = size_t{32} << 10;
constexpr size_t kComparisonsRestored = 100;
constexpr size_t kUnwrittenMax = 10'000;  ///< while the disk fails, the oldest go
constexpr std::chrono::minutes kSoundSampleInterval{
    1};  ///< of sound answers one in this time is kept, so that labels are not of flagged ones alone

std::string_view beginning(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  size_t end = bytes_max;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
}

template <class T>
void drop_oldest(std::vector<T>& items) {
  if (items.size() > kUnwrittenMax) items.erase(items.begin(), items.end() - static_cast<ptrdiff_t>(kUnwrittenMax / 2));
}

}  // namespace

QualityWatcher::QualityWatcher(WatchSettings settings, const Clock& clock, QualityShelf& shelf,
                               std::function<std::shared_ptr<const Embedder>()> embedder)
    : settings_(std::move(settings)),
      text_(std::make_shared<const TextRules>(settings_.text)),
      clock_(clock),
      shelf_(shelf),
      make_embedder_(std::move(embedder)),
      weights_(std::make_shared<const Weights>(shipped_weights())) {}

Result<std::unique_ptr<QualityWatcher>> QualityWatcher::open(WatchSettings settings, const Clock& clock, QualityShelf& shelf,
                                                             std::function<std::shared_ptr<const Embedder>()> embedder) {
  std::unique_ptr<QualityWatcher> out(new QualityWatcher(std::move(settings), clock, shelf, std::move(embedder)));
  MAI_TRY(out->restore());
  return out;
}

Result<void> QualityWatcher::restore() {
  MAI_TRY_ASSIGN(const std::string weights, shelf_.weights());
  if (!weights.empty()) {
    MAI_TRY_ASSIGN(ScoreModel model, parse_score_model(weights));
    weights_.publish(std::make_shared<const Weights>(fitted_weights(std::move(model))));
  }
  MAI_TRY_ASSIGN(const int64_t last, shelf_.last_kept_id());
  next_kept_ = last + 1;
  MAI_TRY_ASSIGN(const auto known, shelf_.series());
  if (known.empty()) return {};
  const TimeMs now = clock_.now();
  const std::string embedder(this->embedder()->name());
  const int64_t since = (now - settings_.meter.window - settings_.meter.baseline).ms / 60'000;
  for (const SeriesKey& key : known) {
    Series& series = series_of(key);
    MAI_TRY_ASSIGN(auto minutes, shelf_.minutes(key, since));
    series.meter.restore(std::move(minutes));
  }
  MAI_TRY(reload_baselines());
  for (auto& [key, series] : series_) {
    const bool collecting = !series->drift.baseline().has_value();
    MAI_TRY_ASSIGN(auto rows, shelf_.rows(key, embedder, {collecting ? TimeMs{0} : now - settings_.drift.window, now},
                                          collecting ? settings_.drift.baseline_rows : settings_.drift.window_rows));
    for (PromptRow& row : rows) series->drift.add(std::move(row));
    if (collecting) continue;
    MAI_TRY_ASSIGN(const auto comparisons, shelf_.comparisons(key, kComparisonsRestored));
    std::vector<std::pair<TimeMs, double>> scores;
    for (const StoredComparison& one : comparisons)
      if (one.time >= series->drift.baseline()->created) scores.emplace_back(one.time, one.score);
    series->drift.restore_scores(scores);
  }
  return {};
}

Result<void> QualityWatcher::reload_baselines() {
  MAI_TRY_ASSIGN(const auto all, shelf_.baselines());
  const std::string embedder(this->embedder()->name());
  const std::lock_guard lock(mutex_);
  for (auto& [key, series] : series_) {
    const auto active = std::find_if(all.begin(), all.end(), [&](const BaselineInfo& one) {
      // What another embedder made cannot be compared with: unless a person chose it, the next prompts make a new one.
      return one.active && one.series == key && (one.pinned || one.embedder == embedder);
    });
    series->drift.set_baseline(active == all.end() ? std::nullopt : std::optional(*active));
  }
  return {};
}

std::shared_ptr<const Embedder> QualityWatcher::embedder() const {
  const std::lock_guard lock(mutex_);
  if (!embedder_) {
    embedder_ = make_embedder_();
    if (embedder_->sees_meaning()) {
      reader_ = std::make_unique<MeaningReader>(*embedder_);
      knows_reader_ = is_shipped_reader(*embedder_);
      if (!weights_.read()->fitted) weights_.publish(std::make_shared<const Weights>(shipped_weights(knows_reader_)));
    }
  }
  return embedder_;
}

MeaningReader* QualityWatcher::reader() const {
  embedder();
  const std::lock_guard lock(mutex_);
  return reader_.get();
}

Weights QualityWatcher::shipped() const {
  embedder();
  const std::lock_guard lock(mutex_);
  return shipped_weights(knows_reader_);
}

bool QualityWatcher::weights_of_another_embedder() const {
  embedder();
  const std::lock_guard lock(mutex_);
  return reader_ && !knows_reader_ && !weights_.read()->fitted;
}

std::shared_ptr<const ScoreModel> QualityWatcher::model() const {
  const auto weights = weights_.read();
  const std::lock_guard lock(mutex_);
  return reader_ ? weights->meaning : weights->words;
}

QualityWatcher::Series& QualityWatcher::series_of(const SeriesKey& key) {
  const auto found = series_.find(key);
  if (found != series_.end()) return *found->second;
  const bool full = series_.size() >= settings_.series_max;
  if (full) ++counts_.over_series_max;
  auto& place = series_[full ? SeriesKey{std::string(kOtherSeries), "", ""} : key];
  if (!place) place = std::make_unique<Series>(settings_);
  return *place;
}

std::string QualityWatcher::allowed(std::string_view text, size_t bytes_max) const {
  const auto rules = text_.read();
  if (rules->content == TextContent::off) return {};
  // What is masked may lie across the end: it is masked first.
  constexpr size_t kMaskedBeyond = size_t{8} << 10;
  if (rules->content == TextContent::full || !rules->redact) return std::string(beginning(text, bytes_max));
  std::string out(beginning(text, bytes_max + kMaskedBeyond));
  rules->redact(out);
  out.resize(beginning(out, bytes_max).size());
  return out;
}

std::optional<PromptRow> QualityWatcher::prompt_row(const Submission& evaluation, TimeMs now) {
  const std::string& prompt = evaluation.answer.prompt;
  if (prompt.empty()) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (!series_of(evaluation.key()).drift.admits(now)) {
      ++counts_.prompts_thinned;
      return std::nullopt;
    }
  }
  ++counts_.prompts_taken;
  PromptRow out{.time = now,
                .length = static_cast<double>(characters(prompt)),
                .language = std::string(language_of(prompt)),
                .prompt = allowed(prompt, kKeptPromptBytesMax)};
  const std::string text(beginning(prompt, kEmbeddedBytesMax));
  const Matrix embedded = embedder()->embed(std::span(&text, 1));
  out.vector.assign(embedded.values.begin(), embedded.values.end());
  return out;
}

void QualityWatcher::keep(const SeriesKey& key, const Submission& evaluation, Judgement& judgement, TimeMs now) {
  const Answer& answer = evaluation.answer;
  KeptAnswer out{.id = next_kept_++,
                 .time = answer.origin.time.value_or(now),
                 .series = key,
                 .source = evaluation.source,
                 .flagged = judgement.flagged,
                 .score = *judgement.score};
  out.answer_id = answer.id;
  out.trace_id = answer.origin.trace_id;
  out.span_id = answer.origin.span_id;
  out.hallucinated = answer.hallucinated;
  out.signs = judgement.signs;
  out.prompt = allowed(answer.prompt, kKeptTextBytesMax);
  out.answer = allowed(answer.text, kKeptTextBytesMax);
  size_t left = kKeptTextBytesMax;
  for (const std::string& fact : answer.facts) {
    std::string text = allowed(fact, left);
    left -= text.size();
    if (!text.empty()) out.facts.push_back(std::move(text));
  }
  left = kKeptTextBytesMax;
  for (const JudgedSentence& sentence : judgement.sentences) {
    if (sentence.text.size() > left) break;
    left -= sentence.text.size();
    JudgedSentence& kept = out.sentences.emplace_back(sentence);
    // A secret may lie across two sentences, or be a number that the facts lack: what the whole answer does not show stays hidden.
    const auto shown = [&](std::string text) {
      std::string may = allowed(text, kKeptTextBytesMax);
      return content() == TextContent::redacted && out.answer.find(may) == std::string::npos ? std::string() : may;
    };
    kept.text = shown(sentence.text);
    for (std::string& missing : kept.missing) missing = shown(missing);
    std::erase(kept.missing, std::string());
  }
  judgement.kept = out.id;
  unwritten_.kept.push_back(std::move(out));
}

void QualityWatcher::count(const Submission& evaluation, Judgement& judgement, std::optional<PromptRow> row, TimeMs now) {
  const std::lock_guard lock(mutex_);
  Series& series = series_of(evaluation.key());
  // The key under which it is counted: that of "(other)" where there are too many.
  const auto place = series_.find(evaluation.key());
  const SeriesKey key = place == series_.end() ? SeriesKey{std::string(kOtherSeries), "", ""} : place->first;
  ++counts_.evaluated;
  if (judgement.score) {
    series.meter.count(now, *judgement.score, judgement.flagged);
    const bool sample = !series.last_sound || now - *series.last_sound >= kSoundSampleInterval;
    if (judgement.flagged || evaluation.answer.hallucinated || sample) {
      if (!judgement.flagged) series.last_sound = now;
      keep(key, evaluation, judgement, now);
    }
  } else if (!evaluation.answer.text.empty()) {
    series.meter.count_unjudged();
  }
  if (!row) return;
  row->score = judgement.score;
  unwritten_.rows.push_back({key, std::string(embedder_->name()), *row});
  series.drift.add(std::move(*row));
}

std::vector<Judgement> QualityWatcher::judge(std::vector<Submission> evaluations, size_t waiting) {
  embedder();  // it decides which of the shipped weights are used
  const auto weights = weights_.read();
  const bool haste = evaluations.size() + waiting > kReadWaitingMax;
  std::vector<Judgement> out;
  out.reserve(evaluations.size());
  for (Submission& evaluation : evaluations) {
    const TimeMs now = clock_.now();
    auto row = prompt_row(evaluation, now);
    const Answer& answer = evaluation.answer;
    MeaningReader* reader = answer.facts.empty() && answer.samples.empty() ? nullptr : this->reader();
    if (reader != nullptr) ++(haste ? counts_.unread_in_haste : counts_.read_for_meaning);
    count(evaluation, out.emplace_back(judge_answer(answer, *weights, haste ? nullptr : reader)), std::move(row), now);
  }
  return out;
}

void QualityWatcher::flush() {
  ShelfBatch batch;
  {
    const std::lock_guard lock(mutex_);
    batch = std::move(unwritten_);
    unwritten_ = {};
    for (auto& [key, series] : series_)
      for (const MinuteTally& tally : series->meter.take_changed()) batch.minutes.push_back({key, tally});
  }
  if (batch.empty()) return;
  const auto written = shelf_.append(batch);
  if (!written) {
    if (++counts_.shelf_failures == 1) log::error("cannot keep what was judged", {{"error", written.error().message}});
    const std::lock_guard lock(mutex_);
    // The tallies are in the next batch anyway.
    std::move(unwritten_.rows.begin(), unwritten_.rows.end(), std::back_inserter(batch.rows));
    std::move(unwritten_.kept.begin(), unwritten_.kept.end(), std::back_inserter(batch.kept));
    drop_oldest(batch.rows);
    drop_oldest(batch.kept);
    unwritten_.rows = std::move(batch.rows);
    unwritten_.kept = std::move(batch.kept);
    return;
  }
  // Baselines of series that have collected enough.
  std::vector<SeriesKey> ready;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, series] : series_)
      if (!series->drift.baseline() && series->drift.collected() >= settings_.drift.baseline_rows) ready.push_back(key);
  }
  for (const SeriesKey& key : ready) {
    const auto made = make_baseline({.series = key, .name = "", .range = std::nullopt, .prompts = {}, .activate = true, .pinned = false});
    if (!made) ++counts_.shelf_failures;
  }
}

Result<void> QualityWatcher::label(int64_t kept, std::optional<bool> hallucinated) {
  flush();
  return shelf_.label(kept, hallucinated);
}

Result<void> QualityWatcher::accept_usual(const SeriesKey& key) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = series_.find(key);
    if (found == series_.end())
      return Error{Code::not_found, fmt::format("cannot find the series of model \"{}\", service \"{}\", route \"{}\": nothing of it was judged",
                                                key.model, key.service, key.route)};
    found->second->meter.accept();
  }
  flush();
  return {};
}

Result<std::shared_ptr<const ScoreModel>> QualityWatcher::fit() {
  flush();
  MAI_TRY_ASSIGN(const auto labelled, shelf_.labelled());
  std::vector<Signs> signs;
  std::vector<uint8_t> hallucinated;
  for (const LabelledSigns& one : labelled) {
    signs.push_back(one.signs);
    hallucinated.push_back(one.hallucinated ? 1 : 0);
  }
  MAI_TRY_ASSIGN(ScoreModel model,
                 fit_score_model(signs, hallucinated, fmt::format("{} answers that were labelled here", labelled.size())));
  MAI_TRY(shelf_.set_weights(model.to_json()));
  const auto fitted = std::make_shared<const Weights>(fitted_weights(std::move(model)));
  weights_.publish(fitted);
  return fitted->words;
}

Result<void> QualityWatcher::reset_weights() {
  MAI_TRY(shelf_.set_weights(""));
  weights_.publish(std::make_shared<const Weights>(shipped()));
  return {};
}

std::vector<SeriesView> QualityWatcher::view() const {
  const auto model = this->model();
  const TimeMs now = clock_.now();
  std::vector<SeriesView> out;
  const std::lock_guard lock(mutex_);
  const std::string embedder = embedder_ ? std::string(embedder_->name()) : std::string();
  for (const auto& [key, series] : series_) {
    const HallucinationMeter& meter = series->meter;
    SeriesView& one = out.emplace_back(SeriesView{
        .key = key, .judged = meter.judged(), .flagged = meter.flagged(), .unjudged = meter.unjudged(), .histogram = meter.histogram()});
    one.rate = meter.rate(now, *model);
    one.minutes.assign(meter.minutes().begin(), meter.minutes().end());
    one.drift = series->drift.view(now, embedder);
  }
  return out;
}

}  // namespace monitorai::judge

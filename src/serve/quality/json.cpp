#include "serve/quality/json.h"

namespace monitorai::serve {

using judge::HallucinationMeter;
using judge::HallucinationRate;
using judge::JudgedSentence;

double seconds_of(TimeMs time) { return static_cast<double>(time.ms) / 1000; }

void write_series_key(JsonWriter& out, const judge::SeriesKey& key) {
  out.field("model", key.model).field("service", key.service).field("route", key.route);
}

void write_signs(JsonWriter& out, const judge::Signs& signs) {
  out.key("signs").begin_object();
  for (size_t k = 0; k < judge::kSigns.size(); ++k)
    if (signs[k]) out.field(judge::kSigns[k], *signs[k]);
  out.end_object();
}

void write_sentences(JsonWriter& out, const std::vector<JudgedSentence>& sentences) {
  out.key("sentences").begin_list();
  for (const JudgedSentence& sentence : sentences) {
    out.begin_object()
        .field("text", sentence.text)
        .field("supported", sentence.supported())
        .field("words", sentence.words)
        .field("order", sentence.order);
    out.field("flipped", sentence.flipped).key("missing").begin_list();
    for (const std::string& missing : sentence.missing) out.value(missing);
    out.end_list().end_object();
  }
  out.end_list();
}

void write_judgement(JsonWriter& out, const judge::Judgement& judgement) {
  out.begin_object().field("id", judgement.id).field("score", judgement.score);
  out.field("flagged", judgement.score ? std::optional(judgement.flagged) : std::nullopt);
  out.field("verdict", !judgement.score    ? "not judged"
                       : judgement.flagged ? "hallucinated"
                                           : "supported")
      .field("threshold", judgement.threshold);
  if (!judgement.score) out.field("why", judgement.why_not);
  if (judgement.kept != 0) out.field("kept", judgement.kept);
  if (judgement.confidence) out.field("perplexity", judgement.confidence->perplexity).field("tokens", judgement.confidence->tokens);
  write_signs(out, judgement.signs);
  write_sentences(out, judgement.sentences);
  out.end_object();
}

void write_kept(JsonWriter& out, const judge::KeptAnswer& kept) {
  out.begin_object().field("kept", kept.id).field("time", seconds_of(kept.time));
  write_series_key(out, kept.series);
  out.field("source", judge::source_name(kept.source))
      .field("flagged", kept.flagged)
      .field("score", kept.score)
      .field("id", kept.answer_id);
  out.field("prompt", kept.prompt).field("answer", kept.answer).key("facts").begin_list();
  for (const std::string& fact : kept.facts) out.value(fact);
  out.end_list().field("trace_id", kept.trace_id).field("span_id", kept.span_id).field("hallucinated", kept.hallucinated);
  write_signs(out, kept.signs);
  write_sentences(out, kept.sentences);
  out.end_object();
}

void write_baseline(JsonWriter& out, const judge::BaselineInfo& baseline) {
  out.begin_object().field("id", baseline.id);
  write_series_key(out, baseline.series);
  out.field("version", baseline.version)
      .field("name", baseline.name)
      .field("made_by", baseline.made_by)
      .field("embedder", baseline.embedder);
  out.field("rows", baseline.rows)
      .field("created", seconds_of(baseline.created))
      .field("from", seconds_of(baseline.from))
      .field("to", seconds_of(baseline.to));
  out.field("active", baseline.active).field("pinned", baseline.pinned).end_object();
}

void write_hallucination(JsonWriter& out, const judge::SeriesView& series) {
  const HallucinationRate& rate = series.rate;
  out.begin_object();
  write_series_key(out, series.key);
  out.field("judged", series.judged).field("flagged", series.flagged).field("unjudged", series.unjudged);
  const bool any = rate.window.judged > 0, usual = rate.usual.judged > 0;
  const auto when = [](bool known, double value) { return known ? std::optional(value) : std::nullopt; };
  out.key("window").begin_object().field("judged", rate.window.judged).field("flagged", rate.window.flagged);
  out.field("share", when(any, rate.share.rate)).field("low", when(any, rate.share.low)).field("high", when(any, rate.share.high));
  out.field("corrected", any ? rate.share.corrected : std::nullopt)
      .field("corrected_low", any ? rate.share.corrected_low : std::nullopt)
      .field("corrected_high", any ? rate.share.corrected_high : std::nullopt);
  out.end_object().key("usual").begin_object().field("judged", rate.usual.judged).field("flagged", rate.usual.flagged);
  out.field("share", when(usual, rate.usual_share.rate))
      .field("low", when(usual, rate.usual_share.low))
      .field("high", when(usual, rate.usual_share.high))
      .field("held", rate.held.judged)
      .end_object();
  out.field("limit", rate.limit).field("rise_p", rate.rise_p).field("spike", rate.spike);
  out.key("histogram").begin_list();
  for (size_t i = 0; i < HallucinationMeter::kBounds.size(); ++i)
    out.begin_object().field("to", HallucinationMeter::kBounds[i]).field("count", series.histogram[i]).end_object();
  out.end_list().key("minutes").begin_list();
  for (const judge::MinuteTally& minute : series.minutes)
    out.begin_object()
        .field("time", minute.minute * 60)
        .field("judged", minute.tally.judged)
        .field("flagged", minute.tally.flagged)
        .field("held", minute.teaches == judge::Teaches::held)
        .end_object();
  out.end_list().end_object();
}

void write_model(JsonWriter& out, const judge::ScoreModel& model) {
  out.begin_object().field("origin", model.origin).field("threshold", model.threshold).field("intercept", model.intercept);
  out.key("proof")
      .begin_object()
      .field("answers", model.proof.answers)
      .field("hallucinated", model.proof.hallucinated)
      .field("auc", model.proof.auc);
  out.field("sensitivity", model.proof.sensitivity).field("specificity", model.proof.specificity).end_object();
  out.key("signs").begin_object();
  for (size_t k = 0; k < judge::kSigns.size(); ++k)
    out.key(judge::kSigns[k])
        .begin_object()
        .field("weight", model.weights[k].weight)
        .field("mean", model.weights[k].mean)
        .field("deviation", model.weights[k].deviation)
        .end_object();
  out.end_object().end_object();
}

std::string with_members(std::string object, const std::vector<std::pair<std::string, std::string>>& members) {
  object.pop_back();
  for (const auto& [name, json] : members) {
    if (object.back() != '{') object += ',';
    append_json_string(object, name);
    object += ':';
    object += json;
  }
  return object + "}";
}

}  // namespace monitorai::serve

#include "serve/quality/api.h"

#include "judge/quality/drift/embedding_distance.h"
#include "judge/quality/watch/comparison_json.h"
#include "serve/quality/json.h"
#include "serve/quality/parameters.h"

namespace monitorai::serve {
namespace {

using judge::SeriesView;
using net::HttpRequest;
using net::HttpResponse;
using Handler = Result<HttpResponse> (*)(const QualityApi&, const HttpRequest&);

constexpr int64_t kKeptReturnedMax = 500;
constexpr size_t kHistoryReturnedMax = 500;

int status_of(Code code) {
  switch (code) {
    case Code::invalid:
      return 400;
    case Code::not_found:
      return 404;
    case Code::exhausted:
      return 413;
    case Code::unavailable:
    case Code::cancelled:
      return 503;
    case Code::corrupt:
      return 500;
  }
  return 500;
}

HttpResponse refuse(int status, std::string_view message) {
  JsonWriter out;
  out.begin_object().field("error", message).end_object();
  HttpResponse response = HttpResponse::json(status, out.take() + "\n");
  if (status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse json(JsonWriter& out, int status = 200) { return HttpResponse::json(status, out.take() + "\n"); }

Result<HttpResponse> evaluate(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(auto answers, judge::parse_evaluations(request.body));
  MAI_TRY_ASSIGN(const auto wait, flag_parameter(request, "wait"));
  std::vector<judge::Submission> evaluations;
  for (judge::Answer& answer : answers) evaluations.push_back({std::move(answer), judge::TextSource::api});
  const size_t count = evaluations.size();
  JsonWriter out;
  const auto later = [&] { return json(out.begin_object().field("queued", count).end_object(), 202); };
  const auto full = [&] {
    return refuse(503, fmt::format("cannot take {} evaluations: {} wait already and the limit is {}", count, api.queue->waiting(),
                                   api.queue->waiting_max()));
  };
  if (count == 0) return json(out.begin_object().key("results").begin_list().end_list().end_object());
  if (!wait.value_or(true)) return api.queue->offer(std::move(evaluations)) ? later() : full();
  auto judged = api.queue->ask(std::move(evaluations));
  if (!judged) return full();
  if (judged->wait_for(api.wait_max) != std::future_status::ready) return later();
  out.begin_object().key("results").begin_list();
  for (const judge::Judgement& one : judged->get()) write_judgement(out, one);
  out.end_list();
  return json(out.end_object());
}

/// The series that the request means: all where it names none.
std::vector<SeriesView> wanted(const QualityApi& api, const HttpRequest& request) {
  std::vector<SeriesView> all = api.watcher->view();
  if (const auto key = series_parameter(request)) std::erase_if(all, [&](const SeriesView& one) { return one.key != *key; });
  return all;
}

Result<HttpResponse> status(const QualityApi& api, const HttpRequest&) {
  const auto& settings = api.watcher->settings();
  const judge::WatchCounts& counts = api.watcher->counts();
  const judge::QueueCounts& queue = api.queue->counts();
  const auto embedder = api.watcher->embedder();
  JsonWriter out;
  out.begin_object()
      .field("content", judge::content_name(api.watcher->content()))
      .field("embedder", embedder->name())
      .field("dimension", embedder->dimension())
      .field("lexical", embedder->name().starts_with("lexical"));
  out.key("queue").begin_object().field("waiting", api.queue->waiting()).field("limit", api.queue->waiting_max()).end_object();
  out.key("received")
      .begin_object()
      .field("api", queue.received_api.load())
      .field("span", queue.received_span.load())
      .field("log", queue.received_log.load())
      .end_object();
  out.field("dropped", queue.dropped_full + queue.dropped_bytes + queue.dropped_stopped)
      .field("evaluated", counts.evaluated.load())
      .field("comparisons", counts.comparisons.load());
  out.field("prompts_taken", counts.prompts_taken.load())
      .field("prompts_thinned", counts.prompts_thinned.load())
      .field("shelf_failures", counts.shelf_failures.load());
  const auto seconds = [](std::chrono::milliseconds duration) { return static_cast<double>(duration.count()) / 1000; };
  out.key("drift")
      .begin_object()
      .field("window_seconds", seconds(settings.drift.window))
      .field("interval_seconds", seconds(settings.drift.interval));
  out.field("window_rows", settings.drift.window_rows)
      .field("baseline_rows", settings.drift.baseline_rows)
      .field("rows_min", settings.drift.rows_min);
  out.field("score_max", settings.drift.score_max).field("level", settings.drift.level).end_object();
  out.key("hallucination")
      .begin_object()
      .field("window_seconds", seconds(settings.meter.window))
      .field("baseline_seconds", seconds(settings.meter.baseline));
  out.field("answers_min", settings.meter.answers_min).field("share_max", settings.meter.share_max).end_object();
  out.key("series").begin_list();
  for (const SeriesView& one : api.watcher->view()) {
    out.begin_object();
    write_series_key(out, one.key);
    out.field("judged", one.judged)
        .field("flagged", one.flagged)
        .field("unjudged", one.unjudged)
        .field("spike", one.rate.spike)
        .field("drift_score", one.drift.score)
        .end_object();
  }
  out.end_list();
  return json(out.end_object());
}

std::string drift_series(const QualityApi& api, const SeriesView& one, size_t history) {
  JsonWriter out;
  out.begin_object();
  write_series_key(out, one.key);
  const judge::DriftView& drift = one.drift;
  out.field("state", drift.other_embedder ? "other embedder"
                     : !drift.baseline    ? "collecting"
                     : !drift.newest      ? "waiting"
                                          : std::string(verdict_name(drift.newest->verdict)));
  out.field("score", drift.score).field("alarm", drift.score > api.watcher->settings().drift.score_max);
  out.field("collected", drift.collected).field("window_rows", drift.window_rows).key("window");
  if (drift.window)
    out.begin_object().field("from", seconds_of(drift.window->from)).field("to", seconds_of(drift.window->to)).end_object();
  else
    out.value(std::optional<double>());
  out.key("baseline");
  if (drift.baseline)
    write_baseline(out, *drift.baseline);
  else
    out.value(std::optional<double>());
  out.end_object();
  std::string past = "[";
  if (const auto kept = api.watcher->shelf().comparisons(one.key, history))
    for (const judge::StoredComparison& comparison : *kept) past += (past.size() > 1 ? "," : "") + comparison.json;
  return with_members(out.take(), {{"newest", drift.newest ? judge::comparison_json(*drift.newest) : "null"}, {"history", past + "]"}});
}

Result<HttpResponse> drift(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t history, number_parameter(request, "history", 100, kHistoryReturnedMax));
  std::string out = "[";
  for (const SeriesView& one : wanted(api, request))
    out += (out.size() > 1 ? "," : "") + drift_series(api, one, static_cast<size_t>(history));
  return HttpResponse::json(200, with_members("{}", {{"series", out + "]"}}) + "\n");
}

Result<HttpResponse> hallucination(const QualityApi& api, const HttpRequest& request) {
  JsonWriter out;
  out.begin_object().key("series").begin_list();
  for (const SeriesView& one : wanted(api, request)) write_hallucination(out, one);
  out.end_list();
  return json(out.end_object());
}

Result<HttpResponse> answers(const QualityApi& api, const HttpRequest& request) {
  judge::KeptQuery query{.series = series_parameter(request)};
  MAI_TRY_ASSIGN(query.flagged, flag_parameter(request, "flagged"));
  MAI_TRY_ASSIGN(query.labelled, flag_parameter(request, "labelled"));
  MAI_TRY_ASSIGN(const int64_t limit, number_parameter(request, "limit", 50, kKeptReturnedMax));
  MAI_TRY_ASSIGN(query.before, number_parameter(request, "before", INT64_MAX, INT64_MAX));
  MAI_TRY_ASSIGN(const auto worst, flag_parameter(request, "worst"));
  query.limit = static_cast<size_t>(limit);
  query.worst_first = worst.value_or(false);
  api.watcher->flush();
  MAI_TRY_ASSIGN(const auto kept, api.watcher->shelf().kept(query));
  JsonWriter out;
  out.begin_object().field("content", judge::content_name(api.watcher->content())).key("answers").begin_list();
  for (const judge::KeptAnswer& one : kept) write_kept(out, one);
  out.end_list();
  return json(out.end_object());
}

Result<HttpResponse> answer(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t id, path_id(request));
  api.watcher->flush();
  MAI_TRY_ASSIGN(const auto kept, api.watcher->shelf().kept({.id = id}));
  if (kept.empty()) return Error{Code::not_found, fmt::format("cannot find answer {}: it is not kept", id)};
  JsonWriter out;
  write_kept(out, kept[0]);
  return json(out);
}

struct LabelCounts {
  size_t hallucinated = 0, sound = 0;
};
LabelCounts count(const std::vector<judge::LabelledSigns>& labelled) {
  LabelCounts out;
  for (const auto& one : labelled) ++(one.hallucinated ? out.hallucinated : out.sound);
  return out;
}
void write_counts(JsonWriter& out, const LabelCounts& counts) {
  out.key("labels")
      .begin_object()
      .field("hallucinated", counts.hallucinated)
      .field("sound", counts.sound)
      .field("needed_of_each", judge::kFitLabelsMin)
      .end_object();
}

Result<HttpResponse> label(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto labels, read_labels(request.body));
  for (const PostedLabel& one : labels) MAI_TRY(api.watcher->label(one.kept, one.hallucinated));
  MAI_TRY_ASSIGN(const auto labelled, api.watcher->shelf().labelled());
  JsonWriter out;
  out.begin_object();
  write_counts(out, count(labelled));
  return json(out.end_object());
}

/// The curve of the weights in use over all labelled answers: shares of hallucinated and of sound ones at or over each score.
void write_roc(JsonWriter& out, const judge::ScoreModel& model, const std::vector<judge::LabelledSigns>& labelled) {
  std::vector<std::pair<double, bool>> scored;
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  for (const auto& one : labelled) {
    const auto score = model.score(one.signs);
    if (!score) continue;
    scored.emplace_back(*score, one.hallucinated);
    scores.push_back(*score);
    positive.push_back(one.hallucinated ? 1 : 0);
  }
  std::sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  double hits = 0, alarms = 0;
  const double hallucinated = static_cast<double>(std::count(positive.begin(), positive.end(), 1)),
               sound = static_cast<double>(positive.size()) - hallucinated;
  const bool both = hallucinated > 0 && sound > 0;
  out.field("labelled_auc", both ? std::optional(judge::roc_auc(scores, positive)) : std::nullopt)
      .field("labelled_answers", scored.size())
      .key("roc")
      .begin_list();
  for (size_t i = 0; both && i < scored.size(); ++i) {
    ++(scored[i].second ? hits : alarms);
    if (i + 1 < scored.size() && scored[i + 1].first == scored[i].first) continue;
    out.begin_object()
        .field("threshold", scored[i].first)
        .field("sensitivity", hits / hallucinated)
        .field("false_alarms", alarms / sound)
        .end_object();
  }
  out.end_list();
}

std::string weights_note(std::string_view embedder) {
  return fmt::format(
      "The shipped weights for meaning were fitted with {}, and answers are read by another: {}. Its signs are on another scale, so "
      "answers "
      "are scored by the weights without meaning; fitted to your labels, the weights use them.",
      judge::kShippedReader, embedder);
}

Result<HttpResponse> weights(const QualityApi& api, const HttpRequest&) {
  api.watcher->flush();
  MAI_TRY_ASSIGN(const auto labelled, api.watcher->shelf().labelled());
  const auto model = api.watcher->model();
  JsonWriter out;
  out.begin_object().key("weights");
  write_model(out, *model);
  out.field("shipped", !api.watcher->weights_fitted());
  out.field("note", api.watcher->weights_of_another_embedder() ? weights_note(api.watcher->embedder()->name()) : std::string());
  write_counts(out, count(labelled));
  write_roc(out, *model, labelled);
  return json(out.end_object());
}

Result<HttpResponse> fit(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto model, api.watcher->fit());
  return weights(api, request);
}

Result<HttpResponse> reset_weights(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY(api.watcher->reset_weights());
  return weights(api, request);
}

Result<HttpResponse> accept_usual(const QualityApi& api, const HttpRequest& request) {
  const auto key = series_parameter(request);
  if (!key) return Error{Code::invalid, "cannot accept what is usual: no series is named (model, service, route)"};
  MAI_TRY(api.watcher->accept_usual(*key));
  return hallucination(api, request);
}

Result<HttpResponse> baselines(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const auto all, api.watcher->shelf().baselines());
  const auto key = series_parameter(request);
  JsonWriter out;
  out.begin_object().key("baselines").begin_list();
  for (const judge::BaselineInfo& one : all)
    if (!key || one.series == *key) write_baseline(out, one);
  out.end_list();
  return json(out.end_object());
}

Result<HttpResponse> make_baseline(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(auto posted, read_new_baseline(request.body));
  api.watcher->flush();
  MAI_TRY_ASSIGN(const auto made, api.watcher->make_baseline(std::move(posted)));
  JsonWriter out;
  write_baseline(out, made);
  return json(out, 201);
}

Result<HttpResponse> change_baseline(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t id, path_id(request));
  const std::string_view what = request.path_parameter("what");
  if (what != "pin" && what != "activate")
    return Error{Code::not_found,
                 fmt::format("cannot {} a baseline: it can be made the one to compare with (activate) or that for good (pin)", what)};
  MAI_TRY(api.watcher->activate_baseline(id, what == "pin"));
  return baselines(api, request);
}

Result<HttpResponse> remove_baseline(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t id, path_id(request));
  MAI_TRY(api.watcher->remove_baseline(id));
  return baselines(api, request);
}

Result<HttpResponse> compare_baselines(const QualityApi& api, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t id, path_id(request));
  MAI_TRY_ASSIGN(const int64_t with, number_parameter(request, "with", 0, INT64_MAX));
  MAI_TRY_ASSIGN(const auto comparison, api.watcher->compare_baselines(id, with > 0 ? std::optional(with) : std::nullopt));
  return HttpResponse::json(200, judge::comparison_json(comparison) + "\n");
}

}  // namespace

void add_quality_api(net::Router& router, std::function<Result<std::shared_ptr<const QualityApi>>()> api) {
  const auto add = [&](std::string method, std::string path, Handler handler) {
    router.add(std::move(method), "/api/v1/quality" + path, [api, handler](const HttpRequest& request) {
      const auto judge = api();
      if (!judge) return refuse(503, judge.error().message);
      auto response = handler(**judge, request);
      return response ? std::move(*response) : refuse(status_of(response.error().code), response.error().message);
    });
  };
  add("POST", "/evaluate", evaluate);
  add("GET", "/status", status);
  add("GET", "/drift", drift);
  add("GET", "/hallucination", hallucination);
  add("GET", "/answers", answers);
  add("GET", "/answers/{id}", answer);
  add("POST", "/labels", label);
  add("GET", "/weights", weights);
  add("POST", "/fit", fit);
  add("POST", "/hallucination/accept", accept_usual);
  add("DELETE", "/weights", reset_weights);
  add("GET", "/baselines", baselines);
  add("POST", "/baselines", make_baseline);
  add("GET", "/baselines/{id}/compare", compare_baselines);
  add("POST", "/baselines/{id}/{what}", change_baseline);
  add("DELETE", "/baselines/{id}", remove_baseline);
}

}  // namespace monitorai::serve

#include "app/serve/alerting.h"

#include <algorithm>

#include "base/text.h"
#include "query/template/value.h"
#include "serve/alertmanager/api.h"
#include "serve/fresh_json.h"

namespace monitorai::app {
namespace {

using signals::MetricFamily;
using signals::MetricType;

constexpr std::string_view kJournalFile = "alerts.db";
constexpr std::string_view kNobody = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";

forward::Alert alert_of(const judge::Alert& alert, const std::string& url) {
  return {.labels = alert.labels,
          .annotations = alert.annotations,
          .starts_at = alert.fired_at.value_or(alert.active_at),
          .ends_at = alert.resolved_at ? *alert.resolved_at : alert.valid_until.value_or(TimeMs{}),
          .updated_at = {},
          .generator_url = fmt::format("{}/graph?g0.expr={}&g0.tab=1", url, query::templates::url_query_escaped(alert.query))};
}

void add(std::vector<MetricFamily>& out, MetricType type, std::string name, std::string help, double value) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = type};
  type == MetricType::counter ? family.counter({}, value) : family.gauge({}, value);
  out.push_back(std::move(family));
}

/// What tells one configuration of Alertmanagers from another. Not for eyes.
std::string with_secrets(const Config& config) {
  std::string out = config.alerting.alertmanagers_text;
  for (const forward::AlertmanagerSettings& one : config.alerting.alertmanagers)
    out += fmt::format("\n{} {} {} {}", one.url, one.http.user, one.http.password.read().value_or(""),
                       one.http.credentials.read().value_or(""));
  return out;
}

constexpr std::string_view kAcknowledgements = "/api/v1/acknowledgements";

/// As Alertmanager's errors are.
net::HttpResponse refusal(int status, std::string_view error) {
  net::HttpResponse out = net::HttpResponse::json(status, json_string(error) + "\n");
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

/// To be asked whether they are offered is no mistake.
net::HttpResponse no_acknowledgements(std::string_view method) {
  constexpr std::string_view kReason = "Alertmanager knows no acknowledgements: silence the alert instead";
  if (method != "GET" && method != "HEAD") return refusal(400, kReason);
  JsonWriter out;
  out.begin_object().field("offered", false).field("reason", kReason).key("acknowledgements").begin_list().end_list().end_object();
  return serve::fresh_json(200, out.take());
}

net::HttpResponse relayed_answer(const net::HttpClientResponse& answer) {
  net::HttpResponse out{.status = answer.status, .content_type = std::string(answer.header("content-type")), .body = answer.body};
  out.headers.emplace_back("Cache-Control", "no-store");
  return out;
}

/// Path and query as they were asked for; nullopt for a path that none of Alertmanager's has.
std::optional<std::string> target_of(const net::HttpRequest& request) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '_';
  };
  if (!std::all_of(request.path.begin(), request.path.end(), plain)) return std::nullopt;
  std::string out = request.path;
  for (const auto& [name, value] : request.query)
    out += fmt::format("{}{}={}", out.size() == request.path.size() ? '?' : '&', query::templates::url_query_escaped(name),
                       query::templates::url_query_escaped(value));
  return out;
}

}  // namespace

forward::ReadNotifyConfig Alerting::read(const Config& config) {
  if (config.alerting.config.empty()) return forward::read_notify_config(kNobody, "");
  return forward::read_notify_file(config.alerting.config);
}

Result<std::unique_ptr<Alerting>> Alerting::open(const Config& config, const Clock& clock) {
  forward::ReadNotifyConfig notify = read(config);
  if (!notify.problems.empty()) {
    std::vector<std::string> lines;
    for (const yaml::Problem& problem : notify.problems) lines.push_back(problem.line());
    return Error{Code::invalid, "cannot read alerting.config:\n" + join(lines, "\n")};
  }
  MAI_TRY_ASSIGN(auto notifier, forward::Notifier::open(std::filesystem::path(config.data) / kJournalFile, std::move(notify.config), "",
                                                        clock, [] { return std::make_unique<forward::NetworkTransport>(); }));
  return std::unique_ptr<Alerting>(new Alerting(std::move(notifier)));
}

Alerting::~Alerting() { stop(); }

void Alerting::apply(const Config& config, forward::NotifyConfig notify, const std::string& url) {
  std::string base = config.rules.external_url.empty() ? url : config.rules.external_url;
  while (base.ends_with('/')) base.pop_back();
  notifier_->configure(std::move(notify), base);
  std::vector<std::shared_ptr<forward::AlertmanagerSender>> old;
  const std::lock_guard lock(mutex_);
  url_ = base;
  theirs_ = config.alerting.config.empty() ? config.alerting.alertmanagers : std::vector<forward::AlertmanagerSettings>();
  const std::string text = with_secrets(config);
  if (alertmanagers_text_ == text) return;
  alertmanagers_text_ = text;
  old.swap(alertmanagers_);
  for (const forward::AlertmanagerSettings& settings : config.alerting.alertmanagers)
    alertmanagers_.push_back(std::make_shared<forward::AlertmanagerSender>(settings));
}

void Alerting::stop() {
  notifier_->stop();
  const std::lock_guard lock(mutex_);
  alertmanagers_.clear();
}

void Alerting::add_routes(net::Router& router) {
  serve::add_alertmanager_api(router, *notifier_, [this](const net::HttpRequest& request) { return relayed(request); });
}

std::optional<net::HttpResponse> Alerting::relayed(const net::HttpRequest& request) const {
  std::vector<forward::AlertmanagerSettings> theirs;
  {
    const std::lock_guard lock(mutex_);
    theirs = theirs_;
  }
  if (theirs.empty() || request.path == "/api/v1/deliveries") return std::nullopt;
  if (request.path.starts_with(kAcknowledgements)) return no_acknowledgements(request.method);
  const auto target = target_of(request);
  if (!target) return refusal(404, "there is no such thing");
  std::string error;
  // They are one cluster: whoever answers speaks for all.
  for (const forward::AlertmanagerSettings& one : theirs) {
    const auto answer =
        forward::ask_alertmanager(one, request.method == "HEAD" ? "GET" : request.method, *target, request.body, request.cancelled);
    if (answer) return relayed_answer(*answer);
    error = answer.error().message;
  }
  return refusal(502, "no Alertmanager answers: " + error);
}

void Alerting::notify(std::span<const judge::Alert> alerts) {
  std::vector<forward::Alert> told;
  std::vector<std::shared_ptr<forward::AlertmanagerSender>> senders;
  {
    const std::lock_guard lock(mutex_);
    for (const judge::Alert& alert : alerts) told.push_back(alert_of(alert, url_));
    senders = alertmanagers_;
  }
  for (const auto& sender : senders) sender->send(told);
  notifier_->post(std::move(told));
}

std::vector<std::string> Alerting::alertmanagers() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& sender : alertmanagers_) out.push_back(sender->url());
  return out;
}

void Alerting::append_families(std::vector<MetricFamily>& out) const {
  const forward::Notifier::View view = notifier_->view();
  const auto count = [&](std::string name, std::string help, uint64_t value) {
    add(out, MetricType::counter, std::move(name), std::move(help), static_cast<double>(value));
  };
  const auto gauge = [&](std::string name, std::string help, size_t value) {
    add(out, MetricType::gauge, std::move(name), std::move(help), static_cast<double>(value));
  };
  gauge("monitorai_notify_alerts", "Alerts that the notifier knows.", view.alerts);
  gauge("monitorai_notify_groups", "Groups of alerts.", view.groups);
  gauge("monitorai_notify_deliveries_waiting", "Notifications that wait for a try.", view.waiting);
  gauge("monitorai_notify_silences_active", "Silences in force.", view.silences_active);
  count("monitorai_notify_alerts_received", "Alerts taken, repetitions included.", view.counts.alerts_received);
  count("monitorai_notify_alerts_rejected", "Alerts not taken because there were too many, or too many groups.",
        view.counts.alerts_rejected);
  count("monitorai_notify_batches_dropped", "Batches of alerts of rules that were dropped because too many waited.", view.batches_dropped);
  count("monitorai_notify_alerts_suppressed", "Alerts held back at a turn of their group by silences, inhibitions or times.",
        view.counts.suppressed);
  count("monitorai_notify_deliveries_superseded", "Notifications that a newer one took the place of before they arrived.",
        view.counts.superseded);
  count("monitorai_notify_deliveries_dropped", "Notifications whose receiver was taken out of the configuration.", view.counts.dropped);
  count("monitorai_notify_template_failures", "Templates of notifications that failed.", view.counts.template_failures);
  count("monitorai_notify_journal_failures", "Changes that the journal of alerts could not take.", view.counts.journal_failures);
  count("monitorai_notify_journal_damaged_rows", "Rows of the journal that could not be read at the start.", view.counts.damaged_rows);
  MetricFamily sent{.name = "monitorai_notify_deliveries_sent", .help = "Notifications that arrived.", .type = MetricType::counter};
  MetricFamily tries{.name = "monitorai_notify_tries_failed", .help = "Tries of notifications that failed.", .type = MetricType::counter};
  MetricFamily failed{
      .name = "monitorai_notify_deliveries_failed", .help = "Notifications that a receiver refused for good.", .type = MetricType::counter};
  for (const auto& [kind, counts] : view.counts.kinds) {
    sent.counter({{"integration", kind}}, static_cast<double>(counts.sent));
    tries.counter({{"integration", kind}}, static_cast<double>(counts.failed_tries));
    failed.counter({{"integration", kind}}, static_cast<double>(counts.failed));
  }
  for (MetricFamily* family : {&sent, &tries, &failed})
    if (!family->points.empty()) out.push_back(std::move(*family));

  const std::lock_guard lock(mutex_);
  if (alertmanagers_.empty()) return;
  MetricFamily arrived{
      .name = "monitorai_alertmanager_alerts_sent", .help = "Alerts sent to an Alertmanager.", .type = MetricType::counter};
  MetricFamily errors{
      .name = "monitorai_alertmanager_errors", .help = "Requests to an Alertmanager that failed.", .type = MetricType::counter};
  MetricFamily dropped{.name = "monitorai_alertmanager_alerts_dropped",
                       .help = "Alerts that an Alertmanager refused, or that were too many to wait.",
                       .type = MetricType::counter};
  MetricFamily waiting{
      .name = "monitorai_alertmanager_alerts_waiting", .help = "Alerts that wait for an Alertmanager.", .type = MetricType::gauge};
  for (const auto& sender : alertmanagers_) {
    const auto counts = sender->counts();
    const signals::Labels labels{{"url", sender->url()}};
    arrived.counter(labels, static_cast<double>(counts.sent));
    errors.counter(labels, static_cast<double>(counts.errors));
    dropped.counter(labels, static_cast<double>(counts.dropped));
    waiting.gauge(labels, static_cast<double>(counts.waiting));
  }
  for (MetricFamily* family : {&arrived, &errors, &dropped, &waiting}) out.push_back(std::move(*family));
}

}  // namespace monitorai::app

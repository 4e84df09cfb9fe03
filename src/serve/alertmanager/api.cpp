#include "serve/alertmanager/api.h"

#include <algorithm>

#include "base/regex.h"
#include "base/text.h"
#include "serve/alertmanager/json.h"

namespace monitorai::serve {
namespace {

using forward::AlertStatus;
using forward::Matchers;
using forward::Notifier;
using forward::Silence;
using net::HttpRequest;
using net::HttpResponse;

/// Alertmanager's errors are JSON strings.
HttpResponse refuse(const Error& error) {
  const int status = error.code == Code::not_found ? 404 : error.code == Code::invalid || error.code == Code::exhausted ? 400 : 500;
  return HttpResponse::json(status, json_string(error.message) + "\n");
}

std::string_view parameter(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query)
    if (key == name) return value;
  return {};
}

Result<bool> flag(const HttpRequest& request, std::string_view name) {
  const std::string value = lower(parameter(request, name));
  if (value.empty() || value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return Error{Code::invalid, fmt::format("cannot read the parameter {}: it is true or false", name)};
}

Result<int64_t> number(const HttpRequest& request, std::string_view name, int64_t otherwise) {
  const std::string_view value = parameter(request, name);
  if (value.empty()) return otherwise;
  const auto parsed = parse_integer<int64_t>(value);
  if (!parsed || *parsed < 0) return Error{Code::invalid, fmt::format("cannot read the parameter {}: it is no whole number", name)};
  return *parsed;
}

Result<Matchers> filters(const HttpRequest& request) {
  Matchers out;
  for (const auto& [key, value] : request.query) {
    if (key != "filter" && key != "filter[]") continue;
    MAI_TRY_ASSIGN(Matchers parsed, forward::parse_matchers(value));
    std::move(parsed.begin(), parsed.end(), std::back_inserter(out));
  }
  return out;
}

/// What the parameters of a question for alerts let through.
struct Wanted {
  bool active = true, silenced = true, inhibited = true;
  Matchers matchers;
  std::optional<Regex> receiver;

  static Result<Wanted> of(const HttpRequest& request) {
    Wanted out;
    MAI_TRY_ASSIGN(out.active, flag(request, "active"));
    MAI_TRY_ASSIGN(out.silenced, flag(request, "silenced"));
    MAI_TRY_ASSIGN(out.inhibited, flag(request, "inhibited"));
    MAI_TRY(flag(request, "unprocessed").has_value() ? Result<void>()
                                                     : Result<void>(Error{Code::invalid, "cannot read the parameter unprocessed"}));
    MAI_TRY_ASSIGN(out.matchers, filters(request));
    if (const std::string_view pattern = parameter(request, "receiver"); !pattern.empty()) {
      MAI_TRY_ASSIGN(out.receiver, Regex::anchored(pattern));
    }
    return out;
  }
  bool takes(const AlertStatus& status) const {
    if (!active && !status.suppressed()) return false;
    if (!silenced && !status.silenced_by.empty()) return false;
    if (!inhibited && !status.inhibited_by.empty()) return false;
    return forward::all_match(matchers, status.alert.labels);
  }
  bool takes_receiver(const std::string& name) const { return !receiver || receiver->matches(name); }
};

Result<HttpResponse> status(Notifier& notifier, const HttpRequest&) {
  const Notifier::View view = notifier.view();
  JsonWriter out;
  out.begin_object()
      .key("cluster")
      .begin_object()
      .field("name", "")
      .key("peers")
      .begin_list()
      .end_list()
      .field("status", "disabled")
      .end_object();
  out.key("config").begin_object().field("original", view.config_shown).end_object().field("uptime", date_time(notifier.started()));
  out.key("versionInfo").begin_object();
  for (const char* key : {"branch", "buildDate", "buildUser", "goVersion", "revision"}) out.field(key, "");
  out.field("version", MAI_VERSION).end_object().end_object();
  return HttpResponse::json(200, out.take());
}

Result<HttpResponse> receivers(Notifier& notifier, const HttpRequest&) {
  JsonWriter out;
  out.begin_list();
  for (const std::string& name : notifier.view().receivers) out.begin_object().field("name", name).end_object();
  return HttpResponse::json(200, out.end_list().take());
}

Result<HttpResponse> alerts(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const Wanted wanted, Wanted::of(request));
  JsonWriter out;
  out.begin_list();
  for (const AlertStatus& one : notifier.alerts())
    if (wanted.takes(one) &&
        std::any_of(one.receivers.begin(), one.receivers.end(), [&](const auto& name) { return wanted.takes_receiver(name); }))
      write_alert(out, one);
  return HttpResponse::json(200, out.end_list().take());
}

Result<HttpResponse> groups(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const Wanted wanted, Wanted::of(request));
  JsonWriter out;
  out.begin_list();
  for (forward::GroupStatus& group : notifier.groups()) {
    std::erase_if(group.alerts, [&](const AlertStatus& one) { return !wanted.takes(one); });
    if (group.alerts.empty() || !wanted.takes_receiver(group.receiver)) continue;
    out.begin_object().key("alerts").begin_list();
    for (const AlertStatus& one : group.alerts) write_alert(out, one);
    out.end_list().key("labels").begin_object();
    for (const signals::Label& label : group.labels) out.field(label.name, label.value);
    out.end_object().key("receiver").begin_object().field("name", group.receiver).end_object().end_object();
  }
  return HttpResponse::json(200, out.end_list().take());
}

Result<HttpResponse> post_alerts(Notifier& notifier, const HttpRequest& request) {
  std::vector<std::string> problems;
  MAI_TRY_ASSIGN(auto posted, read_posted_alerts(request.body, kPostedAlertsMax, problems));
  // Those that can be used are taken even where others cannot.
  notifier.put(std::move(posted));
  if (!problems.empty()) return Error{Code::invalid, join(problems, "; ")};
  return HttpResponse::json(200, "");
}

/// Active ones first, by their end; then those to come; then the ended ones, newest first.
bool listed_before(const Silence& a, const Silence& b, TimeMs now) {
  const auto rank = [&](const Silence& s) { return s.active(now) ? 0 : now < s.starts_at ? 1 : 2; };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (rank(a) == 0) return a.ends_at < b.ends_at;
  return rank(a) == 1 ? a.starts_at < b.starts_at : a.ends_at > b.ends_at;
}

Result<HttpResponse> silences(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const Matchers wanted, filters(request));
  const TimeMs now = notifier.now();
  std::vector<Silence> all = notifier.silences();
  std::erase_if(all, [&](const Silence& silence) {
    std::vector<signals::Label> matched;
    for (const signals::Matcher& matcher : silence.matchers) matched.push_back({matcher.name(), matcher.value()});
    return !forward::all_match(wanted, signals::Labels::from(std::move(matched)));
  });
  std::stable_sort(all.begin(), all.end(), [&](const Silence& a, const Silence& b) { return listed_before(a, b, now); });
  JsonWriter out;
  out.begin_list();
  for (const Silence& one : all) write_silence(out, one, now);
  return HttpResponse::json(200, out.end_list().take());
}

Result<HttpResponse> post_silence(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(Silence silence, read_posted_silence(request.body));
  MAI_TRY_ASSIGN(const std::string id, notifier.put_silence(std::move(silence)));
  JsonWriter out;
  return HttpResponse::json(200, out.begin_object().field("silenceID", id).end_object().take());
}

Result<HttpResponse> one_silence(Notifier& notifier, const HttpRequest& request) {
  const std::string_view id = request.path_parameter("id");
  for (const Silence& silence : notifier.silences()) {
    if (silence.id != id) continue;
    JsonWriter out;
    write_silence(out, silence, notifier.now());
    return HttpResponse::json(200, out.take());
  }
  return Error{Code::not_found, fmt::format("there is no silence {}", to_valid_utf8(id))};
}

Result<HttpResponse> expire_silence(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY(notifier.expire_silence(std::string(request.path_parameter("id"))));
  return HttpResponse::json(200, "");
}

Result<HttpResponse> deliveries(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const int64_t limit, number(request, "limit", kDeliveriesAnswered));
  MAI_TRY_ASSIGN(const int64_t before, number(request, "before", 0));
  const size_t count = std::min(static_cast<size_t>(limit), kDeliveriesAnsweredMax);
  MAI_TRY_ASSIGN(const auto entries, notifier.deliveries(count, before, parameter(request, "state"), parameter(request, "receiver")));
  JsonWriter out;
  out.begin_object().key("deliveries").begin_list();
  for (const forward::DeliveryEntry& entry : entries) write_delivery(out, entry);
  return HttpResponse::json(200, out.end_list().end_object().take());
}

Result<HttpResponse> acknowledgements(Notifier& notifier, const HttpRequest&) {
  JsonWriter out;
  out.begin_object().field("offered", true).key("acknowledgements").begin_list();
  for (const AlertStatus& one : notifier.alerts())
    if (one.acknowledged) write_acknowledgement(out, one);
  return HttpResponse::json(200, out.end_list().end_object().take());
}

Result<HttpResponse> acknowledge(Notifier& notifier, const HttpRequest& request) {
  MAI_TRY_ASSIGN(PostedAcknowledgement posted, read_posted_acknowledgement(request.body));
  MAI_TRY(notifier.acknowledge(posted.fingerprint, std::move(posted.acknowledgement)));
  return HttpResponse::json(200, "{}");
}

Result<HttpResponse> unacknowledge(Notifier& notifier, const HttpRequest& request) {
  const auto fingerprint = parse_fingerprint(request.path_parameter("fingerprint"));
  if (!fingerprint) return Error{Code::invalid, "cannot read the fingerprint: it is 16 hex digits"};
  MAI_TRY(notifier.unacknowledge(*fingerprint));
  return HttpResponse::json(200, "{}");
}

}  // namespace

void add_alertmanager_api(net::Router& router, Notifier& notifier, Relay relay) {
  const auto add = [&](const char* method, const char* path, Result<HttpResponse> (*handler)(Notifier&, const HttpRequest&)) {
    router.add(method, path, [&notifier, relay, handler](const HttpRequest& request) {
      if (relay)
        if (auto relayed = relay(request)) return std::move(*relayed);
      Result<HttpResponse> response = handler(notifier, request);
      HttpResponse out = response ? std::move(*response) : refuse(response.error());
      out.headers.emplace_back("Cache-Control", "no-store");
      return out;
    });
  };
  add("GET", "/api/v2/status", status);
  add("GET", "/api/v2/receivers", receivers);
  add("GET", "/api/v2/alerts", alerts);
  add("POST", "/api/v2/alerts", post_alerts);
  add("GET", "/api/v2/alerts/groups", groups);
  add("GET", "/api/v2/silences", silences);
  add("POST", "/api/v2/silences", post_silence);
  add("GET", "/api/v2/silence/{id}", one_silence);
  add("DELETE", "/api/v2/silence/{id}", expire_silence);
  add("GET", "/api/v1/deliveries", deliveries);
  add("GET", "/api/v1/acknowledgements", acknowledgements);
  add("POST", "/api/v1/acknowledgements", acknowledge);
  add("DELETE", "/api/v1/acknowledgements/{fingerprint}", unacknowledge);
}

}  // namespace monitorai::serve

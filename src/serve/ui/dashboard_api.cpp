#include "serve/ui/dashboard_api.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "serve/fresh_json.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

int status_of(Code code) {
  switch (code) {
    case Code::not_found:
      return 404;
    case Code::invalid:
      return 400;
    case Code::exhausted:
      return 413;
    default:
      return 503;
  }
}

HttpResponse refuse(const Error& error) { return fresh_error(status_of(error.code), error.message); }

void write_entry(JsonWriter& out, const DashboardEntry& entry) {
  out.field("uid", entry.uid).field("title", entry.title).field("version", entry.version);
  out.field("saved", static_cast<double>(entry.saved.ms) / 1000);
}

void write_entries(JsonWriter& out, std::string_view name, const std::vector<DashboardEntry>& entries) {
  out.key(name).begin_list();
  for (const DashboardEntry& entry : entries) {
    out.begin_object();
    write_entry(out, entry);
    out.end_object();
  }
  out.end_list();
}

/// nullopt when it is absent.
Result<std::optional<int64_t>> number_parameter(const HttpRequest& request, std::string_view name) {
  for (const auto& [key, value] : request.query) {
    if (key != name) continue;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size() || number < 0)
      return Error{Code::invalid, fmt::format("cannot read the parameter {}: it is no number", name)};
    return std::optional(number);
  }
  return std::optional<int64_t>();
}

Result<std::string> uid_of(const HttpRequest& request) {
  std::string uid(request.path_parameter("uid"));
  if (!is_dashboard_uid(uid))
    return Error{Code::invalid, fmt::format("cannot use this uid: it has to be 1 to {} letters, digits, '-' and '_'", kDashboardUidBytesMax)};
  return uid;
}

Result<HttpResponse> list(DashboardShelf& shelf) {
  MAI_TRY_ASSIGN(const auto entries, shelf.list());
  JsonWriter out;
  out.begin_object();
  write_entries(out, "dashboards", entries);
  return fresh_json(200, out.end_object().take());
}

Result<HttpResponse> find(DashboardShelf& shelf, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const std::string uid, uid_of(request));
  MAI_TRY_ASSIGN(const auto version, number_parameter(request, "version"));
  MAI_TRY_ASSIGN(const KeptDashboard kept, shelf.find(uid, version));
  MAI_TRY_ASSIGN(const auto versions, shelf.versions(uid));
  JsonWriter out;
  out.begin_object();
  write_entry(out, kept.entry);
  write_entries(out, "versions", versions);
  std::string body = out.take();
  return fresh_json(200, fmt::format("{},\"dashboard\":{}}}", body, kept.json));
}

Result<HttpResponse> save(DashboardShelf& shelf, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const std::string uid, uid_of(request));
  MAI_TRY_ASSIGN(const auto based_on, number_parameter(request, "based_on"));
  MAI_TRY_ASSIGN(const std::string title, dashboard_title(request.body));
  MAI_TRY_ASSIGN(const SaveOutcome outcome, shelf.save(uid, title, request.body, based_on.value_or(0)));
  JsonWriter out;
  out.begin_object();
  if (!outcome.saved) out.field("error", fmt::format("somebody saved version {} in between", outcome.version));
  return fresh_json(outcome.saved ? 200 : 409, out.field("version", outcome.version).end_object().take());
}

Result<HttpResponse> remove(DashboardShelf& shelf, const HttpRequest& request) {
  MAI_TRY_ASSIGN(const std::string uid, uid_of(request));
  MAI_TRY(shelf.remove(uid));
  return fresh_json(200, "{}");
}

}  // namespace

bool is_dashboard_uid(std::string_view uid) {
  return !uid.empty() && uid.size() <= kDashboardUidBytesMax && std::all_of(uid.begin(), uid.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Result<std::string> dashboard_title(std::string_view json) {
  if (json.size() > kDashboardBytesMax)
    return Error{Code::exhausted, fmt::format("cannot keep the dashboard ({} bytes): the limit is {}", json.size(), kDashboardBytesMax)};
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root))
    return Error{Code::invalid, fmt::format("cannot read the dashboard: {}", simdjson::error_message(error))};
  simdjson::dom::array panels;
  if (root["panels"].get(panels) != simdjson::SUCCESS)
    return Error{Code::invalid, "cannot read the dashboard: it has no list \"panels\", as Grafana's have"};
  std::string_view title;
  if (root["title"].get(title) != simdjson::SUCCESS) return std::string();
  return std::string(title);
}

void add_dashboard_api(net::Router& router, std::shared_ptr<DashboardShelf> shelf) {
  const auto add = [&](const char* method, const char* path, auto handler) {
    router.add(method, path, [shelf, handler](const HttpRequest& request) {
      Result<HttpResponse> response = handler(*shelf, request);
      return response ? std::move(*response) : refuse(response.error());
    });
  };
  add("GET", "/api/v1/dashboards", [](DashboardShelf& s, const HttpRequest&) { return list(s); });
  add("GET", "/api/v1/dashboards/{uid}", find);
  add("PUT", "/api/v1/dashboards/{uid}", save);
  add("DELETE", "/api/v1/dashboards/{uid}", remove);
}

}  // namespace monitorai::serve

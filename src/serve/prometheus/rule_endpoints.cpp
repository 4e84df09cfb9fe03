#include <algorithm>
#include <set>

#include "base/text.h"
#include "query/promql/parser.h"
#include "serve/json_writer.h"
#include "serve/prometheus/endpoints.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using Texts = std::map<std::string, std::string>;

void append_texts(std::string& out, const Texts& texts) {
  out += '{';
  for (const auto& [name, value] : texts) {
    if (out.back() != '{') out += ',';
    append_json_string(out, name);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

/// strconv.FormatFloat(v, 'e', -1, 64): "1.5e+00".
std::string exponent_text(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  std::array<char, 40> buffer;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), v, std::chars_format::scientific).ptr};
}

void append_alert(std::string& out, const AlertView& alert) {
  out += R"({"labels":)";
  append_json_labels(out, alert.labels);
  out += R"(,"annotations":)";
  append_texts(out, alert.annotations);
  out += fmt::format(R"(,"state":"{}","activeAt":"{}")", alert.state, rfc3339(alert.active_at));
  if (alert.keep_firing_since) out += fmt::format(R"(,"keepFiringSince":"{}")", rfc3339(*alert.keep_firing_since));
  out += fmt::format(R"(,"value":"{}"}})", exponent_text(alert.value));
}

void append_rule(std::string& out, const RuleView& rule, bool exclude_alerts) {
  const auto seconds = [](std::chrono::milliseconds d) { return format_number(std::chrono::duration<double>(d).count()); };
  out += '{';
  if (rule.alerting) out += fmt::format(R"("state":"{}",)", rule.state);
  out += fmt::format(R"("name":{},"query":{},)", json_string(rule.name), json_string(rule.query));
  if (rule.alerting) out += fmt::format(R"("duration":{},"keepFiringFor":{},)", seconds(rule.hold), seconds(rule.keep_firing_for));
  out += R"("labels":)";
  append_texts(out, rule.labels);
  if (rule.alerting) {
    out += R"(,"annotations":)";
    append_texts(out, rule.annotations);
    out += R"(,"alerts":)";
    out += exclude_alerts ? "null" : "[";
    for (size_t i = 0; !exclude_alerts && i < rule.alerts.size(); ++i) {
      if (i > 0) out += ',';
      append_alert(out, rule.alerts[i]);
    }
    if (!exclude_alerts) out += ']';
  }
  out += fmt::format(R"(,"health":"{}")", rule.health);
  if (!rule.last_error.empty()) out += fmt::format(R"(,"lastError":{})", json_string(rule.last_error));
  out += fmt::format(R"(,"evaluationTime":{},"lastEvaluation":"{}","type":"{}"}})", format_number(rule.evaluation_seconds),
                     rfc3339(rule.evaluated_at), rule.alerting ? "alerting" : "recording");
}

/// An opaque name of a group, for the next page.
std::string token_of(const RuleGroupView& group) {
  uint64_t h = 0xcbf29ce484222325;
  for (const char c : group.file + ";" + group.name) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", h);
}

ApiError invalid(std::string_view name, std::string_view why) {
  return {ApiErrorType::bad_data, fmt::format("invalid parameter \"{}\": {}", name, why)};
}

struct Wanted {
  bool alerts = true;
  bool records = true;
  bool exclude_alerts = false;
  std::set<std::string_view> names, groups, files;
  std::vector<std::vector<signals::Matcher>> selectors;
  size_t groups_max = 0;  ///< 0: all
  std::string_view next_token;

  bool takes(const RuleView& rule) const {
    if (rule.alerting ? !alerts : !records) return false;
    if (!names.empty() && !names.contains(rule.name)) return false;
    const auto value = [&](const std::string& name) {
      const auto found = rule.labels.find(name);
      return found == rule.labels.end() ? std::string_view{} : std::string_view(found->second);
    };
    const auto all_match = [&](const std::vector<signals::Matcher>& matchers) {
      return std::all_of(matchers.begin(), matchers.end(), [&](const signals::Matcher& m) { return m.matches(value(m.name())); });
    };
    return selectors.empty() || std::any_of(selectors.begin(), selectors.end(), all_match);
  }
};

Result<Wanted, ApiError> wanted_of(const ApiParameters& parameters) {
  Wanted out;
  const std::string type = lower(parameters.text("type"));
  if (!type.empty() && type != "alert" && type != "record") return invalid("type", fmt::format("not supported value \"{}\"", type));
  out.alerts = type != "record";
  out.records = type != "alert";
  const std::string exclude = lower(parameters.text("exclude_alerts"));
  if (exclude == "true" || exclude == "1" || exclude == "t")
    out.exclude_alerts = true;
  else if (!exclude.empty() && exclude != "false" && exclude != "0" && exclude != "f")
    return invalid("exclude_alerts",
                   fmt::format("error converting exclude_alerts: strconv.ParseBool: parsing {}: invalid syntax", json_string(exclude)));
  const auto set_of = [&](std::string_view name) {
    const auto all = parameters.texts(name);
    return std::set<std::string_view>(all.begin(), all.end());
  };
  out.names = set_of("rule_name[]");
  out.groups = set_of("rule_group[]");
  out.files = set_of("file[]");
  MAI_TRY_ASSIGN(out.selectors, parameters.selectors());
  out.next_token = parameters.text("group_next_token");
  const std::string_view limit = parameters.text("group_limit");
  if (!out.next_token.empty() && limit.empty())
    return invalid("group_next_token", "group_limit needs to be present in order to paginate over the groups");
  if (!limit.empty()) {
    const auto number = parse_integer<int32_t>(limit);
    if (!number) return invalid("group_limit", "group_limit needs to be a valid number");
    if (*number <= 0) return invalid("group_limit", "group_limit needs to be greater than 0");
    out.groups_max = static_cast<size_t>(*number);
  }
  return out;
}

std::vector<RuleGroupView> groups_of(const PrometheusApi& api, bool logs_only) {
  std::vector<RuleGroupView> out = api.rules ? api.rules() : std::vector<RuleGroupView>{};
  if (logs_only) std::erase_if(out, [](const RuleGroupView& group) { return !group.logs; });
  return out;
}

Result<HttpResponse, ApiError> answer_rules(const PrometheusApi& api, const HttpRequest& request, bool logs_only) {
  const ApiParameters parameters(request);
  MAI_TRY_ASSIGN(const Wanted wanted, wanted_of(parameters));
  const std::vector<RuleGroupView> all = groups_of(api, logs_only);
  bool begun = wanted.next_token.empty();
  size_t count = 0;
  std::string out, next;
  for (const RuleGroupView& group : all) {
    if (!begun && token_of(group) != wanted.next_token) continue;
    begun = true;
    if (!wanted.groups.empty() && !wanted.groups.contains(group.name)) continue;
    if (!wanted.files.empty() && !wanted.files.contains(group.file)) continue;
    std::string rules_json;
    for (const RuleView& rule : group.rules) {
      if (!wanted.takes(rule)) continue;
      if (!rules_json.empty()) rules_json += ',';
      append_rule(rules_json, rule, wanted.exclude_alerts);
    }
    if (rules_json.empty()) continue;
    if (wanted.groups_max != 0 && count == wanted.groups_max) {
      next = token_of(group);
      break;
    }
    if (count++ > 0) out += ',';
    out += fmt::format(R"({{"name":{},"file":{},"rules":[{}],"interval":{},"limit":{},"evaluationTime":{},"lastEvaluation":"{}"}})",
                       json_string(group.name), json_string(group.file), rules_json,
                       format_number(std::chrono::duration<double>(group.interval).count()), group.limit,
                       format_number(group.evaluation_seconds), rfc3339(group.evaluated_at));
  }
  if (!begun)
    return invalid("group_next_token", fmt::format("invalid group_next_token '{}'. were rule groups changed?", wanted.next_token));
  std::string data = fmt::format(R"({{"groups":[{}])", out);
  if (!next.empty()) data += fmt::format(R"(,"groupNextToken":"{}")", next);
  return success_answer(data + '}');
}

Result<HttpResponse, ApiError> answer_alerts(const PrometheusApi& api, bool logs_only) {
  std::string out;
  for (const RuleGroupView& group : groups_of(api, logs_only))
    for (const RuleView& rule : group.rules)
      for (const AlertView& alert : rule.alerts) {
        if (!out.empty()) out += ',';
        append_alert(out, alert);
      }
  return success_answer(fmt::format(R"({{"alerts":[{}]}})", out));
}

/// The rules of a group as its file has them.
void write_file_group(JsonWriter& out, const RuleGroupView& group) {
  const auto texts = [&](std::string_view name, const Texts& map) {
    if (map.empty()) return;
    out.key(name).begin_object();
    for (const auto& [key, value] : map) out.field(key, value);
    out.end_object();
  };
  out.begin_object().field("name", group.name).field("interval", format_duration(group.interval));
  if (group.limit != 0) out.field("limit", group.limit);
  out.key("rules").begin_list();
  for (const RuleView& rule : group.rules) {
    out.begin_object().field(rule.alerting ? "alert" : "record", rule.name).field("expr", rule.query);
    if (rule.hold.count() > 0) out.field("for", format_duration(rule.hold));
    if (rule.keep_firing_for.count() > 0) out.field("keep_firing_for", format_duration(rule.keep_firing_for));
    texts("labels", rule.labels);
    texts("annotations", rule.annotations);
    out.end_object();
  }
  out.end_list().end_object();
}

/// GET /loki/api/v1/rules[/{namespace}[/{group}]]: as Loki's ruler lists them. A file is a namespace; the answer is JSON, which is YAML.
Result<HttpResponse, ApiError> ruler_rules(const PrometheusApi& api, const HttpRequest& request) {
  const std::string_view wanted_file = request.path_parameter("namespace"), wanted_group = request.path_parameter("group");
  std::map<std::string, std::vector<const RuleGroupView*>> files;
  const std::vector<RuleGroupView> all = groups_of(api, true);
  for (const RuleGroupView& group : all) {
    const std::string name(basename(group.file));
    if ((wanted_file.empty() || name == wanted_file) && (wanted_group.empty() || group.name == wanted_group)) files[name].push_back(&group);
  }
  if (files.empty()) return HttpResponse::text(404, wanted_group.empty() ? "no rule groups found\n" : "group does not exist\n");
  JsonWriter out;
  if (!wanted_group.empty()) {
    write_file_group(out, *files.begin()->second[0]);
  } else {
    out.begin_object();
    for (const auto& [file, groups] : files) {
      out.key(file).begin_list();
      for (const RuleGroupView* group : groups) write_file_group(out, *group);
      out.end_list();
    }
    out.end_object();
  }
  HttpResponse response;
  response.content_type = "application/yaml";
  response.body = out.take() + "\n";
  return response;
}

}  // namespace

void add_rule_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_route(router, api, "GET", "/api/v1/rules", [](const PrometheusApi& a, const HttpRequest& request) { return answer_rules(a, request, false); });
  add_api_route(router, api, "GET", "/api/v1/alerts", [](const PrometheusApi& a, const HttpRequest&) { return answer_alerts(a, false); });
}

void add_ruler_endpoints(net::Router& router, const ApiPointer& api) {
  add_api_route(router, api, "GET", "/prometheus/api/v1/rules", [](const PrometheusApi& a, const HttpRequest& request) { return answer_rules(a, request, true); });
  add_api_route(router, api, "GET", "/prometheus/api/v1/alerts", [](const PrometheusApi& a, const HttpRequest&) { return answer_alerts(a, true); });
  for (const char* path : {"/loki/api/v1/rules", "/loki/api/v1/rules/{namespace}", "/loki/api/v1/rules/{namespace}/{group}", "/api/prom/rules"})
    add_api_route(router, api, "GET", path, ruler_rules);
}

}  // namespace monitorai::serve

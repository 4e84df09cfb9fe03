#include "serve/alertmanager/json.h"

#include <simdjson.h>

#include "base/text.h"
#include "text/go_time.h"

namespace monitorai::serve {
namespace {

using Element = simdjson::dom::element;
using forward::Alert;
using forward::Silence;

constexpr size_t kLabelsMax = 200;
constexpr size_t kTextBytesMax = 64 << 10;

template <class Map>
void write_map(JsonWriter& out, std::string_view name, const Map& map) {
  out.key(name).begin_object();
  for (const auto& [key, value] : map) out.field(key, value);
  out.end_object();
}

/// Absent and null are 0; nullopt: it is no time.
std::optional<TimeMs> time_of(Element from, const char* key) {
  Element value;
  if (from[key].get(value) != simdjson::SUCCESS || value.is_null()) return TimeMs{};
  std::string_view written;
  if (value.get(written) != simdjson::SUCCESS) return std::nullopt;
  if (written.empty() || written.starts_with("0001-01-01")) return TimeMs{};
  const auto parsed = text::parse_time("2006-01-02T15:04:05Z07:00", written);
  if (!parsed) return std::nullopt;
  return TimeMs{parsed->ns / 1'000'000};
}

std::string text_of(Element from, const char* key) {
  std::string_view out;
  return from[key].get(out) == simdjson::SUCCESS ? std::string(out) : std::string();
}

/// "" or what is wrong.
std::string read_map(Element from, const char* key, forward::TextMap& out) {
  Element value;
  if (from[key].get(value) != simdjson::SUCCESS || value.is_null()) return {};
  simdjson::dom::object object;
  if (value.get(object) != simdjson::SUCCESS) return fmt::format("{} is no object", key);
  for (const auto& [name, one] : object) {
    std::string_view text;
    if (one.get(text) != simdjson::SUCCESS) return fmt::format("{}.{} is no text", key, name);
    if (text.size() > kTextBytesMax) return fmt::format("{}.{} is too long ({} bytes, the limit is {})", key, name, text.size(), kTextBytesMax);
    if (out.size() >= kLabelsMax) return fmt::format("more than {} {}", kLabelsMax, key);
    out.emplace(name, text);
  }
  return {};
}

std::string read_alert(Element from, Alert& out) {
  forward::TextMap labels;
  if (std::string wrong = read_map(from, "labels", labels); !wrong.empty()) return wrong;
  if (std::string wrong = read_map(from, "annotations", out.annotations); !wrong.empty()) return wrong;
  std::vector<signals::Label> list;
  for (auto& [name, value] : labels) {
    if (name.empty()) return "invalid label set: invalid name \"\"";
    list.push_back({name, value});
  }
  out.labels = signals::Labels::from(std::move(list));
  if (out.labels.empty()) return "at least one label pair required";
  const auto starts = time_of(from, "startsAt"), ends = time_of(from, "endsAt");
  if (!starts || !ends) return "startsAt and endsAt are times as 2026-11-23T13:00:00Z";
  out.starts_at = *starts;
  out.ends_at = *ends;
  if (ends->ms != 0 && starts->ms != 0 && *ends < *starts) return "start time must be before end time";
  out.generator_url = text_of(from, "generatorURL");
  return {};
}

void write_who(JsonWriter& out, const forward::Acknowledgement& one) {
  out.field("by", one.by).field("comment", one.comment).field("at", date_time(one.at));
}

}  // namespace

std::string date_time(TimeMs time) { return text::format_time({.ns = time.ms * 1'000'000}, "2006-01-02T15:04:05.000Z07:00"); }

std::optional<uint64_t> parse_fingerprint(std::string_view text) {
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, 16);
  if (text.size() != 16 || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return out;
}

Result<std::vector<Alert>> read_posted_alerts(std::string_view json, size_t count_max, std::vector<std::string>& problems) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  Element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) return Error{Code::invalid, fmt::format("cannot read the alerts: {}", simdjson::error_message(error))};
  if (root.get(list) != simdjson::SUCCESS) return Error{Code::invalid, "cannot read the alerts: the body is no list"};
  if (list.size() > count_max) return Error{Code::exhausted, fmt::format("cannot take {} alerts at once: the limit is {}", list.size(), count_max)};
  std::vector<Alert> out;
  for (const Element one : list) {
    Alert alert;
    if (std::string wrong = one.is_object() ? read_alert(one, alert) : "an alert is an object"; !wrong.empty())
      problems.push_back(std::move(wrong));
    else
      out.push_back(std::move(alert));
  }
  return out;
}

Result<Silence> read_posted_silence(std::string_view json) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root)) return Error{Code::invalid, fmt::format("cannot read the silence: {}", simdjson::error_message(error))};
  if (!root.is_object()) return Error{Code::invalid, "cannot read the silence: the body is no object"};
  Silence out;
  out.id = text_of(root, "id");
  out.created_by = text_of(root, "createdBy");
  out.comment = text_of(root, "comment");
  const auto starts = time_of(root, "startsAt"), ends = time_of(root, "endsAt");
  if (!starts || !ends || ends->ms == 0) return Error{Code::invalid, "cannot read the silence: startsAt and endsAt are times as 2026-11-23T13:00:00Z"};
  out.starts_at = *starts;
  out.ends_at = *ends;
  simdjson::dom::array matchers;
  if (root["matchers"].get(matchers) != simdjson::SUCCESS) return Error{Code::invalid, "cannot read the silence: matchers in body is required"};
  if (matchers.size() > forward::kMatchersMax) return Error{Code::exhausted, fmt::format("cannot read the silence: more than {} matchers", forward::kMatchersMax)};
  for (const Element one : matchers) {
    bool regex = false, equal = true;
    std::string_view name, value;
    if (one["name"].get(name) != simdjson::SUCCESS || one["value"].get(value) != simdjson::SUCCESS || name.empty())
      return Error{Code::invalid, "cannot read the silence: a matcher needs name and value"};
    if (one["isRegex"].get(regex) != simdjson::SUCCESS) regex = false;
    if (one["isEqual"].get(equal) != simdjson::SUCCESS) equal = true;
    const auto op = regex ? (equal ? signals::MatchOp::regex : signals::MatchOp::not_regex) : (equal ? signals::MatchOp::equal : signals::MatchOp::not_equal);
    MAI_TRY_ASSIGN(auto matcher, signals::Matcher::make(std::string(name), op, std::string(value)));
    out.matchers.push_back(std::move(matcher));
  }
  return out;
}

Result<PostedAcknowledgement> read_posted_acknowledgement(std::string_view json) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !root.is_object())
    return Error{Code::invalid, "cannot read the acknowledgement: the body is no JSON object"};
  const auto fingerprint = parse_fingerprint(text_of(root, "fingerprint"));
  if (!fingerprint) return Error{Code::invalid, "cannot read the acknowledgement: fingerprint is 16 hex digits"};
  PostedAcknowledgement out{*fingerprint, {text_of(root, "by"), text_of(root, "comment"), {}}};
  if (out.acknowledgement.by.empty()) return Error{Code::invalid, "cannot read the acknowledgement: by says who looks after the alert"};
  if (out.acknowledgement.by.size() + out.acknowledgement.comment.size() > kTextBytesMax) return Error{Code::exhausted, "cannot keep the acknowledgement: it is too long"};
  return out;
}

void write_alert(JsonWriter& out, const forward::AlertStatus& status) {
  const Alert& alert = status.alert;
  out.begin_object();
  write_map(out, "annotations", alert.annotations);
  out.field("endsAt", date_time(alert.ends_at)).field("fingerprint", forward::fingerprint_text(forward::fingerprint(alert.labels)));
  out.key("receivers").begin_list();
  for (const std::string& receiver : status.receivers) out.begin_object().field("name", receiver).end_object();
  out.end_list().field("startsAt", date_time(alert.starts_at)).key("status").begin_object().key("inhibitedBy").begin_list();
  for (const uint64_t by : status.inhibited_by) out.value(forward::fingerprint_text(by));
  out.end_list().key("mutedBy").begin_list().end_list().key("silencedBy").begin_list();
  for (const std::string& by : status.silenced_by) out.value(by);
  out.end_list().field("state", status.suppressed() ? "suppressed" : "active").end_object();
  out.field("updatedAt", date_time(alert.updated_at));
  if (!alert.generator_url.empty()) out.field("generatorURL", alert.generator_url);
  write_map(out, "labels", alert.labels);
  if (status.acknowledged) {
    write_who(out.key("acknowledged").begin_object(), *status.acknowledged);
    out.end_object();
  }
  out.end_object();
}

void write_acknowledgement(JsonWriter& out, const forward::AlertStatus& status) {
  out.begin_object().field("fingerprint", forward::fingerprint_text(forward::fingerprint(status.alert.labels)));
  write_map(out, "labels", status.alert.labels);
  write_who(out, *status.acknowledged);
  out.end_object();
}

void write_silence(JsonWriter& out, const Silence& silence, TimeMs now) {
  out.begin_object().field("id", silence.id).key("status").begin_object().field("state", silence.state(now)).end_object();
  out.field("updatedAt", date_time(silence.updated_at)).field("comment", silence.comment).field("createdBy", silence.created_by);
  out.field("endsAt", date_time(silence.ends_at)).key("matchers").begin_list();
  for (const signals::Matcher& matcher : silence.matchers) {
    const bool equal = matcher.op() == signals::MatchOp::equal || matcher.op() == signals::MatchOp::regex;
    const bool regex = matcher.op() == signals::MatchOp::regex || matcher.op() == signals::MatchOp::not_regex;
    out.begin_object().field("isEqual", equal).field("isRegex", regex).field("name", matcher.name()).field("value", matcher.value()).end_object();
  }
  out.end_list().field("startsAt", date_time(silence.starts_at)).end_object();
}

void write_delivery(JsonWriter& out, const forward::DeliveryEntry& entry) {
  out.begin_object().field("id", entry.id).field("receiver", entry.to.receiver).field("integration", entry.to.kind).field("number", entry.to.number);
  out.field("state", forward::delivery_state_name(entry.state)).field("firing", entry.firing).field("resolved", entry.resolved);
  write_map(out, "groupLabels", entry.group_labels);
  out.field("groupKey", entry.group_key).field("createdAt", date_time(entry.created)).field("updatedAt", date_time(entry.updated));
  if (entry.state == forward::DeliveryState::waiting) out.field("nextTryAt", date_time(entry.next_try));
  out.field("tries", entry.tries).field("error", entry.error).end_object();
}

}  // namespace monitorai::serve

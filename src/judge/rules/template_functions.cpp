#include "judge/rules/template_functions.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "query/template/go_format.h"
#include "query/template/text_functions.h"

namespace monitorai::judge {
namespace {

using query::templates::Args;
using query::templates::Function;
using query::templates::Object;
using query::templates::Run;
using query::templates::Value;
using query::templates::ValueResult;
using query::templates::wrong_type;
using Kind = Value::Kind;
using Items = std::vector<std::pair<Value, Value>>;

TextMap text_map(const signals::Labels& labels) {
  TextMap out;
  for (const signals::Label& label : labels) out[label.name] = label.value;
  return out;
}

class SampleObject final : public Object {
 public:
  explicit SampleObject(const VectorSample& sample)
      : labels(text_map(sample.labels)), value(sample.value), strvalue(sample.labels.value("__value__")) {}
  std::string_view type_name() const override { return "*template.sample"; }
  std::string text() const override { return fmt::format("{{{} {}}}", labels.text(), query::templates::go_number(value)); }
  std::optional<Value> field(Run&, std::string_view name) const override {
    if (name == "Labels") return Value::of(labels);
    if (name == "Value") return Value::of(value);
    return std::nullopt;
  }
  const TextMapObject labels;
  const double value;
  const std::string strvalue;
};

/// What the function query gives: a list of samples.
class VectorObject final : public Object {
 public:
  explicit VectorObject(std::vector<const SampleObject*> list) : samples(std::move(list)) {}
  std::string_view type_name() const override { return "template.queryResult"; }
  std::string text() const override {
    std::string out = "[";
    for (const SampleObject* sample : samples) out += (out.size() > 1 ? " " : "") + sample->text();
    return out + "]";
  }
  bool truth() const override { return !samples.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(samples.size()); }
  ValueResult index(Run&, const Value& key) const override {
    if (!key.is(Kind::integer)) return wrong_type("int", key);
    if (key.integer < 0 || key.integer >= static_cast<int64_t>(samples.size())) return fmt::format("index out of range: {}", key.integer);
    return Value::of(*samples[static_cast<size_t>(key.integer)]);
  }
  bool items(Run&, Items& out) const override {
    for (size_t i = 0; i < samples.size(); ++i) out.emplace_back(Value::of(static_cast<int64_t>(i)), Value::of(*samples[i]));
    return true;
  }
  const std::vector<const SampleObject*> samples;
};

/// What the function args gives: arg0, arg1, ...
class ArgsObject final : public Object {
 public:
  explicit ArgsObject(Args args) : args_(args.begin(), args.end()) {}
  std::string_view type_name() const override { return "map[string]interface {}"; }
  std::string text() const override {
    std::string out = "map[";
    for (size_t i = 0; i < args_.size(); ++i) out += fmt::format("{}arg{}:{}", i > 0 ? " " : "", i, query::templates::text_of(args_[i]));
    return out + "]";
  }
  bool truth() const override { return !args_.empty(); }
  std::optional<int64_t> length() const override { return static_cast<int64_t>(args_.size()); }
  std::optional<Value> field(Run&, std::string_view name) const override {
    if (!name.starts_with("arg")) return Value{};
    const auto number = parse_integer<size_t>(name.substr(3));
    return number && *number < args_.size() ? args_[*number] : Value{};
  }
  ValueResult index(Run& run, const Value& key) const override {
    if (!key.is(Kind::text)) return wrong_type("string", key);
    return *field(run, key.text);
  }

 private:
  const std::vector<Value> args_;
};

/// A time.Duration: prints as "1h2m3.5s".
class DurationObject final : public Object {
 public:
  explicit DurationObject(double s) : seconds(s) {}
  std::string_view type_name() const override { return "time.Duration"; }
  bool truth() const override { return seconds != 0; }
  std::string text() const override {
    const double magnitude = std::abs(seconds);
    const std::string sign = seconds < 0 ? "-" : "";
    using query::templates::go_number;
    const auto shown = [](double v) { return fmt::format("{}", v); };
    if (magnitude == 0) return "0s";
    if (magnitude < 1e-6) return sign + shown(std::round(magnitude * 1e9)) + "ns";
    if (magnitude < 1e-3) return sign + shown(std::round(magnitude * 1e9) / 1e3) + "µs";
    if (magnitude < 1) return sign + shown(std::round(magnitude * 1e9) / 1e6) + "ms";
    const auto whole = static_cast<int64_t>(magnitude);
    const double rest = std::round((magnitude - static_cast<double>(whole - whole % 60)) * 1e9) / 1e9;
    std::string out = sign;
    if (whole >= 3600) out += fmt::format("{}h", whole / 3600);
    if (whole >= 60) out += fmt::format("{}m", whole / 60 % 60);
    return out + shown(rest) + "s";
  }
  const double seconds;
};

// ---- arguments ----
#define TEXT(name, i)                                                \
  if (!args[i].is(Kind::text)) return wrong_type("string", args[i]); \
  const std::string_view name = args[i].text

template <class T>
const T* as(const Value& value) {
  return value.is(Kind::object) ? dynamic_cast<const T*>(value.object) : nullptr;
}

struct NotANumber {
  std::string message;
};
/// As Prometheus's convertToFloat: numbers, texts of numbers, durations.
Result<double, NotANumber> number_of(const Value& v) {
  if (v.is(Kind::real)) return v.real;
  if (v.is(Kind::integer)) return static_cast<double>(v.integer);
  if (const auto* duration = as<DurationObject>(v)) return duration->seconds;
  if (v.is(Kind::text)) {
    std::string_view digits = v.text;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    if (const auto number = parse_number(digits)) return *number;
    return NotANumber{fmt::format("strconv.ParseFloat: parsing {}: invalid syntax", json_string(v.text))};
  }
  return NotANumber{fmt::format("can't convert {} to float", query::templates::type_name(v))};
}
#define NUMBER(name, i)                                              \
  const auto name##_read = number_of(args[i]);                       \
  if (!name##_read) return std::string(name##_read.error().message); \
  double name = *name##_read

/// %.4g
std::string four_digits(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  return fmt::format("{:.4g}", v);
}

constexpr std::array<std::string_view, 8> kSmall{"m", "u", "n", "p", "f", "a", "z", "y"};
constexpr std::array<std::string_view, 8> kLarge{"k", "M", "G", "T", "P", "E", "Z", "Y"};
constexpr std::array<std::string_view, 8> kLarge1024{"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"};

std::string scaled_up(double v, double step, std::span<const std::string_view> prefixes) {
  std::string_view prefix;
  for (const std::string_view p : prefixes) {
    if (std::abs(v) < step) break;
    prefix = p;
    v /= step;
  }
  return four_digits(v) + std::string(prefix);
}
std::string scaled_down(double v) {
  std::string_view prefix;
  for (const std::string_view p : kSmall) {
    if (std::abs(v) >= 1) break;
    prefix = p;
    v *= 1000;
  }
  return four_digits(v) + std::string(prefix);
}

std::string humanize(double v) {
  if (v == 0 || !std::isfinite(v)) return four_digits(v);
  return std::abs(v) >= 1 ? scaled_up(v, 1000, kLarge) : scaled_down(v);
}
std::string humanize1024(double v) {
  if (std::abs(v) <= 1 || !std::isfinite(v)) return four_digits(v);
  return scaled_up(v, 1024, kLarge1024);
}
std::string humanize_duration(double v) {
  if (!std::isfinite(v)) return four_digits(v);
  if (v == 0) return four_digits(v) + "s";
  if (std::abs(v) < 1) return scaled_down(v) + "s";
  const std::string sign = v < 0 ? "-" : "";
  v = std::abs(v);
  if (v >= 9e18) return sign + four_digits(v) + "s";
  const auto whole = static_cast<int64_t>(v);
  const int64_t seconds = whole % 60, minutes = whole / 60 % 60, hours = whole / 3600 % 24, days = whole / 86400;
  if (days != 0) return fmt::format("{}{}d {}h {}m {}s", sign, days, hours, minutes, seconds);
  if (hours != 0) return fmt::format("{}{}h {}m {}s", sign, hours, minutes, seconds);
  if (minutes != 0) return fmt::format("{}{}m {}s", sign, minutes, seconds);
  return sign + four_digits(v) + "s";
}

/// Milliseconds, as Prometheus's times have.
ValueResult time_at(Run& run, double seconds) {
  if (!std::isfinite(seconds)) return std::string("value is NaN or Inf");
  if (std::abs(seconds * 1e9) >= 9.2e18)
    return fmt::format("{} cannot be represented as a nanoseconds timestamp since it overflows int64",
                       query::templates::go_number(seconds));
  const int64_t ns = static_cast<int64_t>(seconds * 1e9);
  const int64_t ms = ns / 1'000'000 - (ns % 1'000'000 < 0 ? 1 : 0);
  return run.time({.ns = ms * 1'000'000, .offset_seconds = 0, .zone = "UTC"});
}

/// As net.SplitHostPort: nullopt when there is no port.
struct HostPort {
  std::string_view host;
  std::string_view port;
};
std::optional<HostPort> split_host_port(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return std::nullopt;
    host = host.substr(1, host.size() - 2);
    if (host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  return HostPort{host, text.substr(colon + 1)};
}
bool is_ip(std::string_view text) {
  const std::string host(text);
  std::array<unsigned char, sizeof(in6_addr)> ignored;
  return ::inet_pton(AF_INET, host.c_str(), ignored.data()) == 1 || ::inet_pton(AF_INET6, host.c_str(), ignored.data()) == 1;
}
std::string strip_domain(std::string_view text) {
  const auto split = split_host_port(text);
  const std::string_view host = split ? split->host : text;
  if (is_ip(host)) return std::string(text);
  const std::string_view first = host.substr(0, host.find('.'));
  return split && !split->port.empty() ? fmt::format("{}:{}", first, split->port) : std::string(first);
}

ValueResult query(Run& run, Args args) {
  TEXT(expression, 0);
  const TemplateInput& input = static_cast<AlertRun&>(run).input;
  auto vector = input.query(expression, input.time);
  if (!vector) return std::move(vector.error().message);
  run.steps += vector->size();
  std::vector<const SampleObject*> samples;
  for (const VectorSample& sample : *vector) samples.push_back(static_cast<const SampleObject*>(run.make<SampleObject>(sample).object));
  return run.make<VectorObject>(std::move(samples));
}

ValueResult first(Run&, Args args) {
  const auto* vector = as<VectorObject>(args[0]);
  if (vector == nullptr) return wrong_type("template.queryResult", args[0]);
  if (vector->samples.empty()) return std::string("first() called on vector with no elements");
  return Value::of(*vector->samples[0]);
}

ValueResult sort_by_label(Run& run, Args args) {
  TEXT(label, 0);
  const auto* vector = as<VectorObject>(args[1]);
  if (vector == nullptr) return wrong_type("template.queryResult", args[1]);
  std::vector<std::pair<std::string_view, const SampleObject*>> keyed;
  for (const SampleObject* sample : vector->samples) keyed.emplace_back(sample->labels.field(run, label)->text, sample);
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const SampleObject*> sorted;
  for (const auto& [key, sample] : keyed) sorted.push_back(sample);
  return run.make<VectorObject>(std::move(sorted));
}

/// The path of a URL: "http://host/a" -> "/a".
std::string_view path_of(std::string_view url) {
  const size_t scheme = url.find("://");
  const size_t slash = url.find('/', scheme == std::string_view::npos ? 0 : scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : url.substr(slash);
}

const TemplateSurroundings& around(Run& run) { return static_cast<AlertRun&>(run).input.surroundings; }

// clang-format off: a table, an entry a line
#define F [](Run & run, Args args) -> ValueResult
const std::array kFunctions = std::to_array<Function>({
    {"query", 1, 1, query},
    {"first", 1, 1, first},
    {"sortByLabel", 2, 2, sort_by_label},
    {"label", 2, 2, F {
       TEXT(name, 0);
       const auto* sample = as<SampleObject>(args[1]);
       if (sample == nullptr) return wrong_type("*template.sample", args[1]);
       return *sample->labels.field(run, name);
     }},
    {"value", 1, 1, F {
       (void)run;
       const auto* sample = as<SampleObject>(args[0]);
       if (sample == nullptr) return wrong_type("*template.sample", args[0]);
       return Value::of(sample->value);
     }},
    {"strvalue", 1, 1, F {
       (void)run;
       const auto* sample = as<SampleObject>(args[0]);
       if (sample == nullptr) return wrong_type("*template.sample", args[0]);
       return Value::of(std::string_view(sample->strvalue));
     }},
    {"args", 0, -1, F { return run.make<ArgsObject>(args); }},
    {"reReplaceAll", 3, 3, query::templates::replace_all},
    {"match", 2, 2, query::templates::match},
    {"safeHtml", 1, 1, F { (void)run; TEXT(text, 0); return Value::of(text); }},
    {"title", 1, 1, query::templates::to_title},
    {"toUpper", 1, 1, query::templates::to_upper},
    {"toLower", 1, 1, query::templates::to_lower},
    {"graphLink", 1, 1, F { TEXT(text, 0); return run.text(fmt::format("/graph?g0.expr={}&g0.tab=0", query::templates::url_query_escaped(text))); }},
    {"tableLink", 1, 1, F { TEXT(text, 0); return run.text(fmt::format("/graph?g0.expr={}&g0.tab=1", query::templates::url_query_escaped(text))); }},
    {"stripPort", 1, 1, F {
       (void)run;
       TEXT(text, 0);
       const auto split = split_host_port(text);
       return Value::of(split ? split->host : text);
     }},
    {"stripDomain", 1, 1, F { TEXT(text, 0); return run.text(strip_domain(text)); }},
    {"humanize", 1, 1, F { NUMBER(v, 0); return run.text(humanize(v)); }},
    {"humanize1024", 1, 1, F { NUMBER(v, 0); return run.text(humanize1024(v)); }},
    {"humanizeDuration", 1, 1, F { NUMBER(v, 0); return run.text(humanize_duration(v)); }},
    {"humanizePercentage", 1, 1, F { NUMBER(v, 0); return run.text(four_digits(v * 100) + "%"); }},
    {"humanizeTimestamp", 1, 1, F {
       NUMBER(v, 0);
       if (!std::isfinite(v)) return run.text(four_digits(v));
       MAI_TRY_ASSIGN(const Value time, time_at(run, v));
       return run.text(query::templates::text_of(time));
     }},
    {"toTime", 1, 1, F { NUMBER(v, 0); return time_at(run, v); }},
    {"toDuration", 1, 1, F { NUMBER(v, 0); return run.make<DurationObject>(v); }},
    {"now", 0, 0, F { (void)args; return Value::of(static_cast<double>(static_cast<AlertRun&>(run).input.time.ms) / 1000); }},
    {"pathPrefix", 0, 0, F { (void)args; return Value::of(path_of(around(run).external_url)); }},
    {"externalURL", 0, 0, F { (void)args; return Value::of(std::string_view(around(run).external_url)); }},
    {"urlQueryEscape", 1, 1, F { TEXT(text, 0); return run.text(query::templates::url_query_escaped(text)); }},
    {"parseDuration", 1, 1, F {
       (void)run;
       TEXT(text, 0);
       const bool negative = text.starts_with('-');
       const auto duration = parse_duration(negative ? text.substr(1) : text);
       if (!duration) return fmt::format("not a valid duration string: {}", json_string(text));
       return Value::of((negative ? -1.0 : 1.0) * static_cast<double>(duration->count()) / 1000);
     }},
});
#undef F
#undef TEXT
#undef NUMBER
// clang-format on

}  // namespace

std::span<const Function> alert_functions() { return kFunctions; }

std::string TextMapObject::text() const {
  std::string out = "map[";
  for (const auto& [name, value] : texts_) out += fmt::format("{}{}:{}", out.size() > 4 ? " " : "", name, value);
  return out + "]";
}
std::optional<Value> TextMapObject::field(Run&, std::string_view name) const {
  const auto found = texts_.find(std::string(name));
  return Value::of(found == texts_.end() ? std::string_view{} : std::string_view(found->second));
}
ValueResult TextMapObject::index(Run& run, const Value& key) const {
  if (!key.is(Kind::text)) return wrong_type("string", key);
  return *field(run, key.text);
}
bool TextMapObject::items(Run&, Items& out) const {
  for (const auto& [name, value] : texts_) out.emplace_back(Value::of(std::string_view(name)), Value::of(std::string_view(value)));
  return true;
}

AlertObject::AlertObject(const TemplateInput& input)
    : input_(input), labels_(text_map(input.labels)), external_labels_(input.surroundings.external_labels) {}
std::string AlertObject::text() const {
  return fmt::format("{{{} {} {} {}}}", labels_.text(), external_labels_.text(), input_.surroundings.external_url,
                     query::templates::go_number(input_.value));
}
std::optional<Value> AlertObject::field(Run&, std::string_view name) const {
  if (name == "Labels") return Value::of(labels_);
  if (name == "ExternalLabels") return Value::of(external_labels_);
  if (name == "ExternalURL") return Value::of(std::string_view(input_.surroundings.external_url));
  if (name == "Value") return Value::of(input_.value);
  return std::nullopt;
}

}  // namespace monitorai::judge

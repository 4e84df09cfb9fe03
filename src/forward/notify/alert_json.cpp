#include "forward/notify/alert_json.h"

#include <simdjson.h>

#include "base/json_writer.h"

namespace monitorai::forward {
namespace {

using Element = simdjson::dom::element;

const Error kDamaged{Code::corrupt, "cannot read what the journal of alerts holds: it is damaged"};

void write_labels(JsonWriter& out, const signals::Labels& labels) {
  out.begin_object();
  for (const signals::Label& label : labels) out.field(label.name, label.value);
  out.end_object();
}

bool read_texts(Element from, TextMap& out) {
  simdjson::dom::object object;
  if (from.get(object) != simdjson::SUCCESS) return false;
  for (const auto& [key, value] : object) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return false;
    out.emplace(key, text);
  }
  return true;
}

signals::Labels labels_of(const TextMap& texts) {
  std::vector<signals::Label> out;
  for (const auto& [name, value] : texts) out.push_back({name, value});
  return signals::Labels::from(std::move(out));
}

bool read_alert(Element from, Alert& out) {
  Element labels, annotations;
  TextMap label_texts;
  std::string_view url;
  const bool read = from["labels"].get(labels) == simdjson::SUCCESS && read_texts(labels, label_texts) &&
                    from["annotations"].get(annotations) == simdjson::SUCCESS && read_texts(annotations, out.annotations) &&
                    from["starts_at"].get(out.starts_at.ms) == simdjson::SUCCESS && from["ends_at"].get(out.ends_at.ms) == simdjson::SUCCESS &&
                    from["updated_at"].get(out.updated_at.ms) == simdjson::SUCCESS && from["timeout"].get(out.timeout) == simdjson::SUCCESS &&
                    from["generator_url"].get(url) == simdjson::SUCCESS;
  out.labels = labels_of(label_texts);
  out.generator_url = url;
  return read;
}

}  // namespace

std::string alerts_json(std::span<const Alert> alerts) {
  JsonWriter out;
  out.begin_list();
  for (const Alert& alert : alerts) {
    out.begin_object().key("labels");
    write_labels(out, alert.labels);
    out.key("annotations").begin_object();
    for (const auto& [name, text] : alert.annotations) out.field(name, text);
    out.end_object();
    out.field("starts_at", alert.starts_at.ms).field("ends_at", alert.ends_at.ms).field("updated_at", alert.updated_at.ms);
    out.field("timeout", alert.timeout).field("generator_url", alert.generator_url).end_object();
  }
  return out.end_list().take();
}

Result<std::vector<Alert>> read_alerts_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) return kDamaged;
  std::vector<Alert> out;
  for (const Element one : list)
    if (!read_alert(one, out.emplace_back())) return kDamaged;
  return out;
}

std::string labels_json(const signals::Labels& labels) {
  JsonWriter out;
  write_labels(out, labels);
  return out.take();
}

Result<signals::Labels> read_labels_json(std::string_view json) {
  simdjson::dom::parser parser;
  Element root;
  TextMap texts;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS || !read_texts(root, texts)) return kDamaged;
  return labels_of(texts);
}

std::string matchers_json(const Matchers& matchers) {
  JsonWriter out;
  out.begin_list();
  for (const signals::Matcher& matcher : matchers)
    out.begin_list().value(matcher.name()).value(static_cast<int>(matcher.op())).value(matcher.value()).end_list();
  return out.end_list().take();
}

Result<Matchers> read_matchers_json(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) return kDamaged;
  Matchers out;
  for (const Element one : list) {
    std::string_view name, value;
    int64_t op = 0;
    if (one.at(0).get(name) != simdjson::SUCCESS || one.at(1).get(op) != simdjson::SUCCESS || one.at(2).get(value) != simdjson::SUCCESS || op < 0 || op > 3)
      return kDamaged;
    auto matcher = signals::Matcher::make(std::string(name), static_cast<signals::MatchOp>(op), std::string(value));
    if (!matcher) return kDamaged;
    out.push_back(std::move(*matcher));
  }
  return out;
}

}  // namespace monitorai::forward

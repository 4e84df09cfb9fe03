// The JSON of a push: {"streams": [{"stream": {"label": "value"}, "values": [["unix nanoseconds", "line", {"metadata": "value"}]]}]}.

#include <simdjson.h>

#include "base/text.h"
#include "collect/push/loki_push_builder.h"

namespace monitorai::collect {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

Error unreadable(std::string_view why) { return {Code::invalid, fmt::format("cannot read a push: {}", why)}; }

/// Text, or a number or truth as it stands: clients that log JSON are not strict about values.
std::optional<std::string_view> text_of(const element& value, LokiPushBuilder& out) {
  switch (value.type()) {
    case simdjson::dom::element_type::STRING: return value.get_string().value_unsafe();
    case simdjson::dom::element_type::NULL_VALUE: return std::string_view();
    case simdjson::dom::element_type::ARRAY:
    case simdjson::dom::element_type::OBJECT: return std::nullopt;
    default: return out.keep(simdjson::minify(value));
  }
}

/// Nanoseconds, as text or as a number.
Result<std::optional<TimeNs>> time_of(const element& value) {
  int64_t number = 0;
  if (value.get_int64().get(number) == simdjson::SUCCESS) return std::optional(TimeNs{number});
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return unreadable("the first part of an entry is its time, in nanoseconds as text");
  if (const auto ns = parse_integer<int64_t>(text)) return std::optional(TimeNs{*ns});
  const bool digits = !text.empty() && text.find_first_not_of("0123456789", text.front() == '-' ? 1 : 0) == std::string_view::npos && text != "-";
  if (!digits) return unreadable(fmt::format("{} is no time in nanoseconds", json_string(text.substr(0, 64))));
  return std::optional<TimeNs>();
}

Result<void> read_entry(const element& value, LokiPushBuilder& out) {
  array parts;
  if (value.get_array().get(parts) != simdjson::SUCCESS || parts.size() < 2 || parts.size() > 3)
    return unreadable("an entry is a list: time, line and perhaps an object of metadata");
  MAI_TRY_ASSIGN(const std::optional<TimeNs> time, time_of(parts.at(0).value_unsafe()));
  std::string_view line;
  if (parts.at(1).get_string().get(line) != simdjson::SUCCESS) return unreadable("the second part of an entry is its line, as text");
  if (parts.size() == 3) {
    object pairs;
    if (parts.at(2).get_object().get(pairs) != simdjson::SUCCESS) return unreadable("the third part of an entry is an object of metadata");
    for (const auto& [name, one] : pairs) {
      const auto text = text_of(one, out);
      if (!text) return unreadable(fmt::format("metadata {} is no text", json_string(name.substr(0, 64))));
      out.metadata(name, *text);
    }
  }
  out.line(time, line);
  return {};
}

Result<void> read_stream(const element& value, LokiPushBuilder& out) {
  object labels;
  array values;
  if (value["stream"].get_object().get(labels) != simdjson::SUCCESS) return unreadable("a stream has no object \"stream\" with its labels");
  if (value["values"].get_array().get(values) != simdjson::SUCCESS) return unreadable("a stream has no list \"values\" with its entries");
  out.begin_stream();
  for (const auto& [name, one] : labels) {
    const auto text = text_of(one, out);
    if (!text) return unreadable(fmt::format("label {} is no text", json_string(name.substr(0, 64))));
    out.label(name, *text);
  }
  for (const element entry : values) MAI_TRY(read_entry(entry, out));
  out.end_stream();
  return {};
}

}  // namespace

Result<std::unique_ptr<LokiPush>> LokiPush::decode_json(std::string_view body) {
  if (body.size() > kLokiPushBytesMax)
    return Error{Code::exhausted, fmt::format("cannot read a push: it has {} bytes, of at most {}", body.size(), kLokiPushBytesMax)};
  LokiPushBuilder builder;
  const auto parser = std::make_shared<simdjson::dom::parser>();
  builder.own(parser);
  element document;
  auto error = parser->parse(simdjson::padded_string(body)).get(document);
  if (error == simdjson::UTF8_ERROR) error = parser->parse(simdjson::padded_string(to_valid_utf8(body))).get(document);
  if (error != simdjson::SUCCESS) return unreadable(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
  array streams;
  if (document["streams"].get_array().get(streams) != simdjson::SUCCESS) return unreadable("it has no list \"streams\"");
  for (const element stream : streams) MAI_TRY(read_stream(stream, builder));
  return builder.finish();
}

}  // namespace monitorai::collect

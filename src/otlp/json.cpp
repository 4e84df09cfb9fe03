#include "otlp/json.h"

#include <simdjson.h>

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>

#include "base/base64.h"
#include "base/text.h"

namespace monitorai::otlp {
namespace {

using protozero::pbf_reader;
using protozero::pbf_writer;
using simdjson::dom::element;

/// Where we are in the document, for messages: made only when something is wrong.
struct Place {
  const Place* above = nullptr;
  std::string_view name;
  size_t index = SIZE_MAX;
  std::string text() const {
    std::string out = above == nullptr ? "" : above->text();
    if (!name.empty()) fmt::format_to(std::back_inserter(out), "{}{}", out.empty() ? "" : ".", name);
    if (index != SIZE_MAX) fmt::format_to(std::back_inserter(out), "[{}]", index);
    return out;
  }
};

Error wrong(const Place& place, std::string_view why) { return {Code::invalid, fmt::format("cannot read {}: {}", place.text(), why)}; }

/// protobuf's JSON: 64-bit integers are text, and may be numbers.
template <class T>
std::optional<T> integer_of(const element& value) {
  if (std::string_view text; value.get_string().get(text) == simdjson::SUCCESS) return parse_integer<T>(text);
  if constexpr (std::is_signed_v<T>) {
    if (int64_t number = 0; value.get_int64().get(number) == simdjson::SUCCESS && number >= std::numeric_limits<T>::min() && number <= std::numeric_limits<T>::max())
      return static_cast<T>(number);
  } else {
    if (uint64_t number = 0; value.get_uint64().get(number) == simdjson::SUCCESS && number <= std::numeric_limits<T>::max()) return static_cast<T>(number);
  }
  return std::nullopt;
}

std::optional<double> real_of(const element& value) {
  if (double number = 0; value.get_double().get(number) == simdjson::SUCCESS) return number;
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return parse_number(text);
}

std::optional<std::string> bytes_of_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (size_t i = 0; i < text.size(); i += 2) {
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (error != std::errc{} || end != text.data() + i + 2) return std::nullopt;
    out += static_cast<char>(byte);
  }
  return out;
}

Result<void> write_message(const Message& message, const element& value, const Place& place, int depth, pbf_writer& out);

Result<void> write_value(const Field& field, const element& value, const Place& place, int depth, pbf_writer& out) {
  std::string_view text;
  const auto is_text = [&] { return value.get_string().get(text) == simdjson::SUCCESS; };
  const auto put = [&](const auto& number, auto&& add) -> Result<void> {
    if (!number) return wrong(place, "it is no number that fits");
    add(*number);
    return {};
  };
  switch (field.kind) {
    case FieldKind::message: {
      // The writer of an inner message takes an empty one back.
      if (simdjson::dom::object members; value.get_object().get(members) == simdjson::SUCCESS && members.size() == 0) {
        out.add_message(field.number, "", 0);
        return {};
      }
      pbf_writer inner(out, field.number);
      return write_message(*field.message, value, place, depth + 1, inner);
    }
    case FieldKind::text:
      if (!is_text()) return wrong(place, "it is no text");
      out.add_string(field.number, text.data(), text.size());
      return {};
    case FieldKind::id: {
      const auto bytes = is_text() ? bytes_of_hex(text) : std::nullopt;
      if (!bytes) return wrong(place, "ids are hex digits");
      out.add_bytes(field.number, *bytes);
      return {};
    }
    case FieldKind::bytes: {
      const auto bytes = is_text() ? base64_decoded(text) : std::nullopt;
      if (!bytes) return wrong(place, "bytes are base64");
      out.add_bytes(field.number, *bytes);
      return {};
    }
    case FieldKind::boolean: {
      bool truth = false;
      if (value.get_bool().get(truth) != simdjson::SUCCESS) return wrong(place, "it is neither true nor false");
      out.add_bool(field.number, truth);
      return {};
    }
    case FieldKind::int64: return put(integer_of<int64_t>(value), [&](int64_t v) { out.add_int64(field.number, v); });
    case FieldKind::uint32: return put(integer_of<uint32_t>(value), [&](uint32_t v) { out.add_uint32(field.number, v); });
    case FieldKind::uint64: return put(integer_of<uint64_t>(value), [&](uint64_t v) { out.add_uint64(field.number, v); });
    case FieldKind::fixed64: return put(integer_of<uint64_t>(value), [&](uint64_t v) { out.add_fixed64(field.number, v); });
    case FieldKind::fixed32: return put(integer_of<uint32_t>(value), [&](uint32_t v) { out.add_fixed32(field.number, v); });
    case FieldKind::sfixed64: return put(integer_of<int64_t>(value), [&](int64_t v) { out.add_sfixed64(field.number, v); });
    case FieldKind::sint32: return put(integer_of<int32_t>(value), [&](int32_t v) { out.add_sint32(field.number, v); });
    case FieldKind::real: return put(real_of(value), [&](double v) { out.add_double(field.number, v); });
    case FieldKind::enumeration: {
      if (is_text()) {
        const auto found = std::find(field.enumerators.begin(), field.enumerators.end(), text);
        if (found != field.enumerators.end()) {
          out.add_enum(field.number, static_cast<int32_t>(found - field.enumerators.begin()));
          return {};
        }
      }
      const auto number = integer_of<int32_t>(value);
      if (!number) return wrong(place, "it is none of the values of this enum");
      out.add_enum(field.number, *number);
      return {};
    }
  }
  return {};
}

Result<void> write_message(const Message& message, const element& value, const Place& place, int depth, pbf_writer& out) {
  simdjson::dom::object members;
  if (value.get_object().get(members) != simdjson::SUCCESS) return wrong(place, "it is no object");
  if (depth > kDepthMax) return wrong(place, fmt::format("it is nested deeper than {} levels", kDepthMax));
  for (const auto& [name, member] : members) {
    const auto field = std::find_if(message.fields.begin(), message.fields.end(), [&, n = name](const Field& f) { return f.name == n; });
    if (field == message.fields.end() || member.is_null()) continue;
    const Place here{&place, field->name};
    if (!field->repeated) {
      MAI_TRY(write_value(*field, member, here, depth, out));
      continue;
    }
    simdjson::dom::array items;
    if (member.get_array().get(items) != simdjson::SUCCESS) return wrong(here, "it is no list");
    size_t index = 0;
    for (const element item : items) MAI_TRY(write_value(*field, item, {&here, {}, index++}, depth, out));
  }
  return {};
}

// ---- the other way ----

std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

void append_hex(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<uint8_t>(byte));
}

void append_real(std::string& out, double value) {
  if (value != value) out += "\"NaN\"";
  else if (value == std::numeric_limits<double>::infinity()) out += "\"Infinity\"";
  else if (value == -std::numeric_limits<double>::infinity()) out += "\"-Infinity\"";
  else append_number(out, value);
}

bool fits(const Field& field, protozero::pbf_wire_type type) {
  using protozero::pbf_wire_type;
  switch (field.kind) {
    case FieldKind::message:
    case FieldKind::text:
    case FieldKind::id:
    case FieldKind::bytes: return type == pbf_wire_type::length_delimited;
    case FieldKind::fixed64:
    case FieldKind::sfixed64:
    case FieldKind::real: return type == pbf_wire_type::fixed64;
    case FieldKind::fixed32: return type == pbf_wire_type::fixed32;
    default: return type == pbf_wire_type::varint;
  }
}

class Printer {
 public:
  Printer(std::string& out, Ids ids) : out_(out), ids_(ids) {}

  void message(const Message& type, pbf_reader bytes, int depth) {
    if (depth > kDepthMax) throw protozero::exception();
    out_ += '{';
    bool first = true;
    for (const Field& field : type.fields) {
      bool open = false;
      for (pbf_reader pass = bytes; pass.next();) {
        if (pass.tag() != field.number || !(fits(field, pass.wire_type()) || (field.repeated && pass.wire_type() == protozero::pbf_wire_type::length_delimited))) {
          pass.skip();
          continue;
        }
        if (!open) {
          if (!first) out_ += ',';
          first = false;
          fmt::format_to(std::back_inserter(out_), "\"{}\":", field.name);
          if (field.repeated) out_ += '[';
        } else {
          if (!field.repeated) {
            pass.skip();  // said twice: the first stands
            continue;
          }
          out_ += ',';
        }
        open = true;
        if (fits(field, pass.wire_type())) value(field, pass, depth);
        else packed(field, pass);
      }
      if (open && field.repeated) out_ += ']';
    }
    out_ += '}';
  }

 private:
  void packed(const Field& field, pbf_reader& in) {
    const std::string_view bytes = view(in.get_view());
    bool first = true;
    const auto next = [&] {
      if (!first) out_ += ',';
      first = false;
    };
    // One pair a time, as a message of one field, so that the kinds stand in one place.
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    while (at < end) {
      next();
      if (field.kind == FieldKind::uint64) {
        fmt::format_to(std::back_inserter(out_), "\"{}\"", protozero::decode_varint(&at, end));
        continue;
      }
      if (end - at < 8) throw protozero::end_of_buffer_exception();
      uint64_t word = 0;
      std::copy_n(at, 8, reinterpret_cast<char*>(&word));
      at += 8;
      if (field.kind == FieldKind::real) append_real(out_, std::bit_cast<double>(word));
      else fmt::format_to(std::back_inserter(out_), "\"{}\"", word);
    }
  }
  void value(const Field& field, pbf_reader& in, int depth) {
    const auto print = [&](const auto& what) { fmt::format_to(std::back_inserter(out_), "{}", what); };
    const auto quoted = [&](const auto& what) { fmt::format_to(std::back_inserter(out_), "\"{}\"", what); };
    switch (field.kind) {
      case FieldKind::message: return message(*field.message, in.get_message(), depth + 1);
      case FieldKind::text: return append_json_string(out_, view(in.get_view()));
      case FieldKind::id:
        out_ += '"';
        if (ids_ == Ids::hex) append_hex(out_, view(in.get_view()));
        else out_ += base64(view(in.get_view()));
        out_ += '"';
        return;
      case FieldKind::bytes: return quoted(base64(view(in.get_view())));
      case FieldKind::boolean: return print(in.get_bool() ? "true" : "false");
      case FieldKind::int64: return quoted(in.get_int64());
      case FieldKind::uint32: return print(in.get_uint32());
      case FieldKind::uint64: return quoted(in.get_uint64());
      case FieldKind::fixed64: return quoted(in.get_fixed64());
      case FieldKind::fixed32: return print(in.get_fixed32());
      case FieldKind::sfixed64: return quoted(in.get_sfixed64());
      case FieldKind::sint32: return print(in.get_sint32());
      case FieldKind::real: return append_real(out_, in.get_double());
      case FieldKind::enumeration: {
        const int32_t number = in.get_enum();
        if (number >= 0 && static_cast<size_t>(number) < field.enumerators.size()) return quoted(field.enumerators[static_cast<size_t>(number)]);
        return print(number);
      }
    }
  }

  std::string& out_;
  const Ids ids_;
};

}  // namespace

Result<std::string> protobuf_of_json(const Message& message, std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  auto error = parser.parse(simdjson::padded_string(json)).get(document);
  if (error == simdjson::UTF8_ERROR) error = parser.parse(simdjson::padded_string(to_valid_utf8(json))).get(document);
  if (error != simdjson::SUCCESS)
    return Error{Code::invalid, fmt::format("cannot read {} ({} bytes): it is no JSON ({})", message.name, json.size(), simdjson::error_message(error))};
  std::string out;
  pbf_writer writer(out);
  MAI_TRY(write_message(message, document, {nullptr, message.name}, 0, writer));
  return out;
}

Result<std::string> json_of_protobuf(const Message& message, std::string_view bytes, Ids ids) {
  std::string out;
  try {
    Printer(out, ids).message(message, pbf_reader(bytes.data(), bytes.size()), 0);
  } catch (const protozero::exception& error) {
    return Error{Code::invalid, fmt::format("cannot read {} ({} bytes): {}", message.name, bytes.size(), error.what())};
  }
  return out;
}

}  // namespace monitorai::otlp

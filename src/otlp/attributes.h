#pragma once
// KeyValue and AnyValue of OTLP's common.proto, read into views and written. The adapter of protozero for them; included by otlp/*.cpp alone.

#include <protozero/pbf_writer.hpp>

#include "otlp/fields.h"
#include "signals/spans.h"

namespace monitorai::otlp {

/// Attributes of one span, resource or log line; further ones are dropped and counted.
inline constexpr size_t kAttributesMax = 1024;
/// Longer text, lists and maps are cut (text, at a character) or replaced by a text that says so.
inline constexpr size_t kAttributeBytesMax = 256 << 10;
/// Lists and maps nested deeper become a text that says so.
inline constexpr int kValueDepthMax = 32;

inline std::string_view view(protozero::data_view bytes) { return {bytes.data(), bytes.size()}; }

/// What reading had to give up.
struct Losses {
  size_t attributes_dropped = 0;  ///< beyond kAttributesMax, or without a key
  size_t attributes_cut = 0;
};

/// Valid UTF-8: the text itself, or a repaired copy in the arena.
std::string_view valid_text(std::string_view text, signals::SpanArena& arena);
/// Throws protozero::exception where the bytes are no AnyValue.
signals::AttributeValue read_value(Fields message, signals::SpanArena& arena, Losses& losses);
/// Reads one KeyValue and appends it. Attributes without a value are left out, as the specification's "empty" is.
void read_attribute(Fields message, signals::SpanArena& arena, std::vector<signals::Attribute>& out, Losses& losses);

void write_attribute(protozero::pbf_writer& parent, uint32_t field, const signals::Attribute& attribute);

}  // namespace monitorai::otlp

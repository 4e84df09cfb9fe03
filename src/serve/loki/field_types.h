#pragma once
// What kind of values a field of log lines has, guessed from the values: for detected_fields, in Loki's words. Pure.

#include <string_view>

namespace monitorai::serve {

enum class FieldType { string, integer, number, boolean, duration, bytes };

/// "string", "int", "float", "boolean", "duration", "bytes".
std::string_view field_type_name(FieldType type);
FieldType field_type_of(std::string_view value);
/// True for UUIDs and numbers: a label with such values alone tells nothing.
bool is_identifier(std::string_view value);

}  // namespace monitorai::serve

#pragma once
// The fields of a protobuf message, read safely: a field of a known number and another type than is asked for reads as nothing, and is never
// taken for what it is not.

#include <protozero/pbf_reader.hpp>

namespace monitorai::otlp {

class Fields : public protozero::pbf_reader {
 public:
  using protozero::pbf_reader::pbf_reader;

  Fields get_message() { return Fields(get_view()); }
  protozero::data_view get_view() { return is(Type::length_delimited) ? pbf_reader::get_view() : protozero::data_view(); }
  bool get_bool() { return is(Type::varint) && pbf_reader::get_bool(); }
  int32_t get_enum() { return is(Type::varint) ? pbf_reader::get_enum() : 0; }
  uint32_t get_uint32() { return is(Type::varint) ? pbf_reader::get_uint32() : 0; }
  int32_t get_sint32() { return is(Type::varint) ? pbf_reader::get_sint32() : 0; }
  int64_t get_int64() { return is(Type::varint) ? pbf_reader::get_int64() : 0; }
  uint64_t get_uint64() { return is(Type::varint) ? pbf_reader::get_uint64() : 0; }
  uint32_t get_fixed32() { return is(Type::fixed32) ? pbf_reader::get_fixed32() : 0; }
  uint64_t get_fixed64() { return is(Type::fixed64) ? pbf_reader::get_fixed64() : 0; }
  int64_t get_sfixed64() { return is(Type::fixed64) ? pbf_reader::get_sfixed64() : 0; }
  double get_double() { return is(Type::fixed64) ? pbf_reader::get_double() : 0; }

 private:
  using Type = protozero::pbf_wire_type;
  bool is(Type type) {
    if (wire_type() == type) return true;
    skip();
    return false;
  }
};

}  // namespace monitorai::otlp

#pragma once
// Protobuf fields by number and type together, for `switch (message.tag_and_type())`: a field of a known number and another type than it
// must have is passed over like an unknown one, and never read as what it is not.

#include <cstdint>
#include <protozero/types.hpp>

namespace monitorai::collect {

constexpr uint32_t bytes_of(auto field) { return protozero::tag_and_type(field, protozero::pbf_wire_type::length_delimited); }
constexpr uint32_t varint_of(auto field) { return protozero::tag_and_type(field, protozero::pbf_wire_type::varint); }
constexpr uint32_t double_of(auto field) { return protozero::tag_and_type(field, protozero::pbf_wire_type::fixed64); }

}  // namespace monitorai::collect

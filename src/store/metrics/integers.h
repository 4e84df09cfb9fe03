#pragma once
// The block codec for int64 sequences on which timestamps and values are stored: predict (not at all, by the last value, by the last
// step), then pack what the prediction missed (fixed width above the smallest, or Rice codes with an escape). The encoder works out what
// every combination costs and takes the cheapest. Grammar: docs/formats/metrics-chunk.md. Pure functions; all arithmetic wraps.

#include <cstdint>
#include <span>
#include <string>

#include "store/disk/bytes.h"

namespace monitorai::store {

/// Appends the block. The count is not part of it: the decoder is told.
void encode_integers(std::span<const int64_t> values, std::string& out);

/// Reads a block of out.size() values; false when the bytes are damaged (out then holds anything).
[[nodiscard]] bool decode_integers(ByteReader& in, std::span<int64_t> out);

}  // namespace monitorai::store

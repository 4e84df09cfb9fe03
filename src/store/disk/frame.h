#pragma once
// Records on disk: length, CRC32C (Castagnoli, RFC 3720 appendix B.4) of the length and the payload, payload. A reader stops at the first
// record that is not whole. Used by the batch log, the checkpoint and the pages of partitions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monitorai::store {

inline constexpr size_t kFrameHeaderBytes = 8;
/// A length above this is damage, not a record.
inline constexpr uint32_t kFrameBytesMax = 1u << 30;

uint32_t crc32c(std::string_view bytes, uint32_t seed = 0);

/// The 8 bytes that stand before this payload.
std::string frame_header(std::string_view payload);

/// Takes the next record's payload off the front of `bytes`; nullopt when it is torn, damaged, or there is none.
std::optional<std::string_view> take_frame(std::string_view& bytes);

}  // namespace monitorai::store

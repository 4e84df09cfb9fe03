#pragma once
// A block of spans as bytes, column by column: one part for what search looks at first (traces, times, names, services, status), one for
// ids, one for attributes, one for the rest, each with a checksum and compressed by itself. Encoder and decoder.
// Grammar: docs/formats/trace-partition.md.

#include <array>
#include <string>

#include "signals/spans.h"

namespace monitorai::store {

/// Spans of a block; a trace that is larger makes blocks of its own.
inline constexpr size_t kBlockSpansMax = 2048;
/// Of a part, before compression: a larger one is damage.
inline constexpr size_t kBlockPartBytesMax = 1u << 30;

enum class BlockPart : uint8_t { index, ids, attributes, extras };
inline constexpr size_t kBlockParts = 4;

struct EncodedBlock {
  std::array<std::string, kBlockParts> parts;
  std::string filter;
  int64_t from_ns = 0;  ///< of the first start
  int64_t to_ns = 0;    ///< of the last start, inclusive
  int64_t duration_max_ns = 0;
  uint32_t spans = 0;
  uint32_t errors = 0;
};

/// 0 < spans.size(); sorted by trace and start, every byte of them alive.
EncodedBlock encode_span_block(std::span<const signals::Span> spans, int compression);

/// What is to be decoded: without attributes only the first part is looked at, and spans have no ids (but their trace's), no parents, and
/// of their resource service.name alone.
struct BlockBytes {
  std::string index;
  std::string ids;
  std::string attributes;
  std::string extras;
  bool whole = true;
};
/// Code::corrupt when a part is none.
Result<std::shared_ptr<signals::SpanBatch>> decode_span_block(const BlockBytes& bytes);

}  // namespace monitorai::store

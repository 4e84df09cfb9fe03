#pragma once
// Spans as bytes, one after the other: what stands in the batch log of the trace store and in its head. Encoder and decoder of whole
// spans, and the parts of them that blocks use too. Grammar: docs/formats/trace-batch.md.

#include <string>

#include "signals/spans.h"
#include "store/disk/bytes.h"

namespace monitorai::store {

/// Begins each segment.
inline constexpr std::string_view kSpanSegmentMagic = "MAISPAN1";
inline constexpr size_t kRecordHeadBytes = 8;

/// Spans, grouped by origin as they come, behind a word for the generation that set_generation() fills.
std::string encode_spans(std::span<const signals::Span> spans);
void set_generation(std::string& record, uint64_t generation);
uint64_t generation_of(std::string_view record);
/// Appends to `out` spans whose views point into `record`. Code::corrupt when the bytes are none.
Result<void> decode_spans(std::string_view record, signals::SpanBatch& out);

void put_attributes(std::string& out, std::span<const signals::Attribute> attributes);
std::span<const signals::Attribute> take_attributes(ByteReader& in, signals::SpanArena& arena, std::vector<signals::Attribute>& scratch);
void put_origin(std::string& out, const signals::SpanOrigin& origin);
const signals::SpanOrigin* take_origin(ByteReader& in, signals::SpanArena& arena);
/// What few spans have: status message, trace state, flags, dropped counts, events, links. One byte for a span that has none of it.
void put_extras(std::string& out, const signals::Span& span);
void take_extras(ByteReader& in, signals::SpanArena& arena, signals::Span& span);

/// The hash by which a span is known to have been written already.
uint64_t span_hash(const signals::Span& span);

}  // namespace monitorai::store

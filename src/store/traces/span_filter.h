#pragma once
// Which traces, services, names and text attributes a block may hold: a Bloom filter of 10 bits an entry, so that blocks without what is
// looked for are skipped unread. One in a hundred answers "yes" is wrong (of traces one in ten thousand); none of "no" is. Bytes: docs/formats/trace-partition.md.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "signals/spans.h"

namespace monitorai::store {

/// Longer values are not in the filter: a question for one is answered "yes".
inline constexpr size_t kFilteredValueBytesMax = 256;

/// A trace has two: among thousands of blocks, one wrong answer in a hundred would be most of a lookup's time.
std::array<uint64_t, 2> trace_entries(signals::TraceId id);
uint64_t service_entry(std::string_view service);
uint64_t name_entry(std::string_view name);
uint64_t attribute_entry(std::string_view key, std::string_view value);

/// Entries may repeat; sorts them.
std::string make_span_filter(std::vector<uint64_t>& entries);
bool may_hold(std::string_view filter, uint64_t entry);
bool may_hold(std::string_view filter, const std::array<uint64_t, 2>& entries);

}  // namespace monitorai::store

#pragma once
// Operations on columns of samples that several sources of one series share.

#include "signals/samples.h"

namespace monitorai::store {

/// Merges `more` (ascending) into what `out` holds from index `begin` on. Where both have a time, `out` keeps its value.
void merge_columns(signals::Columns& out, size_t begin, const signals::Columns& more);

/// Removes from `out`, beginning at index `begin`, what lies within the range (both ends inclusive).
void drop_range(signals::Columns& out, size_t begin, TimeRange range);

}  // namespace monitorai::store

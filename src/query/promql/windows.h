#pragma once
// The functions over range vectors. A window slides over the decoded columns of one series: its ends only move forward, and what a
// function can know from the window before (resets of a counter) is computed once for the whole series.

#include "query/promql/functions.h"
#include "query/promql/vector.h"

namespace monitorai::query {

/// The scalar parameters of a call, one value a step each (null where it has none).
struct WindowParameters {
  const Scalars* first = nullptr;
  const Scalars* second = nullptr;
  uint32_t position = 0;  ///< where annotations point
};

bool is_window_function(FunctionId id);
/// rate, increase, delta, changes, resets: those that `anchored` may stand in.
bool takes_anchored(FunctionId id);
bool takes_smoothed(FunctionId id);

/// The values of one series on the grid: `out` gets one value a step, absent where the function has none.
Status apply_windows(FunctionId id, const Ranges& ranges, const Grid& grid, const WindowParameters& parameters,
                     const signals::Columns& columns, Scratch& scratch, std::span<double> out);

}  // namespace monitorai::query

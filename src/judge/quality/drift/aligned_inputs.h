#pragma once
// Columns of two datasets as one table of inputs a row, for what asks how one column depends on the others.

#include <functional>

#include "judge/quality/input/dataset.h"

namespace monitorai::judge {

struct AlignedRows {
  Matrix inputs;
  std::vector<double> scores;
};

struct AlignedInputs {
  AlignedRows baseline, window;
  std::vector<std::string> used;  ///< names of the columns that are inputs
};

/// Rows of both in which `scores` holds a number and no input is missing. Numbers become ranks over both sides, few different words become
/// a column each, other texts what `embed` makes of them; each column is scaled, so that a long vector does not outshout a number. A column
/// that is of mixed kinds or missing in over a tenth of the rows is left out.
AlignedInputs aligned_inputs(const Dataset& baseline, const Dataset& window, const std::vector<std::string>& inputs,
                             std::string_view scores, const std::function<Matrix(const std::vector<std::string>&)>& embed);

}  // namespace monitorai::judge

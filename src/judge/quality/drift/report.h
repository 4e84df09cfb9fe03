#pragma once
// Two datasets compared column by column: what changed, how much, whether chance explains it, and which rows show it.

#include <optional>
#include <string>
#include <vector>

#include "judge/quality/drift/distinguish.h"
#include "judge/quality/drift/evidently.h"
#include "judge/quality/embed/embedder.h"

namespace monitorai::judge {

struct DriftOptions {
  double level = 0.05;     ///< the share of false alarms accepted, over all columns
  double score_min = 0.2;  ///< a change below it is told, but is no drift
  size_t rows_min = kWindowRowsMin;
  bool evidently = false;            ///< Evidently's tests beside it
  std::vector<std::string> columns;  ///< only these; all where empty
  std::string scores = "score";      ///< a column of numbers that is also compared at like inputs: those of all other columns; "": none
  NullOptions null;
};

enum class DriftVerdict {
  same,     ///< chance explains what differs
  slight,   ///< chance does not, but it is little
  drift,    ///< chance does not, and it is much
  too_few,  ///< no verdict below rows_min
};
std::string_view verdict_name(DriftVerdict verdict);

struct ColumnDrift {
  std::string name;       ///< "prompt", or "prompt (length)" for what is derived
  std::string_view kind;  ///< numbers, categories, text, TF-IDF (distinguish_words.h), embedding; "scores against inputs" (concept_drift.h)
  size_t baseline_rows = 0, window_rows = 0, missing_baseline = 0, missing_window = 0, odd = 0;
  Distinguished result;
  double p_adjusted = 1;  ///< Benjamini-Hochberg over the columns
  DriftVerdict verdict = DriftVerdict::same;
  std::optional<double> moved_components;  ///< of an embedding: the share that Kolmogorov-Smirnov finds moved (Benjamini-Hochberg)
  std::vector<std::string> what_changed;   ///< sentences for a person
  std::vector<std::string> examples;       ///< texts of the window that are least like the baseline
  std::vector<NamedTest> evidently;
};

struct DriftReport {
  std::vector<ColumnDrift> columns;  ///< most changed first
  std::vector<std::string> skipped;  ///< "column x: why"
  std::string embedder;              ///< named where texts were embedded
  double score = 0;                  ///< the largest of the columns that chance does not explain
  double p = 1;                      ///< the smallest adjusted one
  bool drifted = false;
};

/// Code::invalid where no column is in both, or one asked for is missing.
Result<DriftReport> compare(const Dataset& baseline, const Dataset& window, const Embedder& embedder, const DriftOptions& options);

}  // namespace monitorai::judge

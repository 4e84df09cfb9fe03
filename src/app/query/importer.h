#pragma once
// Backfill: the samples of a file of exposition text (OpenMetrics, or text 0.0.4 with timestamps) as remote_write requests. Reads the
// file once, holds one batch. Thread: the caller's.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "collect/scrape/exposition_parser.h"

namespace monitorai::app {

struct ImportCounts {
  size_t samples = 0;   ///< handed over
  size_t requests_with_refusals = 0;  ///< requests that the server took only in part
  size_t requests = 0;
  std::string first_problem;  ///< what the server said of the first that it refused
};

/// Sends one request; the answer's problem text when it kept only a part, "" when all; an Error ends the import.
using SendBatch = std::function<Result<std::string>(const std::string& body, size_t samples)>;
/// Told how many bytes of the file are done.
using ImportProgress = std::function<void(size_t bytes_done)>;

inline constexpr size_t kImportSamplesPerRequest = 20'000;

/// Code::invalid with the line of a sample that has no timestamp or cannot be read; what was sent before it stays.
Result<ImportCounts> import_exposition(std::string_view text, collect::ExpositionFormat format, const SendBatch& send, const ImportProgress& progress);

}  // namespace monitorai::app

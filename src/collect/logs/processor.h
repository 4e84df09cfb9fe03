#pragma once
// Turns the lines of one file into entries. A processor keeps what a later line may still add to (a traceback, a partial line of a
// container); what it does depends on the lines and the time it is given alone, so that the same lines give the same entries again.

#include <memory>
#include <optional>
#include <vector>

#include "collect/logs/entry.h"
#include "collect/logs/line_cutter.h"

namespace monitorai::collect {

class LineProcessor {
 public:
  virtual ~LineProcessor() = default;
  /// Appends the entries that are complete with this line.
  virtual void line(const RawLine& line, TimeNs now, std::vector<Entry>& out) = 0;
  /// Appends what is held, as it is.
  virtual void flush(TimeNs now, std::vector<Entry>& out) = 0;
  /// The offset of the first line that is held, and how long further lines are worth waiting for; nullopt: nothing is held.
  struct Held {
    uint64_t begin;
    std::chrono::milliseconds wait;
  };
  virtual std::optional<Held> held() const = 0;
};

/// How a file's lines are wrapped.
enum class LineFormat {
  plain,
  docker,  ///< json-file: {"log":"...\n","stream":"stderr","time":"..."}
  cri,     ///< 2016-10-06T00:17:09.669794202Z stdout F text
};

std::string_view line_format_name(LineFormat format);
std::optional<LineFormat> line_format_of(std::string_view name);

struct BuiltinSettings {
  LineFormat format = LineFormat::plain;
  size_t entry_bytes_max = 256 * 1024;
  size_t entry_lines_max = 512;
  std::chrono::milliseconds error_wait{40};       ///< behind an error's message, for a traceback
  std::chrono::milliseconds traceback_wait{500};  ///< inside a traceback
};

/// Recognises time, level and tracebacks.
std::unique_ptr<LineProcessor> make_builtin_processor(const BuiltinSettings& settings);

}  // namespace monitorai::collect

#pragma once
// The labels of a stream as Loki's push API spells them: `{job="llm-model", level="info"}`. Pure.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signals/samples.h"

namespace monitorai::collect {

inline constexpr size_t kStreamLabelsTextBytesMax = 64 * 1024;  ///< of one such text

/// Appends the labels in the order of the text, empty values included. Values are views of `text`, or of a string that is added to
/// `unescaped` where a value is escaped. Values stand in double or single quotes with Go's escapes, or in backticks without.
/// Code::invalid says at which character the text goes wrong; then `out` may hold some labels.
Result<void> parse_stream_labels(std::string_view text, std::deque<std::string>& unescaped, std::vector<signals::LabelView>& out);

}  // namespace monitorai::collect

#pragma once
// Log lines are templates with numbers and identifiers in them. Before compression their text is split: digits go to columns by the length
// of their run, identifiers (runs of hexadecimal digits) are packed two characters a byte, and a marker byte that UTF-8 never has stays in
// their place. Each part compresses better and faster alone: measured, a third smaller at the same zstd level.
// Layout: docs/formats/log-block.md.

#include <array>
#include <string>
#include <string_view>

namespace monitorai::store {

/// The columns of a split text.
struct SplitText {
  static constexpr size_t kColumns = 8;
  static constexpr size_t kTemplate = 0;  ///< the text with markers
  static constexpr size_t kLong = 6;      ///< runs of 6 digits and more; 1..5 are runs of that length
  static constexpr size_t kHex = 7;       ///< identifiers, packed
  std::array<std::string, kColumns> columns;
};

/// False for a text that holds a byte which is a marker (no UTF-8): it cannot be split.
bool split_text(std::string_view text, SplitText& out);

/// Every column must have this many readable bytes behind it, and `out` this many writable ones behind `bytes`.
inline constexpr size_t kSplitSlack = 32;

/// Puts together exactly `bytes` of text; false when the columns do not give that many, or have something left.
bool join_text(const std::array<std::string_view, SplitText::kColumns>& columns, char* out, size_t bytes);

}  // namespace monitorai::store

#pragma once
// Log lines are templates with numbers and identifiers in them. Before compression their text is split: digits go to columns by the length
// of their run, identifiers (runs of hexadecimal digits) are packed two characters a byte, and a marker byte that UTF-8 never has stays in
// their place. Each part compresses better and faster alone: measured, a third smaller at the same zstd level.
// Layout: docs/formats/log-block.md.

#include <array>
#include <memory>
#include <string_view>

namespace monitorai::store {

/// Bytes in a room that is used again and never filled with zeros.
class SplitColumn {
 public:
  operator std::string_view() const { return {bytes_.get(), size_}; }
  /// A room of so many bytes and some slack behind them; what was in it is lost.
  char* make_room(size_t bytes_max);
  void set_size(size_t bytes) { size_ = bytes; }

 private:
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

/// The columns of a split text.
struct SplitText {
  static constexpr size_t kColumns = 8;
  static constexpr size_t kTemplate = 0;  ///< the text with markers
  static constexpr size_t kLong = 6;      ///< runs of 6 digits and more; 1..5 are runs of that length
  static constexpr size_t kHex = 7;       ///< identifiers, packed
  std::array<SplitColumn, kColumns> columns;
};

/// False for a text that holds a byte which is a marker (no UTF-8): it cannot be split.
bool split_text(std::string_view text, SplitText& out);

/// Every column must have this many readable bytes behind it, and `out` this many writable ones behind `bytes`.
inline constexpr size_t kSplitSlack = 32;

/// Puts together exactly `bytes` of text; false when the columns do not give that many, or have something left.
bool join_text(const std::array<std::string_view, SplitText::kColumns>& columns, char* out, size_t bytes);

}  // namespace monitorai::store

#pragma once
// Cuts the bytes of a file into lines with their offsets: LF and CRLF, lines longer than a limit in parts, half lines kept until the rest
// comes. Pure. Thread: its owner's.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace monitorai::collect {

/// [begin, end) are offsets in the file and include the line's end; the text does not.
struct RawLine {
  uint64_t begin = 0;
  uint64_t end = 0;
  std::string_view text;
  uint32_t part = 0;  ///< 0: a whole line; 1, 2, ...: a part of one that is too long
};

class LineCutter {
 public:
  using Take = std::function<void(const RawLine&)>;

  /// `part`: how many parts of the line at `offset` have been taken already.
  LineCutter(size_t line_bytes_max, uint64_t offset, uint32_t part) : line_bytes_max_(line_bytes_max), offset_(offset), part_(part) {}

  /// The bytes that follow those of the call before. The lines' texts live during `take`.
  void feed(std::string_view bytes, const Take& take);
  /// Takes the half line at the end as a line, where there is one.
  void end(const Take& take);

  uint64_t half_begin() const { return offset_; }  ///< where the half line begins: everything before was taken
  size_t half_bytes() const { return half_.size(); }
  uint32_t part() const { return part_; }  ///< as the constructor takes it, at half_begin()

 private:
  void take_line(std::string_view line, bool ended, const Take& take);
  /// Takes parts from the front of the half line while it is over the limit.
  void take_parts(const Take& take);

  size_t line_bytes_max_;
  uint64_t offset_;
  uint32_t part_;
  std::string half_;
};

}  // namespace monitorai::collect

#include "collect/logs/line_cutter.h"

#include <algorithm>
#include <cstring>

namespace monitorai::collect {
namespace {

constexpr size_t kUtf8BytesMax = 4;
constexpr size_t kWordBytesMax = 256;  ///< a part ends at a blank that is at most this near to the limit

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Where to cut a text of more than `most` bytes: at a blank near the limit, else between two characters, else anywhere.
size_t cut_at(std::string_view text, size_t most) {
  for (size_t back = 0; back < std::min(kWordBytesMax, most / 2); ++back)
    if (text[most - 1 - back] == ' ') return most - back;
  for (size_t back = 0; back < kUtf8BytesMax && back < most; ++back)
    if (!continues_character(text[most - back])) return most - back;
  return most;
}

}  // namespace

void LineCutter::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    const auto* newline = static_cast<const char*>(std::memchr(bytes.data(), '\n', bytes.size()));
    if (newline == nullptr) {
      half_ += bytes;
      return take_parts(take);
    }
    const size_t length = static_cast<size_t>(newline - bytes.data()) + 1;
    if (half_.empty() && length <= line_bytes_max_) {
      take_line(bytes.substr(0, length), true, take);
    } else {
      half_ += bytes.substr(0, length - 1);
      take_parts(take);
      half_ += '\n';
      const std::string line = std::exchange(half_, {});
      take_line(line, true, take);
    }
    bytes.remove_prefix(length);
  }
}

void LineCutter::end(const Take& take) {
  if (half_.empty()) return;
  const std::string line = std::exchange(half_, {});
  take_line(line, false, take);
}

void LineCutter::take_line(std::string_view line, bool ended, const Take& take) {
  RawLine out{.begin = offset_, .end = offset_ + line.size(), .text = line, .part = part_ == 0 ? 0 : part_ + 1};
  if (ended) out.text.remove_suffix(1);
  if (out.text.ends_with('\r')) out.text.remove_suffix(1);
  offset_ = out.end;
  part_ = 0;
  // The end of a line whose parts were all taken is no line.
  if (!out.text.empty() || out.part == 0) take(out);
}

void LineCutter::take_parts(const Take& take) {
  size_t taken = 0;
  while (half_.size() - taken > line_bytes_max_) {
    const std::string_view rest = std::string_view(half_).substr(taken);
    const size_t length = cut_at(rest, line_bytes_max_);
    ++part_;
    take(RawLine{.begin = offset_, .end = offset_ + length, .text = rest.substr(0, length), .part = part_});
    offset_ += length;
    taken += length;
  }
  half_.erase(0, taken);
}

}  // namespace monitorai::collect

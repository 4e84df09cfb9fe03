#pragma once
// A block of lines of one stream as it lies on disk: columns, compressed with zstd, in a frame. Encoder and decoder.
// Format and a worked example: docs/formats/log-block.md.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "signals/logs.h"

namespace monitorai::store {

/// Lines in memory that own what a signals::LogBlock points to. Reused from block to block, so that memory is asked for once.
class LineColumns {
 public:
  void clear();
  void reserve(size_t lines, size_t text_bytes);
  /// Lines ascending by time.
  void add(int64_t time_ns, std::string_view line, std::span<const signals::Label> metadata);
  size_t size() const { return times_ns.size(); }
  /// The lines [begin, end) as a block, which lives until the next call or change.
  const signals::LogBlock& view(size_t begin, size_t end);

  std::vector<int64_t> times_ns;
  std::vector<uint32_t> ends;
  std::vector<std::vector<signals::Label>> sets;  ///< empty when no line has metadata; else the first is the empty set
  std::vector<uint32_t> set_of;

  /// The text has its own buffer: what is about to be decompressed into need not be zeroed.
  std::string_view text() const { return {text_.get(), text_bytes_}; }
  /// Behind it stand kSplitSlack bytes that may be written, too.
  char* make_text(size_t bytes);

 private:
  std::unique_ptr<char[]> text_;
  size_t text_bytes_ = 0;
  size_t text_capacity_ = 0;
  signals::LogBlock view_;
  std::vector<uint32_t> view_ends_;
};

/// The lines [begin, end) of a block as a block of their own; `ends` takes the rebased ends where that is necessary.
signals::LogBlock cut_block(const signals::LogBlock& whole, size_t begin, size_t end, std::vector<uint32_t>& ends);

/// 1..kBlockLinesMax lines, ascending by time, at most kBlockTextBytesMax of text.
std::string encode_block(const signals::LogBlock& block, int level);
/// Code::corrupt for anything that encode_block() did not write.
Result<void> decode_block(std::string_view bytes, LineColumns& out);

inline constexpr size_t kBlockTextBytesMax = 32 << 20;

}  // namespace monitorai::store

#include "store/logs/log_block.h"

#include <zstd.h>

#include <array>
#include <map>
#include <optional>

#include "base/text.h"
#include "store/disk/bytes.h"
#include "store/disk/frame.h"
#include "store/logs/settings.h"
#include "store/logs/text_split.h"

namespace monitorai::store {

using signals::Label;
using signals::LogBlock;

namespace {

constexpr uint8_t kVersion = 1;
/// How the text is kept.
enum TextMode : uint8_t { kWhole = 0, kSplit = 1 };
/// Times are kept in the coarsest of these units (nanoseconds) that divides all differences.
constexpr std::array<int64_t, 4> kUnits{1'000'000'000, 1'000'000, 1'000, 1};
/// Of a block's columns before compression.
constexpr size_t kColumnsBytesMax = 64 << 20;
constexpr size_t kSetsMax = kBlockLinesMax + 1;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

/// Sizes before and after, then the bytes: compressed, or as they are where that is not larger.
void append_compressed(std::string& out, std::string_view bytes, int level) {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  thread_local std::string buffer;
  if (buffer.size() < ZSTD_compressBound(bytes.size())) buffer.resize(ZSTD_compressBound(bytes.size()));
  const size_t n = ZSTD_compressCCtx(context.get(), buffer.data(), buffer.size(), bytes.data(), bytes.size(), level);
  MAI_CHECK(!ZSTD_isError(n));
  put_varint(out, bytes.size());
  put_text(out, n < bytes.size() ? std::string_view(buffer).substr(0, n) : bytes);
}

bool decompress(std::string_view stored, char* to, size_t size) {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  if (stored.size() == size) {
    if (size > 0) std::memcpy(to, stored.data(), size);
    return true;
  }
  return ZSTD_decompressDCtx(context.get(), to, size, stored.data(), stored.size()) == size;
}

/// A part that append_compressed() wrote, into a buffer with some slack behind it; nullopt when it is damaged.
std::optional<std::string_view> take_compressed(ByteReader& in, size_t bytes_max, std::string& buffer) {
  const uint64_t size = in.varint();
  const std::string_view stored = in.text();
  if (!in.ok() || size > bytes_max) return std::nullopt;
  if (buffer.size() < size + kSplitSlack) buffer.resize(size + kSplitSlack);
  if (!decompress(stored, buffer.data(), size)) return std::nullopt;
  return std::string_view(buffer).substr(0, size);
}

void append_text(std::string& out, std::string_view text, int level) {
  thread_local SplitText split;
  if (!split_text(text, split)) {
    out += static_cast<char>(kWhole);
    return append_compressed(out, text, level);
  }
  out += static_cast<char>(kSplit);
  for (const SplitColumn& column : split.columns) append_compressed(out, column, level);
}

bool take_text(ByteReader& in, char* to, size_t bytes) {
  const uint8_t mode = in.byte();
  if (mode == kWhole) {
    const uint64_t size = in.varint();
    const std::string_view stored = in.text();
    return in.ok() && size == bytes && decompress(stored, to, bytes);
  }
  if (mode != kSplit) return false;
  thread_local std::array<std::string, SplitText::kColumns> buffers;
  std::array<std::string_view, SplitText::kColumns> columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    // A marker has two bytes for at least one of text.
    const auto column = take_compressed(in, 2 * bytes, buffers[i]);
    if (!column) return false;
    columns[i] = *column;
  }
  return join_text(columns, to, bytes);
}

int64_t unit_of(std::span<const int64_t> times) {
  for (const int64_t unit : kUnits) {
    bool fits = true;
    for (size_t i = 1; i < times.size() && fits; ++i) fits = (times[i] - times[i - 1]) % unit == 0;
    if (fits) return unit;
  }
  return 1;
}

Error damaged(std::string_view bytes, std::string_view what) {
  return {Code::corrupt, fmt::format("cannot decode block ({} bytes): {}", bytes.size(), what)};
}

bool take_times(ByteReader& in, size_t lines, std::vector<int64_t>& times) {
  const unsigned unit = in.byte();
  if (unit >= kUnits.size()) return false;
  int64_t time = in.signed_varint();
  times.resize(lines);
  for (size_t i = 0; i < lines; ++i) {
    if (i > 0) {
      const uint64_t steps = in.varint();
      int64_t next;
      if (steps > INT64_MAX || __builtin_mul_overflow(static_cast<int64_t>(steps), kUnits[unit], &next) ||
          __builtin_add_overflow(time, next, &time))
        return false;
    }
    times[i] = time;
  }
  return in.ok();
}

/// The ends, and whether a line's end stands where they say.
bool take_ends(ByteReader& in, size_t text_bytes, std::vector<uint32_t>& ends, size_t lines) {
  ends.resize(lines);
  uint64_t at = 0;
  for (size_t i = 0; i < lines; ++i) {
    const uint64_t bytes = in.varint();
    if (bytes >= text_bytes - at) return false;
    ends[i] = static_cast<uint32_t>(at + bytes);
    at += bytes + 1;
  }
  return in.ok() && at == text_bytes;
}

bool take_sets(ByteReader& in, size_t lines, LineColumns& out) {
  const uint64_t sets = in.varint();
  if (sets == 0) return in.ok();
  if (sets > kSetsMax || sets > in.left()) return false;
  out.sets.resize(sets);
  for (uint64_t i = 1; i < sets; ++i) {
    const uint64_t labels = in.varint();
    for (uint64_t k = 0; k < labels && in.ok(); ++k) {
      const std::string_view name = in.text();
      out.sets[i].push_back({std::string(name), std::string(in.text())});
    }
    if (!in.ok()) return false;
  }
  out.set_of.resize(lines);
  for (uint32_t& set : out.set_of) {
    const uint64_t number = in.varint();
    if (number >= sets) return false;
    set = static_cast<uint32_t>(number);
  }
  return in.ok();
}

}  // namespace

void LineColumns::clear() {
  times_ns.clear();
  ends.clear();
  sets.clear();
  set_of.clear();
  text_bytes_ = 0;
}

char* LineColumns::make_text(size_t bytes) {
  if (bytes > text_capacity_) {
    text_ = std::make_unique_for_overwrite<char[]>(bytes + kSplitSlack);
    text_capacity_ = bytes;
  }
  text_bytes_ = bytes;
  return text_.get();
}

void LineColumns::reserve(size_t lines, size_t text_bytes) {
  times_ns.reserve(lines);
  ends.reserve(lines);
  make_text(text_bytes);
  text_bytes_ = 0;
}

void LineColumns::add(int64_t time_ns, std::string_view line, std::span<const Label> metadata) {
  if (text_bytes_ + line.size() + 1 > text_capacity_) {
    const size_t wider = std::max(2 * text_capacity_, text_bytes_ + line.size() + 1);
    auto moved = std::make_unique_for_overwrite<char[]>(wider);
    if (text_bytes_ > 0) std::memcpy(moved.get(), text_.get(), text_bytes_);
    text_ = std::move(moved);
    text_capacity_ = wider;
  }
  if (!line.empty()) std::memcpy(text_.get() + text_bytes_, line.data(), line.size());
  times_ns.push_back(time_ns);
  ends.push_back(static_cast<uint32_t>(text_bytes_ + line.size()));
  text_bytes_ += line.size();
  text_[text_bytes_++] = '\n';
  if (metadata.empty() && sets.empty()) return;
  if (sets.empty()) sets.emplace_back();
  set_of.resize(times_ns.size(), 0);
  if (metadata.empty()) return;
  if (!std::equal(metadata.begin(), metadata.end(), sets.back().begin(), sets.back().end()))
    sets.emplace_back(metadata.begin(), metadata.end());
  set_of.back() = static_cast<uint32_t>(sets.size() - 1);
}

LogBlock cut_block(const LogBlock& whole, size_t begin, size_t end, std::vector<uint32_t>& ends) {
  if (begin >= end) return {};
  LogBlock out = whole;
  const size_t from = whole.begin_of(begin);
  out.times_ns = whole.times_ns.subspan(begin, end - begin);
  out.text = whole.text.substr(from, whole.ends[end - 1] + 1 - from);
  out.ends = whole.ends.subspan(begin, end - begin);
  if (from > 0) {
    ends.resize(end - begin);
    for (size_t i = begin; i < end; ++i) ends[i - begin] = whole.ends[i] - static_cast<uint32_t>(from);
    out.ends = ends;
  }
  if (!whole.set_of.empty()) out.set_of = whole.set_of.subspan(begin, end - begin);
  return out;
}

const LogBlock& LineColumns::view(size_t begin, size_t end) {
  LogBlock whole{times_ns, text(), ends, sets, set_of};
  if (sets.empty()) whole.set_of = {};
  view_ = cut_block(whole, begin, end, view_ends_);
  return view_;
}

std::string encode_block(const LogBlock& block, int level) {
  MAI_CHECK(block.size() > 0 && block.size() <= kBlockLinesMax && block.text.size() <= kBlockTextBytesMax);
  thread_local std::string columns;
  columns.clear();
  const int64_t unit = unit_of(block.times_ns);
  columns += static_cast<char>(std::find(kUnits.begin(), kUnits.end(), unit) - kUnits.begin());
  put_signed(columns, block.times_ns[0]);
  for (size_t i = 1; i < block.size(); ++i) put_varint(columns, static_cast<uint64_t>((block.times_ns[i] - block.times_ns[i - 1]) / unit));
  for (size_t i = 0; i < block.size(); ++i) put_varint(columns, block.ends[i] - block.begin_of(i));
  // Sets are written once each, in the order in which lines first use them.
  if (block.set_of.empty()) {
    put_varint(columns, 0);
  } else {
    std::map<std::span<const Label>, uint32_t, decltype([](const auto& a, const auto& b) {
               return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
             })>
        numbers;
    std::vector<std::span<const Label>> sets{{}};
    numbers[sets[0]] = 0;
    std::vector<uint32_t> number_of(block.sets.size(), UINT32_MAX);
    for (const uint32_t set : block.set_of) {
      if (number_of[set] != UINT32_MAX) continue;
      const auto [at, fresh] = numbers.try_emplace(block.sets[set], static_cast<uint32_t>(sets.size()));
      if (fresh) sets.push_back(block.sets[set]);
      number_of[set] = at->second;
    }
    put_varint(columns, sets.size());
    for (size_t i = 1; i < sets.size(); ++i) {
      put_varint(columns, sets[i].size());
      for (const Label& label : sets[i]) {
        put_text(columns, label.name);
        put_text(columns, label.value);
      }
    }
    for (const uint32_t set : block.set_of) put_varint(columns, number_of[set]);
  }

  std::string payload;
  payload += static_cast<char>(kVersion);
  put_varint(payload, block.size());
  put_varint(payload, block.text.size());
  append_compressed(payload, columns, level);
  append_text(payload, block.text, level);
  return frame_header(payload) + payload;
}

Result<void> decode_block(std::string_view bytes, LineColumns& out) {
  out.clear();
  std::string_view rest = bytes;
  const auto payload = take_frame(rest);
  if (!payload || !rest.empty()) return damaged(bytes, "its checksum is wrong");
  ByteReader in(*payload);
  if (in.byte() != kVersion) return damaged(bytes, "its version is unknown");
  const uint64_t lines = in.varint();
  const uint64_t text_bytes = in.varint();
  if (!in.ok() || lines == 0 || lines > kBlockLinesMax || lines > text_bytes || text_bytes > kBlockTextBytesMax)
    return damaged(bytes, "its sizes are not possible");
  thread_local std::string buffer;
  const auto columns = take_compressed(in, kColumnsBytesMax, buffer);
  if (!columns) return damaged(bytes, "its columns do not decompress");
  ByteReader column(*columns);
  if (!take_times(column, lines, out.times_ns) || !take_ends(column, text_bytes, out.ends, lines) || !take_sets(column, lines, out) ||
      !column.at_end()) {
    out.clear();
    return damaged(bytes, "its columns are damaged");
  }
  if (!take_text(in, out.make_text(text_bytes), text_bytes) || !in.at_end()) {
    out.clear();
    return damaged(bytes, "its text does not decompress");
  }
  return {};
}

}  // namespace monitorai::store

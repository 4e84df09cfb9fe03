#include "net/content_encoding.h"

#include <libdeflate.h>
#include <zstd.h>

#include <fmt/format.h>

#include <cstring>

#include "base/text.h"

namespace monitorai::net {
namespace {

constexpr int kLevel = 1;

struct FreeCompressor {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

libdeflate_compressor* compressor() {
  thread_local const std::unique_ptr<libdeflate_compressor, FreeCompressor> own(libdeflate_alloc_compressor(kLevel));
  MAI_CHECK(own != nullptr);
  return own.get();
}

libdeflate_decompressor* decompressor() {
  thread_local const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> own(libdeflate_alloc_decompressor());
  MAI_CHECK(own != nullptr);
  return own.get();
}

struct FreeZstd {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

Error too_large(std::string_view format, size_t bytes, size_t bytes_max) {
  return {Code::exhausted, fmt::format("cannot decompress {} ({} bytes): it is more than {} bytes", format, bytes, bytes_max)};
}
Error damaged(std::string_view format, size_t bytes) {
  return {Code::corrupt, fmt::format("cannot decompress {} ({} bytes): it is damaged or cut short", format, bytes)};
}

/// What the last four bytes claim as the size, which is only a hint: a lie may not make us allocate far beyond what was sent.
size_t size_hint(std::string_view member) {
  uint32_t claimed = 0;
  if (member.size() >= sizeof claimed) std::memcpy(&claimed, member.data() + member.size() - sizeof claimed, sizeof claimed);
  return std::clamp<size_t>(claimed, 64, 64 + 8 * member.size());
}

using Decompress = decltype(&libdeflate_gzip_decompress_ex);

/// Decompresses the first member behind out, growing it up to bytes_max; returns how many input bytes the member has.
Result<size_t> append_member(Decompress decompress, std::string_view format, std::string_view bytes, size_t bytes_max, std::string& out) {
  const size_t before = out.size();
  for (size_t room = size_hint(bytes);; room *= 2) {
    const size_t allowed = std::min(room, bytes_max - before);
    out.resize(before + allowed);
    size_t used = 0, made = 0;
    switch (decompress(decompressor(), bytes.data(), bytes.size(), out.data() + before, allowed, &used, &made)) {
      case LIBDEFLATE_SUCCESS:
        out.resize(before + made);
        return used;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (allowed < room) return too_large(format, bytes.size(), bytes_max);
        break;
      default:
        return damaged(format, bytes.size());
    }
  }
}

/// "deflate" is zlib by RFC 9110, and bare deflate from some clients.
bool looks_like_zlib(std::string_view bytes) {
  if (bytes.size() < 2) return false;
  const unsigned first = static_cast<unsigned char>(bytes[0]), second = static_cast<unsigned char>(bytes[1]);
  return (first & 0x0Fu) == 8 && (first * 256 + second) % 31 == 0;
}

Result<std::string> inflate(std::string_view bytes, size_t bytes_max) {
  std::string out;
  const Decompress decompress = looks_like_zlib(bytes) ? libdeflate_zlib_decompress_ex : libdeflate_deflate_decompress_ex;
  MAI_TRY_ASSIGN(const size_t used, append_member(decompress, "deflate", bytes, bytes_max, out));
  if (used != bytes.size()) return damaged("deflate", bytes.size());
  return out;
}

/// All frames in a row. The window is bounded too: it is allocated before anything is decompressed.
Result<std::string> unzstd(std::string_view bytes, size_t bytes_max) {
  constexpr int kWindowLogMax = 23;  // 8 MiB: RFC 9659 for this very use
  constexpr size_t kStep = 256 * 1024;
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeZstd> context(ZSTD_createDCtx());
  MAI_CHECK(context != nullptr);
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  std::string out;
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  for (;;) {
    const size_t before = out.size();
    out.resize(std::min(before + kStep, bytes_max + 1));
    ZSTD_outBuffer to{out.data(), out.size(), before};
    const size_t left = ZSTD_decompressStream(context.get(), &to, &in);
    if (ZSTD_isError(left) != 0) return damaged("zstd", bytes.size());
    const bool full = to.pos == to.size;
    out.resize(to.pos);
    if (out.size() > bytes_max) return too_large("zstd", bytes.size(), bytes_max);
    if (in.pos == in.size && left == 0) return out;
    if (in.pos == in.size && !full) return damaged("zstd", bytes.size());
  }
}

struct Coding {
  std::string name;
  double weight = 1;
};

Coding parse_coding(std::string_view element) {
  const auto parts = split(element, ';');
  Coding coding{lower(trim(parts.front()))};
  for (const std::string_view part : std::span(parts).subspan(1)) {
    const std::string parameter = lower(trim(part));
    if (parameter.starts_with("q=")) coding.weight = parse_number(std::string_view(parameter).substr(2)).value_or(0);
  }
  return coding;
}

}  // namespace

std::string gzip(std::string_view bytes) {
  std::string out(libdeflate_gzip_compress_bound(compressor(), bytes.size()), '\0');
  out.resize(libdeflate_gzip_compress(compressor(), bytes.data(), bytes.size(), out.data(), out.size()));
  MAI_CHECK(!out.empty());
  return out;
}

Result<std::string> gunzip(std::string_view bytes, size_t bytes_max) {
  std::string out;
  do {
    MAI_TRY_ASSIGN(const size_t used, append_member(libdeflate_gzip_decompress_ex, "gzip", bytes, bytes_max, out));
    bytes.remove_prefix(used);
  } while (!bytes.empty());
  return out;
}

std::optional<Result<std::string>> decode_content(std::string_view encoding, std::string_view bytes, size_t bytes_max) {
  if (encoding == "gzip" || encoding == "x-gzip") return gunzip(bytes, bytes_max);
  if (encoding == "deflate") return inflate(bytes, bytes_max);
  if (encoding == "zstd") return unzstd(bytes, bytes_max);
  return std::nullopt;
}

bool accepts_gzip(std::string_view accept_encoding) {
  bool any = false;
  for (const std::string_view element : split(accept_encoding, ',')) {
    const Coding coding = parse_coding(element);
    const bool wanted = coding.weight > 0 && coding.weight <= 1;
    if (coding.name == "gzip" || coding.name == "x-gzip") return wanted;
    if (coding.name == "*") any = wanted;
  }
  return any;
}

bool is_compressible(std::string_view content_type) {
  const std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  if (type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml")) return true;
  constexpr std::array<std::string_view, 6> kText{"application/json",     "application/javascript",
                                                  "application/xml",      "application/openmetrics-text",
                                                  "application/x-ndjson", "application/wasm"};
  return std::find(kText.begin(), kText.end(), type) != kText.end();
}

}  // namespace monitorai::net

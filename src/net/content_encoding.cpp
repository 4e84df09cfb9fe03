#include "net/content_encoding.h"

#include <libdeflate.h>

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

/// What the last four bytes claim as the size, which is only a hint: a lie may not make us allocate far beyond what was sent.
size_t size_hint(std::string_view member) {
  uint32_t claimed = 0;
  if (member.size() >= sizeof claimed) std::memcpy(&claimed, member.data() + member.size() - sizeof claimed, sizeof claimed);
  return std::clamp<size_t>(claimed, 64, 64 + 8 * member.size());
}

/// Decompresses the first member behind out, growing it up to bytes_max; returns how many input bytes the member has.
Result<size_t> append_member(std::string_view bytes, size_t bytes_max, std::string& out) {
  const size_t before = out.size();
  for (size_t room = size_hint(bytes);; room *= 2) {
    const size_t allowed = std::min(room, bytes_max - before);
    out.resize(before + allowed);
    size_t used = 0, made = 0;
    switch (libdeflate_gzip_decompress_ex(decompressor(), bytes.data(), bytes.size(), out.data() + before, allowed, &used, &made)) {
      case LIBDEFLATE_SUCCESS:
        out.resize(before + made);
        return used;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (allowed < room)
          return Error{Code::exhausted,
                       fmt::format("cannot decompress gzip ({} bytes): it is more than {} bytes", bytes.size(), bytes_max)};
        break;
      default:
        return Error{Code::corrupt, fmt::format("cannot decompress gzip ({} bytes): it is damaged or cut short", bytes.size())};
    }
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
    MAI_TRY_ASSIGN(const size_t used, append_member(bytes, bytes_max, out));
    bytes.remove_prefix(used);
  } while (!bytes.empty());
  return out;
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

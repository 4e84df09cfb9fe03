#pragma once
// Compression of HTTP bodies: the adapter of libdeflate and zstd. Pure; any thread (their contexts are kept per thread).

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::net {

/// One gzip member, at the fastest level: bodies are made once and read once.
std::string gzip(std::string_view bytes);
/// All members in a row. Code::exhausted beyond bytes_max of output, Code::corrupt for anything that is not whole gzip.
Result<std::string> gunzip(std::string_view bytes, size_t bytes_max);

/// Undoes a Content-Encoding (in lower case): gzip, x-gzip, deflate (zlib or bare), zstd, with the errors of gunzip(). nullopt: another.
std::optional<Result<std::string>> decode_content(std::string_view encoding, std::string_view bytes, size_t bytes_max);

/// What an Accept-Encoding header says of gzip (RFC 9110 section 12.5.3): named, or covered by "*", with a weight above 0.
bool accepts_gzip(std::string_view accept_encoding);
/// Text compresses; images, fonts and archives are compressed already.
bool is_compressible(std::string_view content_type);

}  // namespace monitorai::net

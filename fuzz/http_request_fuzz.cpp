// HTTP requests from a hostile client, without a socket: parser, path, query, form and gzip. The first byte chooses the size of the
// pieces in which the rest arrives; what the pieces say must not depend on it.

#include "base/check.h"
#include "base/text.h"
#include "net/content_encoding.h"
#include "net/request_parser.h"

namespace {

using monitorai::net::HttpLimits;
using monitorai::net::HttpRequest;
using monitorai::net::RequestParser;
using State = RequestParser::State;

constexpr HttpLimits kLimits{.target_bytes_max = 512, .header_bytes_max = 2048, .body_bytes_max = 4096};

void check(const HttpRequest& request) {
  MAI_CHECK(request.path.starts_with('/') && monitorai::valid_utf8(request.path));
  MAI_CHECK(request.path.find("//") == std::string::npos && request.path.find('\\') == std::string::npos);
  for (const std::string_view part : monitorai::split(request.path, '/')) MAI_CHECK(part != ".." && part != ".");
  for (const char c : request.path) MAI_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  MAI_CHECK(request.body.size() <= kLimits.body_bytes_max);
  request.parameters();
  if (request.header("content-encoding") == "gzip")
    if (const auto plain = monitorai::net::gunzip(request.body, 10'000)) MAI_CHECK(plain->size() <= 10'000);
  monitorai::net::accepts_gzip(request.header("accept-encoding"));
}

/// All requests in a row; returns their paths and bodies, for comparison.
std::string run(std::string_view bytes, size_t piece) {
  std::string seen;
  RequestParser parser(kLimits);
  size_t used = 0;
  for (size_t end = std::min(piece, bytes.size());; end = std::min(end + piece, bytes.size())) {
    for (;;) {
      used += parser.feed(bytes.substr(used, end - used));
      if (parser.state() != State::complete) break;
      const HttpRequest request = parser.take();
      check(request);
      seen += request.method + " " + request.path + " " + request.body + "\n";
      parser.reset();
    }
    MAI_CHECK(end - used <= kLimits.header_bytes_max + piece || parser.state() == State::refused);
    if (end == bytes.size() || parser.state() == State::refused) return seen;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  const std::string whole = run(rest, std::max<size_t>(rest.size(), 1));
  const std::string pieces = run(rest, size_t{bytes[0]} % 64 + 1);
  MAI_CHECK(whole == pieces);
  return 0;
}

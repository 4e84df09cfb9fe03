#pragma once
// The bytes before a response's body. Pure; any thread.

#include <ctime>
#include <string>
#include <string_view>

#include "net/http.h"

namespace monitorai::net {

/// How the client learns where the body ends.
enum class Framing {
  sized,        ///< Content-Length
  chunked,      ///< Transfer-Encoding: chunked
  until_close,  ///< the connection's end: a streamed body for HTTP/1.0
  upgraded,     ///< no body: another protocol follows
};

/// "OK", "Not Found", ...; "" for a code without a name.
std::string_view reason_phrase(int status);
/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::time_t time);

/// Status line and fields, with the empty line that ends them. Fields of the response that frame the message (Content-Length,
/// Transfer-Encoding, Connection, Date, Server) are ours to write and are left out; a control byte in a field's value becomes a space, and
/// a field whose name is no token is left out, so that no handler's text can end the header.
std::string response_head(const HttpResponse& response, Framing framing, size_t body_bytes, bool keep_alive, std::string_view date);

}  // namespace monitorai::net

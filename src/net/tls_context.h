#pragma once
// TLS of a listener from its PEM files. This header pulls in Asio: only the servers' .cpp files include it.

#include <boost/asio/ssl/context.hpp>

#include <memory>

#include "net/http_server.h"

namespace monitorai::net {

enum class Alpn { none, http2 };

/// TLS 1.2 and later. With a client CA, only clients that show a certificate of it get through the handshake. With Alpn::http2, those that
/// offer protocols without "h2" among them do not. Code::invalid names the file that does not load.
Result<std::shared_ptr<boost::asio::ssl::context>> load_tls(const TlsFiles& files, Alpn alpn);

}  // namespace monitorai::net

#include "net/tls_context.h"

#include <fmt/format.h>

namespace monitorai::net {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

/// RFC 7301: the client's list of names, each with its length before it.
int select_http2(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned offered_size, void*) {
  constexpr std::string_view kHttp2 = "h2";
  for (unsigned at = 0; at < offered_size; at += 1u + offered[at]) {
    const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), std::min<size_t>(offered[at], offered_size - at - 1));
    if (name != kHttp2) continue;
    *chosen = offered + at + 1;
    *chosen_size = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

Result<std::shared_ptr<asio::ssl::context>> load_tls(const TlsFiles& files, Alpn alpn) {
  auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  const auto failed = [&](std::string_view what, const ErrorCode& error) { return Error{Code::invalid, fmt::format("cannot load the TLS {}: {}", what, error.message())}; };
  ErrorCode error;
  // An encrypted key would make OpenSSL ask on the terminal.
  context->set_password_callback([](size_t, auto) { return std::string(); }, error);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  if (alpn == Alpn::http2) SSL_CTX_set_alpn_select_cb(context->native_handle(), select_http2, nullptr);
  context->use_certificate_chain_file(files.certificate, error);
  if (error) return failed("certificate " + files.certificate, error);
  context->use_private_key_file(files.key, asio::ssl::context::pem, error);
  if (error) return failed("key " + files.key, error);
  if (files.client_ca.empty()) return context;
  context->load_verify_file(files.client_ca, error);
  if (error) return failed("client CA " + files.client_ca, error);
  // Sessions that are resumed are told apart by it, which OpenSSL demands of servers that ask for certificates.
  constexpr std::string_view kSessions = "monitorai";
  SSL_CTX_set_session_id_context(context->native_handle(), reinterpret_cast<const unsigned char*>(kSessions.data()), kSessions.size());
  SSL_CTX_set_client_CA_list(context->native_handle(), SSL_load_client_CA_file(files.client_ca.c_str()));
  context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
  if (error) return failed("client CA " + files.client_ca, error);
  return context;
}

}  // namespace monitorai::net

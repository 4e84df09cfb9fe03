#pragma once
// The HTTP client: an adapter of libcurl, blocking, errors as values. One HttpClient keeps its connections alive between requests and
// belongs to one thread at a time; a program that fetches from hundreds of targets uses one for each of a few threads.

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace monitorai::net {

struct HttpClientSettings {
  std::chrono::milliseconds connect_timeout{2'000};  ///< name, TCP and TLS handshake
  std::chrono::milliseconds total_timeout{10'000};   ///< the whole exchange, redirects included
  size_t header_bytes_max = 64 * 1024;               ///< of the response, all redirects together
  size_t body_bytes_max = 16 * 1024 * 1024;          ///< of the response, after decompression: beyond it the transfer is ended
  int redirects_max = 0;                             ///< 0: a redirect is returned as it is
  bool proxy_from_environment = false;               ///< http_proxy, https_proxy, no_proxy
  std::string proxy{};                               ///< the proxy's URL; it wins over the environment
  std::string user{};                                ///< with `password`: basic authentication
  std::string password{};
  std::string bearer_token{};
  std::string ca_file{};              ///< PEM; "" is the system's
  std::string tls_server_name{};      ///< the name that is asked for (SNI) and certified, where it is not the URL's host
  bool insecure_skip_verify = false;  ///< accepts any certificate
  std::string certificate_file{};     ///< PEM, with `key_file`: the client's own certificate
  std::string key_file{};
};

struct HttpClientResponse {
  int status = 0;
  Parameters headers{};  ///< of the last response, names in lower case
  std::string body{};    ///< decompressed
  std::string url{};     ///< where it came from, after redirects

  /// "" when absent. `name` in lower case.
  std::string_view header(std::string_view name) const;
};

class HttpClient {
 public:
  explicit HttpClient(HttpClientSettings settings = {});
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;
  HttpClient& operator=(HttpClient&&) noexcept;

  /// Any status is a response. Errors: Code::invalid (URL, header, certificate file), unavailable (no name, refused, reset, timeout, TLS),
  /// exhausted (a limit of the settings), corrupt (what the peer sent is no HTTP), cancelled (stop was requested: at once).
  /// Messages name the URL without user and password. http and https only; credentials are not sent to another host after a redirect.
  Result<HttpClientResponse> get(std::string_view url, const Parameters& headers = {}, std::stop_token stop = {});
  Result<HttpClientResponse> post(std::string_view url, std::string_view body, std::string_view content_type,
                                  const Parameters& headers = {}, std::stop_token stop = {});
  /// Any method; an empty `body` sends none unless the method is POST, PUT or PATCH.
  Result<HttpClientResponse> send(std::string_view method, std::string_view url, std::string_view body = {}, const Parameters& headers = {},
                                  std::stop_token stop = {});

 private:
  class Curl;
  std::unique_ptr<Curl> curl_;
};

}  // namespace monitorai::net

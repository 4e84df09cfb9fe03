#pragma once
// Who may come in. With a password or tokens, every request needs the cookie of a session (login.h), HTTP Basic or a Bearer token, but for
// the health checks and the pages' own files, which ask for the password. Without them (loopback listeners only) the request must have been meant for this machine: a page
// elsewhere on the web may make a browser send requests here, so foreign Host names (DNS rebinding) are refused. Writes that another
// site's page makes a browser send are always refused, by Sec-Fetch-Site or Origin, and with a session's cookie a write has to bring one of
// the two. WebSockets are not bound by the same-origin policy, so one that a page of another origin opens is refused too. Thread-safe.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/http.h"
#include "serve/session_shelf.h"

namespace monitorai::serve {

inline constexpr size_t kFailuresMax = 10;                  ///< of one peer address within ...
inline constexpr std::chrono::seconds kFailuresWindow{60};  ///< ... this time; then 429
inline constexpr size_t kFailingPeersMax = 1024;            ///< the peer that was quiet longest is forgotten for a new one
inline constexpr size_t kCredentialsBytesMax = 4096;
inline constexpr std::string_view kSessionCookie = "monitorai_session";

enum class Scope {
  read,   ///< GET, and the queries that clients of Prometheus and Loki send by POST
  write,  ///< everything
};

struct AccessSettings {
  std::string user;
  std::string password_hash;  ///< "" for none
  struct Token {
    std::string name;
    std::string sha256;
    Scope scope = Scope::read;
  };
  std::vector<Token> tokens;
  std::vector<std::string> cors_origins;  ///< whose pages may send OTLP ("*": every origin); their preflights need no credentials
  bool secure_cookies = false;  ///< the pages are served over TLS
  bool open() const { return password_hash.empty() && tokens.empty(); }
};

struct AccessCounts {
  uint64_t failed = 0;   ///< wrong or missing credentials
  uint64_t limited = 0;  ///< answered 429
  uint64_t foreign = 0;  ///< foreign Host or cross-site
  uint64_t scope = 0;    ///< a token that may only read
  uint64_t logins = 0;   ///< sessions that were opened
};

class Access {
 public:
  /// Without a shelf nobody can log in; Basic and tokens still work.
  Access(AccessSettings settings, const Clock& clock, std::shared_ptr<SessionShelf> sessions = nullptr);
  /// From the next request on.
  void configure(AccessSettings settings);
  /// nullopt: let it in; otherwise the answer.
  std::optional<net::HttpResponse> check(const net::HttpRequest& request);
  AccessCounts counts() const;

  bool needs_login() const { return !settings()->open(); }
  bool is_secure() const { return settings()->secure_cookies; }
  /// The token of a new session, for the browser's cookie. Code::invalid: wrong user or password; exhausted: too many wrong ones from this
  /// peer; unavailable: sessions cannot be kept.
  Result<std::string> log_in(const std::string& peer, std::string_view user, std::string_view password);
  /// Ends the session of the request's cookie.
  void log_out(const net::HttpRequest& request);
  /// Of the request's cookie; nullopt where there is no such session.
  std::optional<std::string> session_user(const net::HttpRequest& request) const;

 private:
  std::shared_ptr<const AccessSettings> settings() const;
  std::optional<net::HttpResponse> check_host(const net::HttpRequest& request);
  std::optional<net::HttpResponse> check_site(const net::HttpRequest& request, bool by_cookie);
  std::optional<net::HttpResponse> too_many();
  /// What the credentials allow, when that is known without a password hash.
  std::optional<Scope> known(const AccessSettings& settings, std::string_view authorization) const;
  bool verify(const AccessSettings& settings, std::string_view authorization);
  bool is_password(const AccessSettings& settings, std::string_view user, std::string_view password);
  bool is_limited(const std::string& peer);
  void note_failure(const std::string& peer);

  const Clock& clock_;
  const std::shared_ptr<SessionShelf> sessions_;
  const std::string salt_;  // of remembered credentials: random, of this run
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessSettings> settings_;
  std::string remembered_;  // salted hash of the credentials that verified last: scrypt is for strangers
  std::map<std::string, std::deque<std::chrono::nanoseconds>> failures_;  // by peer address
  std::mutex verifying_;                                                  // one scrypt at a time: each takes 16 MiB
  std::atomic<uint64_t> failed_{0}, limited_{0}, foreign_{0}, scope_{0}, logins_{0};
};

}  // namespace monitorai::serve

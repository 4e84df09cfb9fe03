#pragma once
// Who may come in. With a password or tokens, every request needs HTTP Basic or a Bearer token, but for the health checks. Without them
// (loopback listeners only) the request must have been meant for this machine: a page elsewhere on the web may make a browser send
// requests here, so foreign Host names (DNS rebinding) and cross-site writes are refused. WebSockets are not bound by the same-origin policy, so
// one that a page of another origin opens is refused with a password too. Thread-safe.

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "net/http.h"

namespace monitorai::serve {

inline constexpr size_t kFailuresMax = 10;                  ///< of one peer address within ...
inline constexpr std::chrono::seconds kFailuresWindow{60};  ///< ... this time; then 429
inline constexpr size_t kFailingPeersMax = 1024;            ///< the peer that was quiet longest is forgotten for a new one
inline constexpr size_t kCredentialsBytesMax = 4096;

struct AccessSettings {
  std::string user;
  std::string password_hash;  ///< "" for none
  struct Token {
    std::string name;
    std::string sha256;
  };
  std::vector<Token> tokens;
  bool open() const { return password_hash.empty() && tokens.empty(); }
};

struct AccessCounts {
  uint64_t failed = 0;   ///< wrong or missing credentials
  uint64_t limited = 0;  ///< answered 429
  uint64_t foreign = 0;  ///< foreign Host or cross-site
};

class Access {
 public:
  Access(AccessSettings settings, const Clock& clock);
  /// From the next request on.
  void configure(AccessSettings settings);
  /// nullopt: let it in; otherwise the answer.
  std::optional<net::HttpResponse> check(const net::HttpRequest& request);
  AccessCounts counts() const;

 private:
  std::optional<net::HttpResponse> check_origin(const net::HttpRequest& request);
  bool known(const AccessSettings& settings, std::string_view authorization) const;
  bool verify(const AccessSettings& settings, std::string_view authorization);
  bool is_limited(const std::string& peer);
  void note_failure(const std::string& peer);

  const Clock& clock_;
  const std::string salt_;  // of remembered credentials: random, of this run
  mutable std::mutex mutex_;
  std::shared_ptr<const AccessSettings> settings_;
  std::string remembered_;  // salted hash of the credentials that verified last: scrypt is for strangers
  std::map<std::string, std::deque<std::chrono::nanoseconds>> failures_;  // by peer address
  std::mutex verifying_;                                                  // one scrypt at a time: each takes 16 MiB
  std::atomic<uint64_t> failed_{0}, limited_{0}, foreign_{0};
};

}  // namespace monitorai::serve

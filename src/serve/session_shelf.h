#pragma once
// Where the sessions of logged-in people are kept: a port, so that serve/ needs no database. Only hashes of what the browsers hold are
// kept: whoever reads the file cannot log in with it. Thread: any.

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::serve {

inline constexpr size_t kSessionsMax = 1000;                 ///< the oldest leaves for a new one
inline constexpr std::chrono::hours kSessionLife{24 * 30};   ///< from the login on

struct Session {
  std::string user;
  std::string credentials;  ///< digest of the user and password hash that opened it: another password ends it
  TimeMs expires;
};

class SessionShelf {
 public:
  virtual ~SessionShelf() = default;
  /// `digest` is the SHA-256 of the token that the browser holds. Expired sessions leave.
  virtual Result<void> add(const std::string& digest, const Session& session) = 0;
  /// nullopt when there is none, or it has expired.
  virtual Result<std::optional<Session>> find(const std::string& digest) = 0;
  virtual Result<void> remove(const std::string& digest) = 0;
};

}  // namespace monitorai::serve

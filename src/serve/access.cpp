#include "serve/access.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "serve/password.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

std::string_view host_of(std::string_view address) {
  const size_t colon = address.rfind(':');
  return colon == std::string_view::npos ? address : address.substr(0, colon);
}

/// The host of a Host header, without its port and brackets.
std::string host_name(std::string_view header) {
  if (header.starts_with('[')) return std::string(header.substr(1, header.find(']') - 1));
  return lower(header.substr(0, header.rfind(':')));
}

std::string own_name() {
  char name[256] = "";
  return ::gethostname(name, sizeof name - 1) == 0 ? lower(name) : std::string();
}

/// A page elsewhere can only reach us under a name that its owner can register: not an address, not a name without a dot, not the
/// reserved .localhost and .internal (containers know their host as host.docker.internal).
bool names_this_machine(std::string_view header) {
  const std::string host = host_name(header);
  unsigned char address[16];
  return host.find('.') == std::string::npos || host.ends_with(".localhost") || host.ends_with(".internal") || host == own_name() ||
         inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
}

std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFFu);
    }
  }
  return out;
}

/// What follows the scheme ("Basic ", in any case) or nullopt.
std::optional<std::string_view> credentials(std::string_view authorization, std::string_view scheme) {
  if (!starts_with_ignoring_case(authorization, scheme)) return std::nullopt;
  return trim(authorization.substr(scheme.size()));
}

/// Browsers name the page's origin, "https://host:port"; other clients name none.
bool opens_from_elsewhere(const HttpRequest& request) {
  const std::string_view origin = request.header("origin");
  if (origin.empty() || !net::asks_for_web_socket(request)) return false;
  const size_t scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos || lower(origin.substr(scheme_end + 3)) != lower(request.header("host"));
}

HttpResponse refuse(int status, std::string text) {
  HttpResponse response = HttpResponse::text(status, std::move(text));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

}  // namespace

Access::Access(AccessSettings settings, const Clock& clock) : clock_(clock), salt_(random_hex(32)) { configure(std::move(settings)); }

void Access::configure(AccessSettings settings) {
  auto next = std::make_shared<const AccessSettings>(std::move(settings));
  const std::lock_guard lock(mutex_);
  settings_ = std::move(next);
  remembered_.clear();
}

AccessCounts Access::counts() const { return {failed_, limited_, foreign_}; }

std::optional<HttpResponse> Access::check_origin(const HttpRequest& request) {
  const bool writes = request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
  const std::string_view site = request.header("sec-fetch-site");
  if (!names_this_machine(request.header("host"))) {
    ++foreign_;
    return refuse(403, "this Host name is not served without a password: set auth.password_hash, or use the address\n");
  }
  if (writes && !site.empty() && site != "same-origin" && site != "none") {
    ++foreign_;
    return refuse(403, "a page of another site sent this request\n");
  }
  return std::nullopt;
}

bool Access::known(const AccessSettings& settings, std::string_view authorization) const {
  if (const auto token = credentials(authorization, "Bearer ")) {
    const std::string hash = sha256_hex(*token);
    bool found = false;
    for (const auto& one : settings.tokens) found |= equal_in_constant_time(hash, lower(one.sha256));
    return found;
  }
  const std::string hash = sha256_hex(salt_ + std::string(authorization));
  const std::lock_guard lock(mutex_);
  return !remembered_.empty() && equal_in_constant_time(hash, remembered_);
}

bool Access::verify(const AccessSettings& settings, std::string_view authorization) {
  const auto basic = credentials(authorization, "Basic ");
  if (!basic || settings.password_hash.empty()) return false;
  const auto pair = from_base64(*basic);
  const size_t colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return false;
  bool right = false;
  {
    const std::lock_guard one(verifying_);
    right = verify_password(std::string_view(*pair).substr(colon + 1), settings.password_hash);
  }
  // Both are looked at whatever the other says: a wrong name takes as long as a wrong password.
  right &= equal_in_constant_time(sha256_hex(pair->substr(0, colon)), sha256_hex(settings.user));
  if (!right) return false;
  const std::string hash = sha256_hex(salt_ + std::string(authorization));
  const std::lock_guard lock(mutex_);
  if (settings_.get() == &settings) remembered_ = hash;
  return true;
}

bool Access::is_limited(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(peer);
  if (found == failures_.end()) return false;
  while (!found->second.empty() && clock_.monotonic() - found->second.front() > kFailuresWindow) found->second.pop_front();
  return found->second.size() >= kFailuresMax;
}

void Access::note_failure(const std::string& peer) {
  ++failed_;
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kFailingPeersMax && !failures_.contains(peer)) {
    const auto quietest = std::min_element(failures_.begin(), failures_.end(), [](const auto& a, const auto& b) {
      return a.second.empty() || (!b.second.empty() && a.second.back() < b.second.back());
    });
    failures_.erase(quietest);
  }
  auto& times = failures_[peer];
  times.push_back(clock_.monotonic());
  if (times.size() > kFailuresMax) times.pop_front();
  if (times.size() == kFailuresMax) log::warn("too many wrong passwords", {{"peer", peer}, {"window", kFailuresWindow.count()}});
}

std::optional<HttpResponse> Access::check(const HttpRequest& request) {
  if (request.path == "/-/healthy" || request.path == "/-/ready") return std::nullopt;
  if (opens_from_elsewhere(request)) {
    ++foreign_;
    return refuse(403, "a page of another site opens this WebSocket\n");
  }
  std::shared_ptr<const AccessSettings> settings;
  {
    const std::lock_guard lock(mutex_);
    settings = settings_;
  }
  if (settings->open()) return check_origin(request);
  const std::string_view authorization = request.header("authorization").substr(0, kCredentialsBytesMax);
  if (!authorization.empty() && known(*settings, authorization)) return std::nullopt;
  const std::string peer(host_of(request.peer));
  if (is_limited(peer)) {
    ++limited_;
    HttpResponse response = refuse(429, "too many wrong passwords: wait a minute\n");
    response.headers.emplace_back("Retry-After", fmt::format("{}", kFailuresWindow.count()));
    return response;
  }
  if (!authorization.empty()) {
    if (verify(*settings, authorization)) return std::nullopt;
    note_failure(peer);  // a request without credentials is how a browser asks for the prompt: no failure
  }
  HttpResponse response = refuse(401, "a password or a token is needed\n");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"MonitorAI\", charset=\"UTF-8\"");
  return response;
}

}  // namespace monitorai::serve

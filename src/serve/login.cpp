#include "serve/login.h"

#include "serve/fresh_json.h"

namespace monitorai::serve {
namespace {

using net::HttpRequest;
using net::HttpResponse;

std::string cookie(std::string_view token, std::chrono::seconds life, bool secure) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", kSessionCookie, token, life.count(), secure ? "; Secure" : "");
}

int status_of(Code code) { return code == Code::invalid ? 401 : code == Code::exhausted ? 429 : 503; }

HttpResponse log_in(Access& access, const HttpRequest& request) {
  // Of the body alone: a password in a URL ends up in logs.
  std::string user, password;
  for (auto& [name, value] : net::parse_query(request.body)) {
    if (name == "user") user = std::move(value);
    if (name == "password") password = std::move(value);
  }
  const auto token = access.log_in(request.peer, user, password);
  if (!token) {
    HttpResponse refused = fresh_error(status_of(token.error().code), token.error().message);
    if (refused.status == 429) refused.headers.emplace_back("Retry-After", fmt::format("{}", kFailuresWindow.count()));
    return refused;
  }
  HttpResponse response = fresh_json(200, "{}");
  response.headers.emplace_back("Set-Cookie", cookie(*token, kSessionLife, access.is_secure()));
  return response;
}

}  // namespace

void add_login_endpoints(net::Router& router, std::shared_ptr<Access> access) {
  router.add("POST", "/api/v1/login", [access](const HttpRequest& request) { return log_in(*access, request); });
  router.add("POST", "/api/v1/logout", [access](const HttpRequest& request) {
    access->log_out(request);
    HttpResponse response = fresh_json(200, "{}");
    response.headers.emplace_back("Set-Cookie", cookie("", std::chrono::seconds{0}, access->is_secure()));
    return response;
  });
  router.add("GET", "/api/v1/session", [access](const HttpRequest& request) {
    JsonWriter out;
    out.begin_object().field("needed", access->needs_login()).field("user", access->session_user(request)).end_object();
    return fresh_json(200, out.take());
  });
}

}  // namespace monitorai::serve

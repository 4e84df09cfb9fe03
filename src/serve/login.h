#pragma once
// Logging in and out by browser. POST /api/v1/login takes a form with `user` and `password` and sets the session's cookie; POST
// /api/v1/logout ends the session; GET /api/v1/session tells who is there. The cookie is HttpOnly and SameSite=Lax, and Secure over TLS;
// what else keeps other sites out is in access.h.

#include "net/http.h"
#include "serve/access.h"

namespace monitorai::serve {

void add_login_endpoints(net::Router& router, std::shared_ptr<Access> access);

}  // namespace monitorai::serve

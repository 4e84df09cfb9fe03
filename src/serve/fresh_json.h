#pragma once
// The JSON answers of the program's own endpoints: what they tell is true now, so nobody on the way may keep them.

#include <string>
#include <string_view>
#include <utility>

#include "net/http.h"
#include "serve/json_writer.h"

namespace monitorai::serve {

inline net::HttpResponse fresh_json(int status, std::string body) {
  net::HttpResponse response = net::HttpResponse::json(status, std::move(body));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

/// {"error": "..."}
inline net::HttpResponse fresh_error(int status, std::string_view message) {
  JsonWriter out;
  return fresh_json(status, out.begin_object().field("error", message).end_object().take());
}

}  // namespace monitorai::serve

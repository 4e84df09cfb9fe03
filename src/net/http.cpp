#include "net/http.h"

#include <fmt/format.h>
#include <algorithm>

#include "base/text.h"

namespace monitorai::net {
namespace {

std::string_view find(const Parameters& parameters, std::string_view name) {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

constexpr int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path.substr(path.starts_with('/') ? 1 : 0), '/')) parts.emplace_back(part);
  return parts;
}

bool is_parameter(std::string_view part) { return part.size() > 2 && part.front() == '{' && part.back() == '}'; }
bool is_rest(std::string_view part) { return is_parameter(part) && part.ends_with("...}"); }

/// How well a pattern fits: the count of literal parts, -1 where it does not fit.
int fit(const std::vector<std::string>& pattern, const std::vector<std::string>& path, Parameters& taken) {
  int literals = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (is_rest(pattern[i])) {
      std::string rest;
      for (size_t j = i; j < path.size(); ++j) rest += (j == i ? "" : "/") + path[j];
      taken.emplace_back(pattern[i].substr(1, pattern[i].size() - 5), rest);
      return literals;
    }
    if (i >= path.size()) return -1;
    if (is_parameter(pattern[i])) {
      if (path[i].empty()) return -1;
      taken.emplace_back(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
    } else if (pattern[i] == path[i]) {
      ++literals;
    } else {
      return -1;
    }
  }
  return pattern.size() == path.size() ? literals : -1;
}

bool method_fits(const std::string& route, const std::string& method) {
  return route.empty() || route == method || (route == "GET" && method == "HEAD");
}

}  // namespace

std::string_view HttpRequest::header(std::string_view name) const { return find(headers, name); }
std::string_view HttpRequest::path_parameter(std::string_view name) const { return find(path_parameters, name); }

Parameters HttpRequest::parameters() const {
  Parameters all = query;
  if (header("content-type").starts_with("application/x-www-form-urlencoded")) {
    Parameters form = parse_query(body);
    all.insert(all.end(), std::make_move_iterator(form.begin()), std::make_move_iterator(form.end()));
  }
  return all;
}

void Router::add(std::string method, std::string pattern, HttpHandler handler) {
  MAI_CHECK(pattern.starts_with('/'));
  routes_.push_back({std::move(method), parts_of(pattern), std::move(handler)});
}

HttpResponse Router::route(HttpRequest& request) const {
  const std::vector<std::string> path = parts_of(request.path);
  const Route* best = nullptr;
  int best_fit = -1;
  Parameters best_taken;
  std::vector<std::string> allowed;
  for (const Route& route : routes_) {
    Parameters taken;
    const int literals = fit(route.parts, path, taken);
    if (literals < 0) continue;
    if (!method_fits(route.method, request.method)) {
      allowed.push_back(route.method);
      continue;
    }
    if (literals > best_fit) {
      best_fit = literals;
      best = &route;
      best_taken = std::move(taken);
    }
  }
  if (best != nullptr) {
    request.path_parameters = std::move(best_taken);
    return best->handler(request);
  }
  if (allowed.empty()) return HttpResponse::text(404, fmt::format("nothing is served at {}\n", request.path));
  std::sort(allowed.begin(), allowed.end());
  allowed.erase(std::unique(allowed.begin(), allowed.end()), allowed.end());
  HttpResponse refused = HttpResponse::text(405, fmt::format("{} is not allowed here\n", request.method));
  refused.headers.emplace_back("Allow", join(allowed, ", "));
  return refused;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[i] == '%') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) return std::nullopt;
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

Parameters parse_query(std::string_view query) {
  Parameters out;
  if (query.empty()) return out;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    out.emplace_back(percent_decode(name, true).value_or(std::string(name)), percent_decode(value, true).value_or(std::string(value)));
  }
  return out;
}

}  // namespace monitorai::net

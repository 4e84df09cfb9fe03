#include "serve/ui/pages.h"

#include <fmt/format.h>

#include "base/text.h"
#include "net/content_encoding.h"

namespace monitorai::serve {
namespace {

/// As web/src/App.tsx names them.
constexpr std::array<std::string_view, 13> kPages{
    "/", "/alerts", "/quality", "/dashboards", "/dashboards/{uid}", "/processes", "/processes/{pid}", "/explore", "/explore/metrics", "/explore/logs", "/traces", "/traces/{id}", "/status"};

/// If-None-Match (RFC 9110 section 13.1.2): a list of tags, weak ones too, or "*".
bool matches_tag(std::string_view header, std::string_view tag) {
  for (std::string_view one : split(header, ',')) {
    one = trim(one);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == tag || one == "*") return true;
  }
  return false;
}

net::HttpResponse respond(const Asset& asset, const net::HttpRequest& request) {
  const bool gzip = net::accepts_gzip(request.header("accept-encoding"));
  // The two forms of one file have two tags: a cache between us may hold both.
  const std::string tag = fmt::format("\"{}{}\"", asset.digest, gzip ? "-gz" : "");
  net::HttpResponse response{.content_type = std::string(asset.content_type)};
  response.headers = {{"ETag", tag},
                      {"Vary", "Accept-Encoding"},
                      {"Cache-Control", asset.is_hashed ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Content-Security-Policy", std::string(kPagePolicy)},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  if (matches_tag(request.header("if-none-match"), tag)) {
    response.status = 304;
    return response;
  }
  if (gzip) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = asset.gzip;
    return response;
  }
  auto plain = net::gunzip(asset.gzip, asset.bytes);
  if (!plain) return net::HttpResponse::text(500, fmt::format("cannot read {}: {}\n", asset.path, plain.error().message));
  response.body = std::move(*plain);
  return response;
}

}  // namespace

bool is_page(std::string_view path) {
  return std::any_of(kPages.begin(), kPages.end(), [&](std::string_view page) {
    const size_t open = page.find('{');
    if (open == std::string_view::npos) return path == page;
    return path.size() > open && path.starts_with(page.substr(0, open)) && path.find('/', open) == std::string_view::npos;
  });
}

void add_pages(net::Router& router, std::span<const Asset> assets) {
  for (const Asset& asset : assets) {
    const auto serve = [&asset](const net::HttpRequest& request) { return respond(asset, request); };
    router.add("GET", std::string(asset.path), serve);
    if (asset.path == "/favicon.svg") router.add("GET", "/favicon.ico", serve);
    if (asset.path != "/index.html") continue;
    for (const std::string_view page : kPages) router.add("GET", std::string(page), serve);
  }
}

}  // namespace monitorai::serve

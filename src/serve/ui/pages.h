#pragma once
// The pages of the web UI on the main listener: their files, and the one document behind every address that the browser's router knows.
// Thread: any, after add_pages().

#include "net/http.h"
#include "serve/ui/assets.h"

namespace monitorai::serve {

/// What a page may load: our own files, and data: images. Styles may be inline: Mantine and CodeMirror write theirs so.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// True for the address of a page.
bool is_page(std::string_view path);

/// GET for each asset, and "/index.html" at "/" and at the addresses of pages ("/processes/4711"). Nothing else: an address of an API that
/// does not exist stays a 404. `assets` must outlive the router.
void add_pages(net::Router& router, std::span<const Asset> assets);

}  // namespace monitorai::serve

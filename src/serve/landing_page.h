#pragma once
// The page at `/`: what is served where, and the LLM processes as they are now. Self-contained, with a policy that lets nothing else load.

#include "net/http.h"

namespace monitorai::serve {

/// GET /, /landing.js, /landing.css and the icon.
void add_landing_page(net::Router& router);

}  // namespace monitorai::serve

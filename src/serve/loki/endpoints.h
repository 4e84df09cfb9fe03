#pragma once
// The groups of endpoints that make up Loki's API; api.cpp registers them all.

#include "serve/loki/answers.h"
#include "serve/loki/api.h"
#include "serve/loki/parameters.h"

namespace monitorai::serve {

using LokiPointer = std::shared_ptr<const LokiApi>;
/// Answers a request, or refuses it.
using LokiHandler = std::function<Result<net::HttpResponse, LokiError>(const LokiApi&, const net::HttpRequest&)>;

void add_loki_route(net::Router& router, const LokiPointer& api, const std::string& method, const std::string& path, LokiHandler handler);
/// GET and POST, as Loki offers them where parameters can be long.
void add_loki_query_route(net::Router& router, const LokiPointer& api, const std::string& path, const LokiHandler& handler);

/// The matchers of a selector parameter; "" selects all.
Result<std::vector<signals::Matcher>, LokiError> loki_selector(const LokiApi& api, std::string_view text);

void add_loki_query_endpoints(net::Router& router, const LokiPointer& api);     ///< query, query_range, format_query, tail
void add_loki_label_endpoints(net::Router& router, const LokiPointer& api);     ///< labels, label values, series
void add_loki_index_endpoints(net::Router& router, const LokiPointer& api);     ///< index/stats, index/volume, index/volume_range
void add_loki_detected_endpoints(net::Router& router, const LokiPointer& api);  ///< detected_labels, detected_fields, patterns
void add_loki_status_endpoints(net::Router& router, const LokiPointer& api);    ///< status/buildinfo, ready, rules

}  // namespace monitorai::serve

#pragma once
// The groups of endpoints that make up the Prometheus API; api.cpp registers them all.

#include "serve/prometheus/answers.h"
#include "serve/prometheus/api.h"
#include "serve/prometheus/parameters.h"

namespace monitorai::serve {

using ApiPointer = std::shared_ptr<const PrometheusApi>;
/// Answers a request, or refuses it.
using ApiHandler = std::function<Result<net::HttpResponse, ApiError>(const PrometheusApi&, const net::HttpRequest&)>;

void add_api_route(net::Router& router, const ApiPointer& api, const std::string& method, const std::string& path, ApiHandler handler);
/// GET and POST, as Prometheus offers them where parameters can be long.
void add_api_query_route(net::Router& router, const ApiPointer& api, const std::string& path, const ApiHandler& handler);

std::string_view metric_type_name(signals::MetricType type);

void add_query_endpoints(net::Router& router, const ApiPointer& api);   ///< query, query_range, query_exemplars, format_query, parse_query
void add_series_endpoints(net::Router& router, const ApiPointer& api);  ///< series, labels, label values, metadata
void add_target_endpoints(net::Router& router, const ApiPointer& api);  ///< targets, targets/metadata, scrape_pools, alertmanagers
void add_rule_endpoints(net::Router& router, const ApiPointer& api);    ///< rules, alerts
/// What add_ruler_api() adds: /loki/api/v1/rules, /prometheus/api/v1/rules, /prometheus/api/v1/alerts.
void add_ruler_endpoints(net::Router& router, const ApiPointer& api);
void add_status_endpoints(net::Router& router, const ApiPointer& api);  ///< status/*, admin/tsdb/*
void add_federation(net::Router& router, const ApiPointer& api);        ///< /federate

}  // namespace monitorai::serve

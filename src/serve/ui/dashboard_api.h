#pragma once
// People's own dashboards over HTTP: /api/v1/dashboards. Grafana's JSON in and out; each save names the version it is based on, so that of
// two tabs the second is told and nothing is lost. Thread: any, after add_dashboard_api().

#include <memory>

#include "net/http.h"
#include "serve/ui/dashboard_shelf.h"

namespace monitorai::serve {

inline constexpr size_t kDashboardUidBytesMax = 40;

/// GET /api/v1/dashboards            {"dashboards":[{"uid","title","version","saved"}]}
/// GET /api/v1/dashboards/{uid}      {"uid","title","version","saved","versions":[...],"dashboard":{...}}; ?version=N for an older one
/// PUT /api/v1/dashboards/{uid}?based_on=N   the dashboard as the body; 200 {"version"}, 409 {"error","version"} when N is not the newest
/// DELETE /api/v1/dashboards/{uid}
void add_dashboard_api(net::Router& router, std::shared_ptr<DashboardShelf> shelf);

/// What a body has to be: an object with a list "panels", of at most kDashboardBytesMax. The title, "" for none.
Result<std::string> dashboard_title(std::string_view json);
/// Grafana's: 1 to 40 letters, digits, '-' and '_'.
bool is_dashboard_uid(std::string_view uid);

}  // namespace monitorai::serve

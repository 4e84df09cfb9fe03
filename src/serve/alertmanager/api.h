#pragma once
// Alertmanager's API v2 over our notifier, so that amtool and other clients of Alertmanager work on us, and what it does not have: the
// delivery log and acknowledgements. Handlers run on the HTTP workers and keep no state.

#include "forward/notify/notifier.h"
#include "net/http.h"

namespace monitorai::serve {

inline constexpr size_t kPostedAlertsMax = 10'000;  ///< in one request
inline constexpr size_t kDeliveriesAnsweredMax = 1000;
inline constexpr size_t kDeliveriesAnswered = 100;  ///< where no limit is asked for

/// Answers a request in our place, where a real Alertmanager keeps silences and notifies; nullopt: it is ours to answer.
using Relay = std::function<std::optional<net::HttpResponse>(const net::HttpRequest&)>;

/// GET  /api/v2/status, /api/v2/receivers
/// GET  /api/v2/alerts ?active &silenced &inhibited &unprocessed &filter &receiver      POST /api/v2/alerts
/// GET  /api/v2/alerts/groups, likewise
/// GET  /api/v2/silences ?filter     POST /api/v2/silences     GET, DELETE /api/v2/silence/{id}
/// GET  /api/v1/deliveries ?limit &before &state &receiver
/// GET  /api/v1/acknowledgements: whether they are offered ("offered"; a relay says false, with its "reason"), and those there are
/// POST /api/v1/acknowledgements {fingerprint, by, comment}      DELETE /api/v1/acknowledgements/{fingerprint}
/// The notifier outlives the router.
void add_alertmanager_api(net::Router& router, forward::Notifier& notifier, Relay relay = {});

}  // namespace monitorai::serve

#pragma once
// How a target of scrape_configs is asked: HTTP GET with the job's authentication, TLS, redirects and body limit.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "collect/scrape/scrape_settings.h"
#include "collect/scrape/target.h"

namespace monitorai::collect {

struct ScrapeAnswer {
  std::string body;
  std::string content_type;
};

/// Asks one target. Called on a worker thread, one call at a time for one target; must return soon after stop is requested.
using Fetch = std::function<Result<ScrapeAnswer>(const Target&, std::stop_token)>;

/// Any status but 200 is an error. Connections are kept alive between scrapes of a target.
Fetch http_fetch(std::shared_ptr<const ScrapeSettings> job);

}  // namespace monitorai::collect

#include "collect/scrape/http_fetch.h"

#include <mutex>

#include "base/files.h"
#include "base/text.h"
#include "net/http_client.h"

namespace monitorai::collect {
namespace {

constexpr size_t kSecretFileBytesMax = 64 * 1024;
constexpr size_t kBodyBytesMaxDefault = 64 * 1024 * 1024;
constexpr int kRedirectsMax = 10;
constexpr std::string_view kAccept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

/// A value given directly, or the content of a file, read at each use so that it may be rotated.
Result<std::string> secret(const std::string& value, const std::string& file) {
  if (file.empty()) return value;
  MAI_TRY_ASSIGN(const std::string bytes, read_file(file, kSecretFileBytesMax));
  return std::string(trim(bytes));
}

Result<net::HttpClientSettings> client_settings(const ScrapeSettings& job, const Target& target) {
  net::HttpClientSettings settings;
  settings.total_timeout = target.timeout;
  settings.connect_timeout = target.timeout;
  settings.body_bytes_max = job.limits.body_bytes_max == 0 ? kBodyBytesMaxDefault : job.limits.body_bytes_max;
  settings.redirects_max = job.follow_redirects ? kRedirectsMax : 0;
  settings.ca_file = job.tls.ca_file;
  settings.tls_server_name = job.tls.server_name;
  settings.insecure_skip_verify = job.tls.insecure_skip_verify;
  settings.certificate_file = job.tls.cert_file;
  settings.key_file = job.tls.key_file;
  if (job.basic_auth) {
    settings.user = job.basic_auth->username;
    MAI_TRY_ASSIGN(settings.password, secret(job.basic_auth->password, job.basic_auth->password_file));
  }
  return settings;
}

/// The clients of a job, one a target, so that connections stay open between scrapes. A client is out while it is used.
class Clients {
 public:
  std::unique_ptr<net::HttpClient> take(const std::string& url) {
    const std::lock_guard lock(mutex_);
    return std::exchange(idle_[url], nullptr);
  }
  void give_back(const std::string& url, std::unique_ptr<net::HttpClient> client) {
    const std::lock_guard lock(mutex_);
    idle_[url] = std::move(client);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<net::HttpClient>> idle_;
};

Result<net::Parameters> request_headers(const ScrapeSettings& job, const Target& target) {
  net::Parameters headers{{"Accept", std::string(kAccept)},
                          {"X-Prometheus-Scrape-Timeout-Seconds", format_number(std::chrono::duration<double>(target.timeout).count())}};
  if (job.authorization) {
    MAI_TRY_ASSIGN(const std::string credentials, secret(job.authorization->credentials, job.authorization->credentials_file));
    headers.emplace_back("Authorization", job.authorization->type + " " + credentials);
  }
  return headers;
}

}  // namespace

Fetch http_fetch(std::shared_ptr<const ScrapeSettings> job) {
  return [job = std::move(job), clients = std::make_shared<Clients>()](const Target& target, const std::stop_token& stop) -> Result<ScrapeAnswer> {
    MAI_TRY_ASSIGN(const net::Parameters headers, request_headers(*job, target));
    std::unique_ptr<net::HttpClient> client = clients->take(target.url);
    if (!client) {
      MAI_TRY_ASSIGN(net::HttpClientSettings settings, client_settings(*job, target));
      client = std::make_unique<net::HttpClient>(std::move(settings));
    }
    auto response = client->get(target.url, headers, stop);
    // A client that failed is thrown away: the next scrape reads rotated passwords and certificates.
    if (!response) return std::move(response).error();
    if (response->status != 200) return Error{Code::unavailable, fmt::format("server returned HTTP status {}", response->status)};
    clients->give_back(target.url, std::move(client));
    std::string content_type(response->header("content-type"));
    return ScrapeAnswer{std::move(response->body), std::move(content_type)};
  };
}

}  // namespace monitorai::collect

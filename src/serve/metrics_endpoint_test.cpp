#include "serve/metrics_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_counters.h"
#include "serve/exposition/exposition.h"
#include "serve/health.h"
#include "serve/own_metrics.h"

namespace monitorai::serve {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<signals::MetricFamily> family(std::string name, double value) {
  signals::MetricFamily made{.name = std::move(name), .help = "x"};
  made.gauge({}, value);
  return {made};
}

class Endpoint : public testing::Test {
 protected:
  void publish() {
    auto observation = std::make_shared<Observation>();
    observation->processes = std::make_shared<signals::ProcessSnapshot>();
    observation->gpus = std::make_shared<signals::GpuSnapshot>();
    observation->process_families = family("llm_process", 1);
    observation->gpu_families = family("nvidia_gpu", 2);
    observation->scan_families = family("monitorai_scan", 3);
    observations_->publish(observation);
  }
  net::HttpResponse get(const net::Router& router, const std::string& path, const std::string& accept = "") {
    net::HttpRequest request{
        .method = "GET", .path = path, .query = {}, .headers = {{"accept", accept}}, .body = {}, .path_parameters = {}};
    return router.route(request);
  }
  std::shared_ptr<PublishedObservation> observations_ = std::make_shared<PublishedObservation>();
};

TEST_F(Endpoint, shows_what_its_role_is) {
  publish();
  const auto f = [&](MetricsChoice choice) {
    net::Router router;
    add_metrics_endpoint(router, observations_, std::move(choice));
    return get(router, "/metrics").body;
  };
  EXPECT_EQ(f({.processes = true}), "# HELP llm_process x\n# TYPE llm_process gauge\nllm_process 1\n");
  EXPECT_EQ(f({.gpus = true}), "# HELP nvidia_gpu x\n# TYPE nvidia_gpu gauge\nnvidia_gpu 2\n");
  const std::string all = f({.processes = true, .gpus = true, .own = [] { return family("monitorai_own", 4); }});
  for (const std::string_view line : {"llm_process 1\n", "nvidia_gpu 2\n", "monitorai_scan 3\n", "monitorai_own 4\n"})
    EXPECT_THAT(all, HasSubstr(std::string(line)));
}

TEST_F(Endpoint, ends_open_metrics_once) {
  publish();
  net::Router router;
  add_metrics_endpoint(router, observations_, {.processes = true, .gpus = true, .own = [] { return family("monitorai_own", 4); }});
  const auto response = get(router, "/metrics", "application/openmetrics-text;version=1.0.0");
  EXPECT_THAT(response.content_type, HasSubstr("application/openmetrics-text"));
  EXPECT_EQ(response.body.find("# EOF\n"), response.body.size() - 6);
}

TEST_F(Endpoint, is_empty_and_well_before_the_first_scan) {
  net::Router router;
  add_metrics_endpoint(router, observations_, {.processes = true});
  EXPECT_EQ(get(router, "/metrics").status, 200);
  EXPECT_EQ(get(router, "/metrics").body, "");
  EXPECT_EQ(get(router, "/metrics", "application/openmetrics-text").body, "# EOF\n");
}

TEST_F(Endpoint, is_ready_after_the_first_scan) {
  net::Router router;
  add_health_endpoints(router, observations_, [] { return std::string(); });
  add_snapshot_endpoints(router, observations_);
  const auto f = [&](const std::string& path) { return get(router, path).status; };
  EXPECT_EQ(f("/-/healthy"), 200);
  EXPECT_EQ(f("/-/ready"), 503);
  EXPECT_EQ(f("/api/v1/processes"), 503);
  EXPECT_EQ(f("/api/v1/gpus"), 503);
  publish();
  EXPECT_EQ(f("/-/ready"), 200);
  EXPECT_EQ(f("/api/v1/processes"), 200);
  EXPECT_EQ(f("/api/v1/gpus"), 200);
}

TEST_F(Endpoint, says_why_a_reload_failed) {
  std::string errors;
  net::Router router;
  add_health_endpoints(router, observations_, [&] { return errors; });
  const auto f = [&] {
    net::HttpRequest request{.method = "POST", .path = "/-/reload", .query = {}, .headers = {}, .body = {}, .path_parameters = {}};
    return router.route(request);
  };
  EXPECT_EQ(f().status, 200);
  errors = "m.yml:1: unknown key a";
  EXPECT_EQ(f().status, 500);
  EXPECT_THAT(f().body, HasSubstr("m.yml:1: unknown key a"));
}

TEST(OwnMetrics, tell_of_this_process) {
  std::vector<signals::MetricFamily> families;
  append_program_families(families, {1'700'000'000'500});
  append_log_families(families);
  net::HttpCounts counts;
  counts.responses[1] = 7;
  append_http_families(families, counts);
  const std::string text = to_prometheus_text(families);
  for (const std::string_view part :
       {"monitorai_build_info{version=\"", "process_start_time_seconds 1700000000.5\n", "process_resident_memory_bytes ",
        "process_virtual_memory_bytes ", "process_open_fds ", "process_max_fds ", "process_cpu_seconds_total ",
        "monitorai_log_messages_total{level=\"error\"} ", "monitorai_http_responses_total{class=\"2xx\"} 7\n",
        "monitorai_http_rejected_total{reason=\"bad_request\"} 0\n"})
    EXPECT_THAT(text, HasSubstr(std::string(part)));
  EXPECT_THAT(text, Not(HasSubstr("NaN")));
}

}  // namespace
}  // namespace monitorai::serve

#include "serve/own_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/text.h"

namespace monitorai::serve {
namespace {

using signals::MetricFamily;
using signals::MetricType;

MetricFamily gauge(std::string name, std::string help, double value, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::gauge, .unit = std::move(unit)};
  family.gauge({}, value);
  return family;
}

MetricFamily counter(std::string name, std::string help, double value, std::string unit = {}) {
  MetricFamily family{.name = std::move(name), .help = std::move(help), .type = MetricType::counter, .unit = std::move(unit)};
  family.counter({}, value);
  return family;
}

double number(uint64_t value) { return static_cast<double>(value); }

void append_memory(std::vector<MetricFamily>& out) {
  const auto statm = read_file("/proc/self/statm", 4096);
  if (!statm) return;
  const auto fields = split(trim(*statm), ' ');
  const auto page = number(static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  if (fields.size() < 2) return;
  if (const auto pages = parse_number(fields[0]))
    out.push_back(gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", *pages * page, "bytes"));
  if (const auto pages = parse_number(fields[1]))
    out.push_back(gauge("process_resident_memory_bytes", "Resident memory size in bytes.", *pages * page, "bytes"));
}

void append_files(std::vector<MetricFamily>& out) {
  std::error_code failed;
  size_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end; at.increment(failed)) ++open;
  // The listing itself holds one.
  if (!failed) out.push_back(gauge("process_open_fds", "Number of open file descriptors.", number(open - std::min<size_t>(open, 1))));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.push_back(gauge("process_max_fds", "Maximum number of open file descriptors.", number(limit.rlim_cur)));
}

}  // namespace

void append_program_families(std::vector<MetricFamily>& out, TimeMs started) {
  MetricFamily build{.name = "monitorai_build", .help = "The version of this program.", .type = MetricType::info};
  build.info({{"version", MAI_VERSION}});
  out.push_back(std::move(build));
  rusage use{};
  if (getrusage(RUSAGE_SELF, &use) == 0) {
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    out.push_back(counter("process_cpu_seconds", "Total user and system CPU time spent in seconds.",
                          seconds(use.ru_utime) + seconds(use.ru_stime), "seconds"));
  }
  out.push_back(gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.",
                      static_cast<double>(started.ms) / 1000, "seconds"));
  append_memory(out);
  append_files(out);
}

void append_log_families(std::vector<MetricFamily>& out) {
  MetricFamily lines{
      .name = "monitorai_log_messages", .help = "Lines that this program wrote to its own log.", .type = MetricType::counter};
  lines.counter({{"level", "debug"}}, number(log::lines_written(log::Level::debug)));
  lines.counter({{"level", "info"}}, number(log::lines_written(log::Level::info)));
  lines.counter({{"level", "warn"}}, number(log::lines_written(log::Level::warn)));
  lines.counter({{"level", "error"}}, number(log::lines_written(log::Level::error)));
  out.push_back(std::move(lines));
}

void append_http_families(std::vector<MetricFamily>& out, const net::HttpCounts& counts) {
  out.push_back(
      counter("monitorai_http_connections_accepted", "Connections accepted by the HTTP server.", number(counts.connections_accepted)));
  out.push_back(gauge("monitorai_http_connections_open", "Connections that are open now.", number(counts.connections_open)));
  MetricFamily responses{
      .name = "monitorai_http_responses", .help = "Responses by the class of their status.", .type = MetricType::counter};
  constexpr std::array<const char*, 5> kClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};
  for (size_t i = 0; i < kClasses.size(); ++i) responses.counter({{"class", kClasses[i]}}, number(counts.responses[i]));
  out.push_back(std::move(responses));
  out.push_back(gauge("monitorai_http_requests_running", "Requests that a worker is answering.", number(counts.requests_running)));
  out.push_back(gauge("monitorai_http_requests_waiting", "Requests that wait for a worker.", number(counts.requests_waiting)));
  out.push_back(gauge("monitorai_http_streams_running", "Streamed responses under way.", number(counts.streams_running)));
  out.push_back(gauge("monitorai_http_web_sockets_open", "WebSockets that are open now.", number(counts.web_sockets_open)));
  out.push_back(counter("monitorai_http_web_socket_messages_dropped", "Messages dropped because the client of a WebSocket read too slowly.",
                        number(counts.web_socket_messages_dropped)));
  out.push_back(
      counter("monitorai_http_clients_gone", "Requests whose client went away before the response.", number(counts.clients_gone)));
  out.push_back(counter("monitorai_http_received_bytes", "Bytes received by the HTTP server.", number(counts.bytes_received), "bytes"));
  out.push_back(counter("monitorai_http_sent_bytes", "Bytes sent by the HTTP server.", number(counts.bytes_sent), "bytes"));
  MetricFamily rejected{
      .name = "monitorai_http_rejected", .help = "Requests and connections that were refused or given up on.", .type = MetricType::counter};
  for (size_t i = 0; i < net::kRejectedReasons; ++i)
    rejected.counter({{"reason", std::string(net::rejected_name(static_cast<net::Rejected>(i)))}}, number(counts.rejected[i]));
  out.push_back(std::move(rejected));
}

}  // namespace monitorai::serve

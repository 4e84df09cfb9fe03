// Sends the load of `./dev bench metrics` by remote_write 1.0. The same arguments make the same bytes.
//
//   fleet_load --port P [--path /api/v1/write] --series N --samples K [--start-ms T] [--step-ms 15000] [--from I] [--fresh 1]
//
// The fleet is that of bench/fleet.h. Samples go in time order, kSeriesPerRequest series a request. Prints one JSON line.

#include <netdb.h>
#include <snappy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <protozero/pbf_writer.hpp>

#include "base/text.h"
#include "fleet.h"

namespace {

using monitorai::parse_integer;
using monitorai::bench::Fleet;

constexpr size_t kSeriesPerRequest = 2000;
/// One keep-alive connection to a server on loopback.
class Connection {
 public:
  Connection(std::string port, std::string path) : port_(std::move(port)), path_(std::move(path)) { connect(); }
  ~Connection() { ::close(fd_); }

  /// The status of the answer; waits and sends again while the server asks for it (429, 503).
  int post(const std::string& body) {
    for (int attempt = 0;; ++attempt) {
      const std::string head = fmt::format(
          "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/x-protobuf\r\nContent-Encoding: snappy\r\n"
          "X-Prometheus-Remote-Write-Version: 0.1.0\r\nContent-Length: {}\r\n\r\n",
          path_, port_, body.size());
      write_all(head + body);  // one send: two would wait for an acknowledgement between them
      const int status = read_answer();
      if ((status != 429 && status != 503) || attempt == 100) return status;
      ::usleep(50'000);
    }
  }

 private:
  void connect() {
    addrinfo hints{}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (::getaddrinfo("127.0.0.1", port_.c_str(), &hints, &found) != 0) die("getaddrinfo");
    fd_ = ::socket(found->ai_family, found->ai_socktype, 0);
    if (::connect(fd_, found->ai_addr, found->ai_addrlen) != 0) die("connect");
    ::freeaddrinfo(found);
  }
  [[noreturn]] static void die(const char* what) {
    std::perror(what);
    std::exit(1);
  }
  void write_all(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) die("send");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  int read_answer() {
    std::string answer;
    char buffer[8192];
    size_t end = std::string::npos;
    while ((end = answer.find("\r\n\r\n")) == std::string::npos) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) die("recv");
      answer.append(buffer, static_cast<size_t>(n));
    }
    const std::string head = monitorai::lower(answer.substr(0, end));
    size_t length = 0;
    if (const size_t at = head.find("content-length:"); at != std::string::npos) length = std::strtoul(head.c_str() + at + 15, nullptr, 10);
    while (answer.size() < end + 4 + length) {
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) die("recv");
      answer.append(buffer, static_cast<size_t>(n));
    }
    const int status = std::atoi(answer.c_str() + 9);
    if (status >= 400 && status != 429 && status != 503) std::fprintf(stderr, "fleet_load: HTTP %d: %.300s\n", status, answer.c_str() + end + 4);
    return status;
  }
  std::string port_, path_;
  int fd_ = -1;
};

std::string request_of(Fleet& fleet, size_t from, size_t to, size_t step, int64_t time_ms) {
  std::string request;
  std::string series_bytes;
  for (size_t i = from; i < to; ++i) {
    series_bytes = fleet.labels(i);
    {
      protozero::pbf_writer series(series_bytes);
      protozero::pbf_writer sample(series, 2);
      sample.add_double(1, fleet.value(i, step));
      sample.add_int64(2, time_ms);
    }
    protozero::pbf_writer(request).add_message(1, series_bytes);
  }
  std::string compressed;
  snappy::Compress(request.data(), request.size(), &compressed);
  return compressed;
}

}  // namespace

int main(int argc, char** argv) {
  std::map<std::string, std::string> options{{"--path", "/api/v1/write"}, {"--series", "100000"}, {"--samples", "120"}, {"--step-ms", "15000"},
                                             {"--start-ms", "1700000000000"}, {"--from", "0"}, {"--port", ""}, {"--first-step", "0"}};
  for (int i = 1; i + 1 < argc; i += 2) options[argv[i]] = argv[i + 1];
  const auto number = [&](const char* name) { return parse_integer<int64_t>(options[name]).value_or(0); };
  const auto series = static_cast<size_t>(number("--series")), samples = static_cast<size_t>(number("--samples"));
  Fleet fleet(static_cast<size_t>(number("--from")), series);
  Connection connection(options["--port"], options["--path"]);
  size_t sent = 0, bytes = 0, refused = 0;
  double waited = 0;
  for (size_t step = 0; step < samples; ++step) {
    const int64_t time = number("--start-ms") + static_cast<int64_t>(step) * number("--step-ms");
    for (size_t from = 0; from < fleet.size(); from += kSeriesPerRequest) {
      const size_t to = std::min(from + kSeriesPerRequest, fleet.size());
      const std::string body = request_of(fleet, from, to, step + static_cast<size_t>(number("--first-step")), time);
      const auto began = std::chrono::steady_clock::now();
      const int status = connection.post(body);
      waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
      (status / 100 == 2 ? sent : refused) += to - from;
      bytes += body.size();
    }
  }
  fmt::print("{{\"samples\":{},\"refused\":{},\"bytes\":{},\"seconds_waiting\":{:.3f}}}\n", sent, refused, bytes, waited);
  return refused == 0 ? 0 : 1;
}

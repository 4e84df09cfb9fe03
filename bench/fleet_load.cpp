// The load of `./dev bench metrics`: an LLM fleet that sends remote_write 1.0. Deterministic: the same arguments make the same bytes, so
// every server gets the same samples.
//
//   fleet_load --port P [--path /api/v1/write] --series N --samples K [--start-ms T] [--step-ms 15000] [--from I] [--fresh 1]
//
// A fleet of N series: of each 100, 64 are buckets, sum and count of 4 latency histograms (14 buckets), 20 are counters (requests by
// status, tokens by direction, CPU seconds) and 16 are gauges (CPU, memory, GPU memory, GPU utilisation) with real noise. Samples go
// in time order, kSeriesPerRequest series a request. Prints one JSON line.

#include <netdb.h>
#include <snappy.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <protozero/pbf_writer.hpp>
#include <random>

#include "base/text.h"

namespace {

using monitorai::parse_integer;

constexpr size_t kSeriesPerRequest = 2000;
constexpr std::array<std::string_view, 14> kBounds{"0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.25", "0.5", "0.75", "1", "2.5", "5", "+Inf"};
constexpr std::array<std::string_view, 8> kModels{"gpt2", "Qwen2.5-7B-Instruct", "Llama-3.2-3B-Instruct", "DialoGPT-small", "Mistral-7B", "gemma-3-27b-it", "phi-4", "DeepSeek-R1"};
constexpr std::array<std::string_view, 4> kFrameworks{"vllm", "transformers", "llama.cpp", "sglang"};

enum class Kind { bucket, sum, count, counter, gauge };

struct Series {
  Kind kind = Kind::gauge;
  std::string labels;  // the encoded Label messages of a TimeSeries
  double value = 0;
  double rate = 0;     // of a counter; the cumulative share of a bucket
  size_t histogram = 0;
  double grain = 1;    // what the value is counted in: CPU ticks, pages, per cent
  double ticks = 0;    // of a counter
};

void add_label(std::string& out, std::string_view name, std::string_view value) {
  protozero::pbf_writer series(out);
  protozero::pbf_writer label(series, 1);
  label.add_string(1, name.data(), name.size());
  label.add_string(2, value.data(), value.size());
}

/// Labels sorted by name.
std::string labels_of(std::vector<std::pair<std::string, std::string>> pairs) {
  std::sort(pairs.begin(), pairs.end());
  std::string out;
  for (const auto& [name, value] : pairs) add_label(out, name, value);
  return out;
}

class Fleet {
 public:
  Fleet(size_t from, size_t count) : random_(4711) {
    for (size_t i = from; i < from + count; ++i) series_.push_back(make(i));
    noise_.resize(4096);
    std::normal_distribution<double> normal(0, 1);
    for (double& one : noise_) one = normal(random_);
  }
  size_t size() const { return series_.size(); }

  /// The next value of a series at this step.
  double next(size_t i, size_t step) {
    Series& series = series_[i];
    switch (series.kind) {
      case Kind::bucket:
      case Kind::count: series.value += std::floor(series.rate * requests(series.histogram, step)); return series.value;
      case Kind::sum: series.value += series.rate * requests(series.histogram, step) * (1 + 0.1 * noise(i * 31 + step)); return series.value;
      case Kind::counter: {
        const double more = std::max(0.0, series.rate * (1 + 0.2 * noise(i * 17 + step)));
        series.ticks += std::floor(more / series.grain);
        return series.ticks * series.grain;
      }
      case Kind::gauge: {
        const double value = std::max(0.0, series.value + series.rate * noise(i * 7 + step));
        return std::floor(value / series.grain) * series.grain;
      }
    }
    return 0;
  }
  const std::string& labels(size_t i) const { return series_[i].labels; }

 private:
  double noise(size_t at) const { return noise_[at % noise_.size()]; }
  double requests(size_t histogram, size_t step) const { return std::max(0.0, 150 * (1 + 0.3 * noise(histogram * 13 + step))); }

  static Series make(size_t i) {
    const size_t group = i / 100, part = i % 100;
    const size_t process = group * 4 + (part < 64 ? part / 16 : part % 4);
    const std::string pid = fmt::format("{}", 1000 + process);
    std::vector<std::pair<std::string, std::string>> labels{{"job", "llm-monitor"},
                                                            {"instance", fmt::format("node-{:04}:9101", process / 8)},
                                                            {"pid", pid},
                                                            {"model_name", std::string(kModels[process % kModels.size()])},
                                                            {"framework", std::string(kFrameworks[process / 2 % kFrameworks.size()])}};
    Series out;
    const auto named = [&](std::string_view name) {
      labels.emplace_back("__name__", name);
      out.labels = labels_of(std::move(labels));
      return out;
    };
    if (part < 64) {
      const size_t line = part % 16;
      out.histogram = process;
      if (line < kBounds.size()) {
        labels.emplace_back("le", kBounds[line]);
        out.kind = Kind::bucket;
        out.rate = std::min(1.0, static_cast<double>(line + 1) / 13.0);
        return named("llm_inference_latency_seconds_bucket");
      }
      out.kind = line == 14 ? Kind::sum : Kind::count;
      out.rate = line == 14 ? 0.12 : 1;
      return named(line == 14 ? "llm_inference_latency_seconds_sum" : "llm_inference_latency_seconds_count");
    }
    if (part < 84) {
      out.kind = Kind::counter;
      const size_t what = (part - 64) / 4;
      out.rate = what == 0 ? 148 : what == 1 ? 2 : what == 2 ? 60'000 : what == 3 ? 25'000 : 9.5;
      if (what < 2) {
        labels.emplace_back("status", what == 0 ? "success" : "error");
        return named("llm_requests_total");
      }
      if (what < 4) {
        labels.emplace_back("direction", what == 2 ? "input" : "output");
        return named("llm_tokens_total");
      }
      out.grain = 0.01;
      return named("llm_process_cpu_seconds_total");
    }
    const size_t what = (part - 84) / 4;
    out.kind = Kind::gauge;
    // CPU per cent over 15 s comes in steps of a tick (10 ms), memory in pages, GPU memory in MiB, GPU utilisation in whole per cents.
    out.grain = what == 0 ? 1.0 / 15 : what == 1 ? 4096 : what == 2 ? 1 << 20 : 1;
    out.value = what == 0 ? 63 : what == 1 ? 2.1e9 : what == 2 ? 14.5e9 : 84;
    out.rate = what == 0 ? 8 : what == 1 ? 3e7 : what == 2 ? 2e8 : 6;
    if (what >= 2) labels.emplace_back("gpu", fmt::format("gpu{}", process % 8));
    constexpr std::array<std::string_view, 4> kNames{"llm_process_cpu_percent", "llm_process_memory_bytes", "llm_process_gpu_memory_bytes", "llm_process_gpu_utilization"};
    return named(kNames[what]);
  }

  std::mt19937_64 random_;
  std::vector<Series> series_;
  std::vector<double> noise_;
};

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
      sample.add_double(1, fleet.next(i, step));
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

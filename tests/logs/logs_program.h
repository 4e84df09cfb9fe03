#pragma once
// A real `monitorai serve` with its log store, talked to as clients of Loki do: curl for HTTP, our own client for live tails.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <chrono>
#include <map>

#include "metrics/metrics_program.h"
#include "net/web_socket_client.h"

namespace monitorai::tests {

inline int64_t now_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

struct HttpAnswer {
  int status = 0;
  std::string body;
};

/// Loki's API at host:port.
struct Loki {
  std::string address;

  HttpAnswer request(const std::string& arguments, const std::string& path) const {
    const CommandOutput out = run_command("curl -s --max-time 20 -w '\\n%{http_code}' " + arguments + " " + quoted("http://" + address + path));
    const size_t end = out.text.rfind('\n');
    if (end == std::string::npos) return {};
    return {parse_integer<int>(std::string_view(out.text).substr(end + 1)).value_or(0), out.text.substr(0, end)};
  }
  HttpAnswer get(const std::string& path, const LabelMap& parameters = {}, const std::string& arguments = {}) const {
    std::string all = "--get " + arguments;
    for (const auto& [name, value] : parameters) all += " --data-urlencode " + quoted(name + "=" + value);
    return request(all, path);
  }
  HttpAnswer push(const std::string& json) const { return request("-H 'Content-Type: application/json' --data-binary " + quoted(json), "/loki/api/v1/push"); }
  /// Pushes lines of one stream, a nanosecond apart, the last of them now. `labels` is JSON.
  HttpAnswer push(const std::string& labels, const std::vector<std::string>& lines) const {
    std::string values;
    const int64_t first = now_ns() - static_cast<int64_t>(lines.size()) + 1;
    for (size_t i = 0; i < lines.size(); ++i) values += fmt::format("{}[\"{}\",{}]", i > 0 ? "," : "", first + static_cast<int64_t>(i), json_string(lines[i]));
    return push(fmt::format(R"({{"streams":[{{"stream":{},"values":[{}]}}]}})", labels, values));
  }
  /// The lines of a query, oldest first, whatever their streams; "HTTP 400: ..." as the only one when it is refused.
  std::vector<std::string> lines(const std::string& query, LabelMap parameters = {}) const {
    parameters.emplace("query", query);
    parameters.emplace("limit", "5000");
    const HttpAnswer answer = get("/loki/api/v1/query_range", parameters);
    if (answer.status != 200) return {fmt::format("HTTP {}: {}", answer.status, answer.body)};
    std::multimap<int64_t, std::string> ordered;
    simdjson::dom::parser parser;
    simdjson::dom::array streams;
    if (parser.parse(answer.body).at_pointer("/data/result").get(streams) != simdjson::SUCCESS) return {"no JSON: " + answer.body};
    for (const simdjson::dom::element stream : streams) {
      const simdjson::dom::array values = stream["values"].get_array().value();
      for (const simdjson::dom::element value : values)
        ordered.emplace(parse_integer<int64_t>(value.at(0).get_string().value()).value(), value.at(1).get_string().value());
    }
    std::vector<std::string> out;
    for (auto& [time, line] : ordered) out.push_back(std::move(line));
    return out;
  }
  Result<std::unique_ptr<net::WebSocketClient>> tail(const std::string& query_string) const {
    return net::WebSocketClient::connect({}, fmt::format("http://{}/loki/api/v1/tail?{}", address, query_string));
  }
};

class LogsProgram : public MetricsProgram {
 public:
  /// Files of detected processes are not followed unless the settings say so: other tests run demos beside this one.
  explicit LogsProgram(std::vector<std::string> settings = {}) : MetricsProgram(with_defaults(std::move(settings))) { loki.address = api.address; }
  void start_again() {
    start();
    loki.address = api.address;
  }
  Loki loki;

 private:
  static std::vector<std::string> with_defaults(std::vector<std::string> settings) {
    settings.insert(settings.begin(), "logs.detected=off");
    return settings;
  }
};

}  // namespace monitorai::tests

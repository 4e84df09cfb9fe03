#pragma once
// A real `monitorai serve` with its metric store, asked over HTTP as any client of Prometheus asks.

#include <gtest/gtest.h>
#include <simdjson.h>

#include <fstream>
#include <map>

#include "base/files.h"
#include "base/text.h"
#include "started_program.h"

namespace monitorai::tests {

using LabelMap = std::map<std::string, std::string>;
struct Series {
  LabelMap labels;
  double value = 0;
};

/// Text for the shell, whatever it holds.
inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

inline bool installed(const char* program) { return run_command(fmt::format("command -v {}", program)).code == 0; }

/// One server of the Prometheus API at host:port.
struct Api {
  std::string address;

  std::string get(const std::string& path, const LabelMap& parameters = {}) const {
    std::string command = "curl -s --max-time 20 --get";
    for (const auto& [name, value] : parameters) command += " --data-urlencode " + quoted(name + "=" + value);
    return run_command(command + " " + quoted("http://" + address + path)).text;
  }
  /// The instant vector of an expression; empty when there is none (yet).
  std::vector<Series> query(const std::string& expression, const std::string& time = {}) const {
    LabelMap parameters{{"query", expression}};
    if (!time.empty()) parameters["time"] = time;
    const std::string json = get("/api/v1/query", parameters);
    std::vector<Series> out;
    simdjson::dom::parser parser;
    simdjson::dom::array result;
    if (parser.parse(json).at_pointer("/data/result").get(result) != simdjson::SUCCESS) return out;
    for (const simdjson::dom::element one : result) {
      Series series;
      simdjson::dom::object metric;
      if (one["metric"].get_object().get(metric) != simdjson::SUCCESS) continue;
      for (const auto& [name, value] : metric) series.labels.emplace(name, value.get_string().value());
      series.value = parse_number(one["value"].get_array().value().at(1).get_string().value()).value();
      out.push_back(std::move(series));
    }
    return out;
  }
};

/// The program in a folder of its own, which outlives restarts.
class MetricsProgram {
 public:
  explicit MetricsProgram(std::vector<std::string> settings = {}) : settings_(std::move(settings)) { start(); }

  void start() {
    std::vector<std::string> arguments{MAI_BINARY, "serve", "--listen", "127.0.0.1:0", "--data", (folder_.path() / "data").native(),
                                       "--set", "exporters.process.listen=off", "--set", "exporters.gpu.listen=off", "--set", "metrics.listen=off", "--set", "logs.listen=off", "--set", "otlp.grpc.listen=off", "--set", "traces.listen=off", "--set", "otlp.http.listen=off",
                                       "--set", "collect.process.interval=500ms"};
    for (const std::string& setting : settings_) arguments.insert(arguments.end(), {"--set", setting});
    const std::filesystem::path output = folder_.path() / fmt::format("output-{}.txt", ++starts_);
    program_.emplace(std::move(arguments), folder_.path(), output);
    api.address = program_->wait_for("Pages and APIs  http://", "\n/ ");
  }
  int end(int signal_number = SIGTERM) { return program_->end(signal_number); }
  std::string output() const { return program_->output(); }
  pid_t pid() const { return program_->pid(); }
  const std::filesystem::path& folder() const { return folder_.path(); }

  Api api;

 private:
  const TemporaryDirectory folder_;
  std::vector<std::string> settings_;
  std::optional<StartedProgram> program_;
  int starts_ = 0;
};

}  // namespace monitorai::tests

#pragma once
// A real `monitorai serve` with its trace store, talked to as exporters and Grafana do: curl.

#include "logs/logs_program.h"

namespace monitorai::tests {

/// OTLP and Tempo's API at host:port.
struct TraceApi {
  std::string address;

  HttpAnswer request(const std::string& arguments, const std::string& path) const { return Loki{address}.request(arguments, path); }
  HttpAnswer get(const std::string& path, const LabelMap& parameters = {}, const std::string& arguments = {}) const { return Loki{address}.get(path, parameters, arguments); }
  HttpAnswer post(const std::string& path, const std::string& body, const std::string& arguments = "-H 'Content-Type: application/json'") const {
    return request(arguments + " --data-binary " + quoted(body), path);
  }
};

/// A span in OTLP's JSON; `more` is further members, each with a comma in front.
struct JsonSpan {
  std::string trace;
  std::string id;
  std::string parent;
  std::string name;
  int64_t start_ns = 0;
  int64_t duration_ns = 0;
  std::string more{};

  std::string text() const {
    return fmt::format(R"({{"traceId":"{}","spanId":"{}","parentSpanId":"{}","name":"{}","kind":2,"startTimeUnixNano":"{}","endTimeUnixNano":"{}"{}}})", trace, id, parent, name,
                       start_ns, start_ns + duration_ns, more);
  }
};

inline std::string otlp_json(const std::string& service, const std::vector<JsonSpan>& spans) {
  std::string list;
  for (const JsonSpan& span : spans) list += (list.empty() ? "" : ",") + span.text();
  return fmt::format(R"({{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{}"}}}}]}},"scopeSpans":[{{"spans":[{}]}}]}}]}})", service, list);
}

class TracesProgram : public LogsProgram {
 public:
  explicit TracesProgram(std::vector<std::string> settings = {}) : LogsProgram(std::move(settings)) { traces.address = api.address; }
  void start_again() {
    LogsProgram::start_again();
    traces.address = api.address;
  }
  TraceApi traces;
};

}  // namespace monitorai::tests

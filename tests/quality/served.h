#pragma once
// A real `monitorai serve` with nothing to follow but what a test names, and its API.

#include "net/http_client.h"
#include "serve/running_program.h"

namespace monitorai::tests {

inline constexpr std::string_view kJson = "application/json";

struct Served {
  explicit Served(const std::filesystem::path& folder, std::vector<std::string> settings = {}, std::vector<std::string> more = {})
      : program(folder, arguments(std::move(settings), std::move(more))), url(program.url("Pages and APIs")) {}
  static std::vector<std::string> arguments(std::vector<std::string> settings, std::vector<std::string> out) {
    settings.insert(settings.begin(), {"logs.files=[]", "rules.files=[]", "logs.detected=off"});
    for (std::string& setting : settings) {
      out.emplace_back("--set");
      out.push_back(std::move(setting));
    }
    return out;
  }
  /// "200 body"
  std::string post(const std::string& path, std::string_view body) {
    const auto answer = http.post(url + path, body, kJson);
    return answer ? fmt::format("{} {}", answer->status, answer->body) : answer.error().message;
  }
  std::string get(const std::string& path) {
    const auto answer = http.get(url + path);
    return answer ? fmt::format("{} {}", answer->status, answer->body) : answer.error().message;
  }
  bool shows(const std::string& path, std::string_view text) {
    return eventually([&] { return get(path).find(text) != std::string::npos; });
  }

  RunningProgram program;
  std::string url;
  net::HttpClient http;
};

}  // namespace monitorai::tests

#pragma once
// Asks a running program (or any Prometheus) over its HTTP API, for the commands. The adapter of simdjson for its answers.

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/http_client.h"
#include "signals/samples.h"

namespace monitorai::app {

struct AnsweredSeries {
  signals::Labels labels;
  std::vector<signals::Sample> samples;
};

struct Answer {
  std::string type;  ///< "vector", "matrix", "scalar", "string"
  std::vector<AnsweredSeries> series;
  std::string text;  ///< of a string
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

/// How a program is reached; credentials come from --user (user:password) or MONITORAI_TOKEN.
struct ApiAddress {
  std::string url = "http://127.0.0.1:3000";
  std::string user;
  std::string token;
};

/// With the credentials of the address, and no limit that a large answer would meet.
net::HttpClientSettings client_settings(const ApiAddress& address);
/// What to tell a person whose program does not answer.
Error unreachable(const ApiAddress& address, const Error& cause);
/// "a=1&b=2", percent-encoded.
std::string form_of(const net::Parameters& parameters);

/// Reads an answer of /api/v1/query or query_range. An answer that is an error is an Error with the program's own message.
Result<Answer> read_answer(std::string_view json);

/// POSTs the parameters to a path of the API. An unreachable program is an Error that says what to do.
Result<Answer> ask(const ApiAddress& address, const std::string& path, const net::Parameters& parameters);

/// The body of any request, for import: the status and the text of the answer.
struct PostAnswer {
  int status = 0;
  std::string body;
};
Result<PostAnswer> post(const ApiAddress& address, const std::string& path, std::string_view body, const net::Parameters& headers);

}  // namespace monitorai::app

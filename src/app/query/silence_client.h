#pragma once
// Silences of a running program (or any Alertmanager) over API v2, for the commands. The adapter of simdjson for its answers.

#include "app/query/api_client.h"

namespace monitorai::app {

struct ListedSilence {
  std::string id;
  std::string state;
  std::string matchers;  ///< "alertname=\"A\", severity=~\"a|b\""
  std::string ends_at;
  std::string created_by;
  std::string comment;
};

/// The answer to GET /api/v2/silences.
Result<std::vector<ListedSilence>> read_silences(std::string_view json);
/// The id of an answer to a new silence.
Result<std::string> read_silence_id(std::string_view json);
/// Any request; an answer that is an error is an Error with its text.
Result<std::string> request_alertmanager(const ApiAddress& address, std::string_view method, const std::string& path, std::string_view body);

}  // namespace monitorai::app

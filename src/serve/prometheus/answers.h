#pragma once
// The envelope of every answer of the Prometheus API, and the spelling of numbers and times in it.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/http.h"
#include "signals/labels.h"

namespace monitorai::serve {

enum class ApiErrorType { bad_data, execution, canceled, timeout, internal, unavailable, not_found };

/// A refusal: Prometheus's error type, and the sentence for people.
struct ApiError {
  ApiErrorType type = ApiErrorType::bad_data;
  std::string message;
};

/// `{"status":"error","errorType":"bad_data","error":"..."}` with the status code that Prometheus gives this type.
net::HttpResponse error_answer(const ApiError& error);
/// The error of a store: exhausted is a refused query, unavailable is 503.
ApiError api_error(const Error& error);

struct Notes {
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

/// `{"status":"success","data":` ... `}` with the notes; `data` is JSON.
net::HttpResponse success_answer(std::string_view data, const Notes& notes = {});
/// What stands before and behind the data, for answers that are streamed.
std::string success_head();
std::string success_tail(const Notes& notes);

/// A sample's value as Prometheus's JSON spells it (in quotes there): 'f' with the shortest digits, 'e' below 1e-6 and from 1e21 on.
void append_json_value(std::string& out, double value);
/// Seconds with at most three decimals: 1435781451.781.
void append_json_time(std::string& out, TimeMs time);
/// `{"__name__":"up","job":"a"}`.
void append_json_labels(std::string& out, const signals::Labels& labels);
/// `["a","b"]`.
std::string json_strings(std::span<const std::string> texts);
/// RFC 3339 with milliseconds, UTC; the zero time is Go's zero time, as Prometheus prints "never".
std::string rfc3339(TimeMs time);

}  // namespace monitorai::serve

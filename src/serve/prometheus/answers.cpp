#include "serve/prometheus/answers.h"

#include <fmt/chrono.h>

#include <cmath>

#include "base/text.h"

namespace monitorai::serve {
namespace {

struct ErrorKind {
  std::string_view name;
  int status;
};

ErrorKind kind_of(ApiErrorType type) {
  switch (type) {
    case ApiErrorType::bad_data: return {"bad_data", 400};
    case ApiErrorType::execution: return {"execution", 422};
    case ApiErrorType::canceled: return {"canceled", 499};
    case ApiErrorType::timeout: return {"timeout", 503};
    case ApiErrorType::internal: return {"internal", 500};
    case ApiErrorType::unavailable: return {"unavailable", 503};
    case ApiErrorType::not_found: return {"not_found", 404};
  }
  return {"internal", 500};
}

}  // namespace

net::HttpResponse error_answer(const ApiError& error) {
  const ErrorKind kind = kind_of(error.type);
  return net::HttpResponse::json(kind.status, fmt::format(R"({{"status":"error","errorType":"{}","error":{}}})", kind.name, json_string(error.message)));
}

ApiError api_error(const Error& error) {
  switch (error.code) {
    case Code::invalid: return {ApiErrorType::bad_data, error.message};
    case Code::cancelled: return {ApiErrorType::canceled, error.message};
    case Code::unavailable: return {ApiErrorType::unavailable, error.message};
    case Code::exhausted: return {ApiErrorType::execution, error.message};
    case Code::not_found: return {ApiErrorType::not_found, error.message};
    case Code::corrupt: return {ApiErrorType::internal, error.message};
  }
  return {ApiErrorType::internal, error.message};
}

std::string success_head() { return R"({"status":"success","data":)"; }

std::string success_tail(const Notes& notes) {
  std::string out;
  if (!notes.warnings.empty()) out += R"(,"warnings":)" + json_strings(notes.warnings);
  if (!notes.infos.empty()) out += R"(,"infos":)" + json_strings(notes.infos);
  out += '}';
  return out;
}

net::HttpResponse success_answer(std::string_view data, const Notes& notes) {
  return net::HttpResponse::json(200, success_head() + std::string(data) + success_tail(notes));
}

void append_json_value(std::string& out, double value) {
  if (std::isnan(value)) { out += "NaN"; return; }
  if (std::isinf(value)) { out += value > 0 ? "+Inf" : "-Inf"; return; }
  const double magnitude = std::fabs(value);
  const bool scientific = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
  char text[400];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value, scientific ? std::chars_format::scientific : std::chars_format::fixed);
  MAI_CHECK(error == std::errc{});
  out.append(text, end);
}

void append_json_time(std::string& out, TimeMs time) {
  const int64_t magnitude = std::abs(time.ms);
  if (time.ms < 0) out += '-';
  fmt::format_to(std::back_inserter(out), "{}", magnitude / 1000);
  int64_t rest = magnitude % 1000;
  if (rest == 0) return;
  out += '.';
  for (int64_t digit = 100; digit > 0 && rest > 0; digit /= 10) {
    out += static_cast<char>('0' + rest / digit);
    rest %= digit;
  }
}

void append_json_labels(std::string& out, const signals::Labels& labels) {
  out += '{';
  bool first = true;
  for (const signals::Label& label : labels) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, label.name);
    out += ':';
    append_json_string(out, label.value);
  }
  out += '}';
}

std::string json_strings(std::span<const std::string> texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ',';
    append_json_string(out, text);
  }
  out += ']';
  return out;
}

std::string rfc3339(TimeMs time) {
  if (time.ms == 0) return "0001-01-01T00:00:00Z";
  const auto seconds = static_cast<std::time_t>(time.ms / 1000 - (time.ms % 1000 < 0 ? 1 : 0));
  const int64_t ms = (time.ms % 1000 + 1000) % 1000;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), ms);
}

}  // namespace monitorai::serve

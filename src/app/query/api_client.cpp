#include "app/query/api_client.h"

#include <simdjson.h>

#include <cmath>

#include "base/text.h"
#include "net/http_client.h"

namespace monitorai::app {
namespace {

using simdjson::dom::element;

constexpr size_t kAnswerBytesMax = size_t{1} << 30;
constexpr std::chrono::minutes kAnswerTimeout{10};

/// `Value` is an element, or the result of looking for one.
template <class Value>
std::string text_of(const Value& value) {
  std::string_view text;
  return value.get_string().get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::vector<std::string> texts_of(const simdjson::simdjson_result<element>& list) {
  std::vector<std::string> out;
  simdjson::dom::array items;
  if (list.get_array().get(items) == simdjson::SUCCESS)
    for (const element item : items) out.push_back(text_of(item));
  return out;
}

Error not_an_answer(std::string_view why) { return {Code::corrupt, fmt::format("cannot read the answer: {}", why)}; }

/// `[seconds, "value"]`.
template <class Value>
Result<signals::Sample> sample_of(const Value& pair) {
  double seconds = 0;
  if (pair.at(0).get_double().get(seconds) != simdjson::SUCCESS) return not_an_answer("a sample has no time");
  const auto value = parse_number(text_of(pair.at(1)));
  if (!value) return not_an_answer("a sample has no value");
  return signals::Sample{{static_cast<int64_t>(std::llround(seconds * 1000))}, *value};
}

Result<AnsweredSeries> series_of(const element& item) {
  AnsweredSeries out;
  std::vector<signals::Label> labels;
  simdjson::dom::object metric;
  if (item["metric"].get_object().get(metric) == simdjson::SUCCESS)
    for (const auto& [name, value] : metric) labels.push_back({std::string(name), text_of(value)});
  out.labels = signals::Labels::from(std::move(labels));
  if (item["value"].error() == simdjson::SUCCESS) {
    MAI_TRY_ASSIGN(const signals::Sample sample, sample_of(item["value"]));
    out.samples.push_back(sample);
  }
  simdjson::dom::array values;
  if (item["values"].get_array().get(values) == simdjson::SUCCESS) {
    for (const element pair : values) {
      MAI_TRY_ASSIGN(const signals::Sample sample, sample_of(pair));
      out.samples.push_back(sample);
    }
  }
  return out;
}

}  // namespace

std::string form_of(const net::Parameters& parameters) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  const auto append = [&](std::string_view text) {
    for (const char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
      if (plain) out += c;
      else ((out += '%') += kHex[static_cast<unsigned char>(c) >> 4]) += kHex[static_cast<unsigned char>(c) & 15];
    }
  };
  for (const auto& [name, value] : parameters) {
    if (!out.empty()) out += '&';
    append(name);
    out += '=';
    append(value);
  }
  return out;
}

net::HttpClientSettings client_settings(const ApiAddress& address) {
  net::HttpClientSettings settings{.total_timeout = kAnswerTimeout, .body_bytes_max = kAnswerBytesMax};
  if (const size_t colon = address.user.find(':'); colon != std::string::npos) {
    settings.user = address.user.substr(0, colon);
    settings.password = address.user.substr(colon + 1);
  }
  settings.bearer_token = address.token;
  return settings;
}

Error unreachable(const ApiAddress& address, const Error& cause) {
  return {cause.code, fmt::format("{}\nIs it running? Start it with `monitorai serve`, or say where it is with --url (now {}).", cause.message, address.url)};
}

Result<Answer> read_answer(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document); error != simdjson::SUCCESS)
    return not_an_answer(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
  if (text_of(document["status"]) == "error") return Error{Code::invalid, text_of(document["error"])};
  Answer out;
  out.warnings = texts_of(document["warnings"]);
  out.infos = texts_of(document["infos"]);
  const auto data = document["data"];
  out.type = text_of(data["resultType"]);
  const auto result = data["result"];
  if (out.type == "string") {
    out.text = text_of(result.at(1));
  } else if (out.type == "scalar") {
    MAI_TRY_ASSIGN(const signals::Sample sample, sample_of(result));
    out.series.push_back({{}, {sample}});
  } else {
    simdjson::dom::array items;
    if (result.get_array().get(items) != simdjson::SUCCESS) return not_an_answer("it has no result");
    for (const element item : items) {
      MAI_TRY_ASSIGN(AnsweredSeries series, series_of(item));
      out.series.push_back(std::move(series));
    }
  }
  return out;
}

Result<Answer> ask(const ApiAddress& address, const std::string& path, const net::Parameters& parameters) {
  net::HttpClient client(client_settings(address));
  const auto response = client.post(address.url + path, form_of(parameters), "application/x-www-form-urlencoded");
  if (!response) return unreachable(address, response.error());
  if (response->status == 401) return Error{Code::invalid, "it wants a password (--user NAME:PASSWORD) or a token (MONITORAI_TOKEN)"};
  if (response->status == 404) return Error{Code::not_found, fmt::format("{} answers 404 for {}: is it a monitorai or a Prometheus?", address.url, path)};
  return read_answer(response->body);
}

Result<PostAnswer> post(const ApiAddress& address, const std::string& path, std::string_view body, const net::Parameters& headers) {
  net::HttpClient client(client_settings(address));
  auto response = client.send("POST", address.url + path, body, headers);
  if (!response) return unreachable(address, response.error());
  return PostAnswer{response->status, std::move(response->body)};
}

}  // namespace monitorai::app

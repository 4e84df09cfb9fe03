#include "app/query/log_answer.h"

#include <simdjson.h>

#include "base/text.h"

namespace monitorai::app {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

Error not_an_answer(std::string_view why) { return {Code::corrupt, fmt::format("cannot read the answer: {}", why)}; }

Result<void> read_stream(const element& item, AnsweredLogs& out) {
  std::vector<signals::Label> labels;
  object stream;
  array values;
  if (item["stream"].get_object().get(stream) != simdjson::SUCCESS || item["values"].get_array().get(values) != simdjson::SUCCESS)
    return not_an_answer("a stream has no labels or no values");
  for (const auto& [name, value] : stream)
    if (std::string_view text; value.get_string().get(text) == simdjson::SUCCESS) labels.push_back({std::string(name), std::string(text)});
  out.streams.push_back(signals::Labels::from(std::move(labels)));
  for (const element pair : values) {
    std::string_view time, line;
    const auto ns = pair.at(0).get_string().get(time) == simdjson::SUCCESS ? parse_integer<int64_t>(time) : std::nullopt;
    if (!ns || pair.at(1).get_string().get(line) != simdjson::SUCCESS) return not_an_answer("an entry has no time or no line");
    out.lines.push_back({{*ns}, std::string(line), out.streams.size() - 1});
  }
  return {};
}

template <class Value>
Result<AnsweredLogs> read_streams(const Value& list) {
  AnsweredLogs out;
  array streams;
  if (list.get_array().get(streams) != simdjson::SUCCESS) return out;  // a message about dropped entries has none
  for (const element stream : streams) MAI_TRY(read_stream(stream, out));
  return out;
}

}  // namespace

Result<LogAnswer> read_log_answer(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document); error != simdjson::SUCCESS)
    return not_an_answer(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
  LogAnswer out;
  std::string_view type;
  out.is_log = document["data"]["resultType"].get_string().get(type) == simdjson::SUCCESS && type == "streams";
  if (out.is_log) {
    MAI_TRY_ASSIGN(out.logs, read_streams(document["data"]["result"]));
  } else {
    MAI_TRY_ASSIGN(out.metric, read_answer(json));
  }
  return out;
}

Result<AnsweredLogs> read_tail_message(std::string_view json) {
  simdjson::dom::parser parser;
  element document;
  if (const auto error = parser.parse(simdjson::padded_string(json)).get(document); error != simdjson::SUCCESS)
    return not_an_answer(fmt::format("it is no JSON ({})", simdjson::error_message(error)));
  MAI_TRY_ASSIGN(AnsweredLogs out, read_streams(document["streams"]));
  array dropped;
  if (document["dropped_entries"].get_array().get(dropped) == simdjson::SUCCESS) out.dropped = dropped.size();
  return out;
}

Result<LogAnswer> ask_logs(const ApiAddress& address, const std::string& path, const net::Parameters& parameters) {
  MAI_TRY_ASSIGN(const PostAnswer answer, post(address, path, form_of(parameters), {{"Content-Type", "application/x-www-form-urlencoded"}}));
  if (answer.status == 401) return Error{Code::invalid, "it wants a password (--user NAME:PASSWORD) or a token (MONITORAI_TOKEN)"};
  if (answer.status == 404) return Error{Code::not_found, fmt::format("{} answers 404 for {}: is it a monitorai (with logs on) or a Loki?", address.url, path)};
  if (answer.status != 200) return Error{Code::invalid, std::string(trim(to_valid_utf8(answer.body)))};
  return read_log_answer(answer.body);
}

}  // namespace monitorai::app

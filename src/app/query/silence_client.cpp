#include "app/query/silence_client.h"

#include <simdjson.h>

#include "base/text.h"

namespace monitorai::app {
namespace {

using Element = simdjson::dom::element;

const Error kNoAnswer{Code::corrupt, "cannot read the answer: it is not one of Alertmanager's API v2"};

std::string text_of(Element from, const char* key) {
  std::string_view out;
  return from[key].get(out) == simdjson::SUCCESS ? std::string(out) : std::string();
}

std::string matcher_text(Element from) {
  bool regex = false, equal = true;
  if (from["isRegex"].get(regex) != simdjson::SUCCESS) regex = false;
  if (from["isEqual"].get(equal) != simdjson::SUCCESS) equal = true;
  return fmt::format("{}{}{}{}", text_of(from, "name"), equal ? "=" : "!", regex ? "~" : equal ? "" : "=", json_string(text_of(from, "value")));
}

}  // namespace

Result<std::vector<ListedSilence>> read_silences(std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS) return kNoAnswer;
  std::vector<ListedSilence> out;
  for (const Element one : list) {
    ListedSilence& silence = out.emplace_back();
    silence.id = text_of(one, "id");
    std::string_view state;
    if (one["status"]["state"].get(state) == simdjson::SUCCESS) silence.state = state;
    simdjson::dom::array matchers;
    std::vector<std::string> texts;
    if (one["matchers"].get(matchers) == simdjson::SUCCESS)
      for (const Element matcher : matchers) texts.push_back(matcher_text(matcher));
    silence.matchers = join(texts, ", ");
    silence.ends_at = text_of(one, "endsAt");
    silence.created_by = text_of(one, "createdBy");
    silence.comment = text_of(one, "comment");
  }
  return out;
}

Result<std::string> read_silence_id(std::string_view json) {
  simdjson::dom::parser parser;
  Element root;
  if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return kNoAnswer;
  std::string id = text_of(root, "silenceID");
  if (id.empty()) return kNoAnswer;
  return id;
}

Result<std::string> request_alertmanager(const ApiAddress& address, std::string_view method, const std::string& path, std::string_view body) {
  net::HttpClient client(client_settings(address));
  net::Parameters headers;
  if (!body.empty()) headers.emplace_back("Content-Type", "application/json");
  auto answer = client.send(method, address.url + path, body, headers);
  if (!answer) return unreachable(address, answer.error());
  if (answer->status / 100 == 2) return std::move(answer->body);
  std::string why(trim(answer->body));
  simdjson::dom::parser parser;
  std::string_view text;
  if (parser.parse(why.data(), why.size()).get(text) == simdjson::SUCCESS) why = std::string(text);
  return Error{answer->status == 404 ? Code::not_found : Code::invalid, why.empty() ? fmt::format("{} answered with status {}", address.url, answer->status) : why};
}

}  // namespace monitorai::app

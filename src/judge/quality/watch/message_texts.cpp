#include "judge/quality/watch/message_texts.h"

#include <simdjson.h>

#include "base/text.h"

namespace monitorai::judge {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

/// A text; the texts of a list of parts, joined; "content" or "text" of an object.
std::string content_of(const element& value) {
  std::string_view text;
  array parts;
  object one;
  std::string out;
  if (value.get_string().get(text) == simdjson::SUCCESS) return std::string(text);
  if (value.get_array().get(parts) == simdjson::SUCCESS) {
    for (const element part : parts) {
      object described;
      std::string_view type;
      // Images, calls of tools and their results are no text of a person or of the model.
      if (part.get_object().get(described) == simdjson::SUCCESS && described.at_key("type").get_string().get(type) == simdjson::SUCCESS &&
          type != "text" && type != "output_text" && type != "input_text")
        continue;
      std::string content = content_of(part);
      if (!content.empty()) out += (out.empty() ? "" : "\n") + content;
    }
    return out;
  }
  if (value.get_object().get(one) != simdjson::SUCCESS) return out;
  for (const char* name : {"parts", "content", "text", "message"}) {
    element inner;
    if (one.at_key(name).get(inner) == simdjson::SUCCESS && !inner.is_null()) return content_of(inner);
  }
  return out;
}

std::string_view role_of(const element& message) {
  object one;
  std::string_view role;
  if (message.get_object().get(one) != simdjson::SUCCESS) return {};
  if (one.at_key("role").get_string().get(role) == simdjson::SUCCESS) return role;
  object inner;
  if (one.at_key("message").get_object().get(inner) == simdjson::SUCCESS &&
      inner.at_key("role").get_string().get(role) == simdjson::SUCCESS)
    return role;
  return {};
}

}  // namespace

std::string text_of_messages(std::string_view messages, std::string_view role) {
  const std::string_view trimmed = trim(messages);
  if (trimmed.size() > kMessagesBytesMax) return {};
  if (!trimmed.starts_with('[') && !trimmed.starts_with('{')) return std::string(messages);
  simdjson::dom::parser parser;
  element document;
  if (parser.parse(trimmed).get(document) != simdjson::SUCCESS) return std::string(messages);
  object wrapped;
  element inner;
  if (document.get_object().get(wrapped) == simdjson::SUCCESS &&
      (wrapped.at_key("messages").get(inner) == simdjson::SUCCESS || wrapped.at_key("choices").get(inner) == simdjson::SUCCESS))
    document = inner;
  array list;
  if (document.get_array().get(list) != simdjson::SUCCESS) return content_of(document);
  std::string of_role, of_none;
  for (const element message : list) {
    const std::string_view its = role_of(message);
    if (its == role || (role == "assistant" && its == "model"))
      of_role = content_of(message);
    else if (its.empty())
      of_none = content_of(message);
  }
  return of_role.empty() ? of_none : of_role;
}

std::vector<std::string> texts_of_documents(std::string_view documents) {
  std::vector<std::string> out;
  const std::string_view trimmed = trim(documents);
  if (trimmed.empty() || trimmed.size() > kMessagesBytesMax) return out;
  simdjson::dom::parser parser;
  element document;
  if ((!trimmed.starts_with('[') && !trimmed.starts_with('{')) || parser.parse(trimmed).get(document) != simdjson::SUCCESS)
    return {std::string(documents)};
  object wrapped;
  element inner;
  if (document.get_object().get(wrapped) == simdjson::SUCCESS && wrapped.at_key("documents").get(inner) == simdjson::SUCCESS)
    document = inner;
  array list;
  const auto add = [&](const element& one) {
    object described;
    std::string_view text;
    if (one.get_string().get(text) == simdjson::SUCCESS) return void(out.emplace_back(text));
    if (one.get_object().get(described) != simdjson::SUCCESS) return;
    for (const char* name : {"content", "text", "page_content", "document.content", "document"}) {
      element content;
      if (described.at_key(name).get(content) != simdjson::SUCCESS) continue;
      if (std::string found = content_of(content); !found.empty()) return void(out.push_back(std::move(found)));
    }
  };
  if (document.get_array().get(list) != simdjson::SUCCESS)
    add(document);
  else
    for (const element one : list) add(one);
  return out;
}

}  // namespace monitorai::judge

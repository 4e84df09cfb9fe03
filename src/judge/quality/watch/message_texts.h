#pragma once
// What people asked and models said, out of the JSON that instrumentations write: OpenTelemetry's GenAI messages
// ([{"role", "parts": [{"type": "text", "content"}]}]), OpenAI's ([{"role", "content"}]), documents of retrievers. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace monitorai::judge {

constexpr size_t kMessagesBytesMax = size_t{2} << 20;

/// The text of the last message of this role ("user", "assistant"); of the last one at all where none has a role. A text that is no JSON is
/// the message itself. "" where there is no text.
std::string text_of_messages(std::string_view messages, std::string_view role);
/// The texts of documents: a list of texts, or of objects with "content", "text", "page_content" or "document.content".
std::vector<std::string> texts_of_documents(std::string_view documents);

}  // namespace monitorai::judge

// The messages and documents that instrumentations write as JSON: whatever text is read out of them is no longer than they are.

#include "base/check.h"
#include "judge/quality/watch/message_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  for (const char* role : {"user", "assistant"}) MAI_CHECK(judge::text_of_messages(input, role).size() <= size);
  size_t sum = 0;
  for (const std::string& text : judge::texts_of_documents(input)) sum += text.size();
  MAI_CHECK(sum <= size);
  return 0;
}

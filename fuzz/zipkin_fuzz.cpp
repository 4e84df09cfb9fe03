// Zipkin's spans in JSON: what is read has ids and valid text.

#include "base/check.h"
#include "base/text.h"
#include "collect/push/zipkin.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const auto read = collect::read_zipkin({reinterpret_cast<const char*>(bytes), size});
  if (!read) return 0;
  MAI_CHECK((*read)->batch.spans.size() + (*read)->invalid == (*read)->sent);
  for (const signals::Span& span : (*read)->batch.spans) {
    MAI_CHECK(span.trace.valid() && span.duration_ns >= 0 && valid_utf8(span.name) && !span.origin->service().empty());
    for (const auto& [key, value] : span.attributes) MAI_CHECK(!key.empty() && valid_utf8(key) && valid_utf8(value.text));
  }
  return 0;
}

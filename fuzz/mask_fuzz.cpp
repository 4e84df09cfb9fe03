// Masks over text of strangers: what is masked is counted, the text as it was is handed out, and no built-in rule finds a secret in its own
// mask.

#include "base/check.h"
#include "base/text.h"
#include "collect/logs/masker.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  static const auto masker = *collect::Masker::make({.content = collect::ContentPolicy::redacted});
  static const auto off = *collect::Masker::make({.content = collect::ContentPolicy::off});
  const std::string text = to_valid_utf8({reinterpret_cast<const char*>(bytes), size});
  for (const auto& one : {masker, off}) {
    std::string masked = text, original;
    const size_t places = one->mask(masked, &original);
    MAI_CHECK(places > 0 ? original == text : masked == text);
    MAI_CHECK(valid_utf8(masked));
  }
  (void)collect::luhn_valid(text);
  return 0;
}

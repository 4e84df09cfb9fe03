// Dashboards that people save: whatever has a title and a list of panels is kept, the rest is refused.

#include "base/check.h"
#include "base/text.h"
#include "serve/ui/dashboard_api.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto title = serve::dashboard_title(text)) MAI_CHECK(valid_utf8(*title) && title->size() <= size);
  if (serve::is_dashboard_uid(text))
    MAI_CHECK(size > 0 && text.find('/') == std::string_view::npos && text.find('.') == std::string_view::npos);
  return 0;
}

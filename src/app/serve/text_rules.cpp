#include "app/serve/text_rules.h"

#include "collect/logs/masker.h"

namespace monitorai::app {

Result<judge::TextRules> text_rules(const Config& config) {
  judge::TextRules out;
  switch (config.logs.mask.content) {
    case collect::ContentPolicy::off:
      out.content = judge::TextContent::off;
      break;
    case collect::ContentPolicy::redacted:
      out.content = judge::TextContent::redacted;
      break;
    case collect::ContentPolicy::full:
      out.content = judge::TextContent::full;
      break;
  }
  collect::MaskSettings masks = config.logs.mask;
  masks.content = collect::ContentPolicy::redacted;
  MAI_TRY_ASSIGN(const std::shared_ptr<const collect::Masker> masker, collect::Masker::make(masks));
  out.redact = [masker](std::string& text) { masker->mask(text); };
  return out;
}

}  // namespace monitorai::app

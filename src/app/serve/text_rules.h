#pragma once
// What of prompts and answers may be stored, from the configuration: the same for logs, spans and the judge.

#include <functional>
#include <string>

#include "app/config/config.h"
#include "judge/quality/watch/evaluation.h"

namespace monitorai::app {

struct TextRules {
  judge::TextContent content = judge::TextContent::redacted;
  std::function<void(std::string&)> redact;  ///< masks in place; any thread
};

/// Code::invalid: a mask that does not compile.
Result<TextRules> text_rules(const Config& config);

}  // namespace monitorai::app

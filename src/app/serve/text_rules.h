#pragma once
// What of prompts and answers may be stored, from the configuration: the same for logs, spans and the judge.

#include "app/config/config.h"
#include "judge/quality/watch/evaluation.h"

namespace monitorai::app {

/// Code::invalid: a mask that does not compile.
Result<judge::TextRules> text_rules(const Config& config);

}  // namespace monitorai::app

#pragma once
// Stands between whoever brings log lines and their store: what people asked and models said in them is stored as the setting for content
// allows, while listeners of the store (the judge) still see it. Other text passes as it is. Thread: any.

#include <atomic>

#include "base/threads.h"
#include "judge/quality/watch/log_texts.h"

namespace monitorai::judge {

class LogContent final : public signals::LogWriter {
 public:
  /// Code::invalid as LogTexts::make(). The store outlives it.
  static Result<std::unique_ptr<LogContent>> make(TextRules settings, const std::vector<LogPattern>& patterns,
                                                  signals::LogWriter& store);

  Result<signals::LogWriteOutcome> write(std::span<const signals::StreamWrite> streams) override;
  void apply(TextRules settings) { settings_.publish(std::make_shared<const TextRules>(std::move(settings))); }
  /// Texts that were changed.
  uint64_t masked() const { return masked_; }

 private:
  LogContent(TextRules settings, std::unique_ptr<LogTexts> texts, signals::LogWriter& store)
      : settings_(std::make_shared<const TextRules>(std::move(settings))), texts_(std::move(texts)), store_(store) {}

  Published<TextRules> settings_;
  const std::unique_ptr<LogTexts> texts_;
  signals::LogWriter& store_;
  std::atomic<uint64_t> masked_{0};
};

}  // namespace monitorai::judge

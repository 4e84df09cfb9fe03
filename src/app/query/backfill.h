#pragma once
// Backfilling of recording rules: what they would have recorded over a time that is past, asked of a running program by query_range and
// sent back to it. Thread: the caller's.

#include "app/query/api_client.h"
#include "judge/rules/rule_file.h"

namespace monitorai::app {

inline constexpr int64_t kBackfillStepsMax = 5'000;  ///< of one query

struct BackfillCounts {
  size_t rules = 0;
  size_t samples = 0;
  size_t alerting_rules_left_out = 0;
  size_t log_groups_left_out = 0;
  size_t requests_with_refusals = 0;
  std::string first_problem;
};

/// Asks one rule's expression at from, from + step, ... <= to.
using AskRange = std::function<Result<Answer>(const std::string& query, TimeMs from, TimeMs to, std::chrono::milliseconds step)>;
/// Takes lines of exposition text with timestamps; what was refused, "" for nothing.
using SendText = std::function<Result<std::string>(const std::string& text)>;

/// Rules of a group one after the other over the whole time, so that each sees what those before it recorded. Times are multiples of the
/// group's interval (`interval` where it names none). The first error ends it.
Result<BackfillCounts> backfill(std::span<const judge::GroupSpec> groups, TimeRange range, std::chrono::milliseconds interval, const AskRange& ask,
                                const SendText& send);

}  // namespace monitorai::app

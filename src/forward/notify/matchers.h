#pragma once
// Matchers as Alertmanager writes them: `severity="critical"`, `team=~"a|b"`, `foo!=bar`, and lists of them in braces. They select
// alerts for routes, inhibitions, silences and the API's filters.

#include <vector>

#include "signals/labels.h"
#include "signals/matcher.h"

namespace monitorai::forward {

using Matchers = std::vector<signals::Matcher>;

inline constexpr size_t kMatchersMax = 100;  ///< in one text

/// `a="b"`, or `{a="b", c!~"d"}`: quotes may be left out where the value has no comma, brace, quote or blank at its ends.
Result<Matchers> parse_matchers(std::string_view text);
/// `{a="b",c=~"d"}`
std::string matchers_text(const Matchers& matchers);
bool all_match(const Matchers& matchers, const signals::Labels& labels);

}  // namespace monitorai::forward

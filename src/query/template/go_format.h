#pragma once
// Go's fmt.Sprintf, as far as templates use it.

#include <span>
#include <string>
#include <string_view>

#include "query/template/value.h"

namespace monitorai::query::templates {

/// %v %s %q %d %f %e %g %t %x %X %o %b %c %U %% with flags, width and precision; what does not fit its verb is shown as Go shows it:
/// "%!d(string=hi)". Width and precision above kFormatWidthMax are cut to it.
std::string go_sprintf(std::string_view format, std::span<const Value> args);
inline constexpr int kFormatWidthMax = 1000;

/// A double as Go's %v: shortest digits, with an exponent below 1e-4 and from 1e+06 on.
std::string go_number(double value);

}  // namespace monitorai::query::templates

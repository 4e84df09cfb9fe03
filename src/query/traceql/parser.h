#pragma once
// Parses TraceQL. Pure; any thread.

#include "base/result.h"
#include "query/traceql/ast.h"

namespace monitorai::query {

inline constexpr size_t kTraceQlBytesMax = 64 << 10;
inline constexpr int kTraceQlDepthMax = 200;

/// Code::invalid: "parse error at line 1, col 5: ...". An empty query is `{}`.
Result<TraceQuery> parse_traceql(std::string_view text);
/// `resource.service.name`, `name`, ".foo": one field, as tag names are given.
Result<TraceFieldRef> parse_trace_field(std::string_view text);

}  // namespace monitorai::query

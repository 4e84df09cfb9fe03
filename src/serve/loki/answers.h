#pragma once
// Loki's answers: errors as plain text, the JSON of streams, matrices, vectors and statistics.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "query/logql/engine.h"

namespace monitorai::serve {

/// A refusal: the status and the one line of text that Loki's clients show.
struct LokiError {
  int status = 400;
  std::string text;
};

net::HttpResponse loki_error_answer(const LokiError& error);
/// 400 for what the query did wrong, a limit included; 499, 504 and 500 for the rest, as Loki.
LokiError loki_error(const query::QueryError& error);
/// Of the store.
LokiError loki_error(const Error& error);

/// `{"status":"success","data":` data `}` with a final newline, as all of Loki's.
net::HttpResponse loki_success(std::string_view data);

/// What X-Loki-Response-Encoding-Flags asks for.
bool wants_categorized_labels(const net::HttpRequest& request);

/// The answer of query and query_range. Small ones have a body (which the server compresses), large ones are streamed.
net::HttpResponse loki_query_answer(query::LogQlResult&& result, TimeMs time, signals::Direction direction, bool categorize);

/// `{"stream":{...},"values":[["ns","line"],...]}`.
void append_loki_stream(std::string& out, const signals::Labels& labels, std::span<const query::LogEntry> entries);
/// `{"summary":{...},"querier":{...},"ingester":{...},"cache":{...},"index":{...}}`.
std::string loki_statistics(const query::LogQlStatistics& statistics);

}  // namespace monitorai::serve

#include "query/logql/run.h"

namespace monitorai::query::logql {

Status Run::alive() const {
  if (stop_.stop_requested()) return QueryError{QueryError::Kind::cancelled, "the query was cancelled"};
  if (std::chrono::steady_clock::now() >= deadline_)
    return QueryError{QueryError::Kind::timeout,
                      fmt::format("the query timed out (the limit query timeout is {} ms)", limits.timeout.count())};
  return {};
}

Status Run::count_block(const signals::LogBlock& block) {
  ++blocks_;
  if (lines_.fetch_add(block.size()) + block.size() > limits.lines_scanned_max)
    return QueryError{QueryError::Kind::limit,
                      fmt::format("the query would read too many lines (the limit lines scanned is {})", limits.lines_scanned_max)};
  if (bytes_.fetch_add(block.text.size()) + block.text.size() > limits.bytes_scanned_max)
    return QueryError{QueryError::Kind::limit,
                      fmt::format("the query would read too many bytes (the limit bytes scanned is {})", limits.bytes_scanned_max)};
  return alive();
}

LogQlStatistics Run::statistics() const {
  LogQlStatistics out;
  out.lines_processed = lines_;
  out.bytes_processed = bytes_;
  out.blocks_read = blocks_;
  out.lines_matched = matched_;
  out.streams = streams_;
  return out;
}

}  // namespace monitorai::query::logql

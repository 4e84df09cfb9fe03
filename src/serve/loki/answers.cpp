#include "serve/loki/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/text.h"
#include "serve/prometheus/answers.h"

namespace monitorai::serve {
namespace {

using net::HttpResponse;
using query::LogEntry;
using query::LogQlResult;
using query::LogStream;
using signals::Labels;

constexpr std::string_view kEncodingFlags = "x-loki-response-encoding-flags";
constexpr std::string_view kCategorize = "categorize-labels";
/// A streamed answer is handed on in parts of about this size; one of less text than kBodyBytesMax is a body instead.
constexpr size_t kPartBytes = 64 * 1024;
constexpr size_t kBodyBytesMax = 1024 * 1024;

void append_entry(std::string& out, const LogEntry& entry) {
  fmt::format_to(std::back_inserter(out), "[\"{}\",", entry.time.ns);
  append_json_string(out, entry.line);
}

/// Streams with the same stream labels are one here; each entry has its own structured metadata and parsed labels.
class CategorizedStream {
 public:
  void add(const LogStream& stream) {
    for (const LogEntry& entry : stream.entries) entries_.push_back({&entry, &stream});
  }
  void append_to(std::string& out, signals::Direction direction) {
    std::stable_sort(entries_.begin(), entries_.end(), [&](const One& a, const One& b) {
      return direction == signals::Direction::forward ? a.entry->time < b.entry->time : a.entry->time > b.entry->time;
    });
    out += R"({"stream":)";
    append_json_labels(out, entries_.empty() ? Labels{} : entries_.front().stream->stream);
    out += R"(,"values":[)";
    for (size_t i = 0; i < entries_.size(); ++i) {
      if (i > 0) out += ',';
      append_entry(out, *entries_[i].entry);
      out += ",{";
      const Labels &metadata = entries_[i].stream->structured_metadata, &parsed = entries_[i].stream->parsed;
      if (!metadata.empty()) {
        out += R"("structuredMetadata":)";
        append_json_labels(out, metadata);
      }
      if (!parsed.empty()) {
        out += metadata.empty() ? R"("parsed":)" : R"(,"parsed":)";
        append_json_labels(out, parsed);
      }
      out += "}]";
    }
    out += "]}";
  }

 private:
  struct One {
    const LogEntry* entry;
    const LogStream* stream;
  };
  std::vector<One> entries_;
};

void append_point(std::string& out, const signals::Sample& sample) {
  out += '[';
  append_json_time(out, sample.time);
  out += ",\"";
  append_json_value(out, sample.value);
  out += "\"]";
}

void append_series(std::string& out, const query::ResultSeries& series, bool matrix) {
  out += R"({"metric":)";
  append_json_labels(out, series.labels);
  out += matrix ? R"(,"values":[)" : R"(,"value":)";
  for (size_t i = 0; i < series.samples.size(); ++i) {
    if (i > 0) out += ',';
    append_point(out, series.samples[i]);
  }
  out += matrix ? "]}" : "}";
}

/// Where the parts of an answer go: into one text, or to a client that reads them as they come.
class Parts {
 public:
  explicit Parts(net::BodyWriter* writer) : writer_(writer) {}
  std::string& text() { return text_; }
  /// False when the client has gone.
  bool flush(size_t at_least = kPartBytes) {
    if (writer_ == nullptr || text_.size() < at_least) return true;
    if (!writer_->write(text_)) return false;
    text_.clear();
    return true;
  }

 private:
  net::BodyWriter* writer_;
  std::string text_;
};

struct Answer {
  LogQlResult result;
  TimeMs time;
  signals::Direction direction;
  bool categorize;

  bool append_streams(Parts& parts) const {
    if (!categorize) {
      for (size_t i = 0; i < result.streams.size(); ++i) {
        if (i > 0) parts.text() += ',';
        append_loki_stream(parts.text(), result.streams[i].labels, result.streams[i].entries);
        if (!parts.flush()) return false;
      }
      return true;
    }
    std::map<Labels, CategorizedStream> streams;
    for (const LogStream& stream : result.streams) streams[stream.stream].add(stream);
    bool first = true;
    for (auto& [labels, stream] : streams) {
      if (!std::exchange(first, false)) parts.text() += ',';
      stream.append_to(parts.text(), direction);
      if (!parts.flush()) return false;
    }
    return true;
  }

  bool append_metric(Parts& parts) const {
    const query::QueryResult& metric = result.metric;
    if (metric.type == query::ValueType::scalar) {
      append_point(parts.text(), metric.series.empty() || metric.series[0].samples.empty() ? signals::Sample{time, std::nan("")} : metric.series[0].samples[0]);
      return true;
    }
    parts.text() += '[';
    for (size_t i = 0; i < metric.series.size(); ++i) {
      if (i > 0) parts.text() += ',';
      append_series(parts.text(), metric.series[i], metric.type == query::ValueType::matrix);
      if (!parts.flush()) return false;
    }
    parts.text() += ']';
    return true;
  }

  std::string_view type() const {
    if (result.is_log) return "streams";
    return result.metric.type == query::ValueType::scalar ? "scalar" : result.metric.type == query::ValueType::matrix ? "matrix" : "vector";
  }

  void append_to(Parts& parts) const {
    std::string& out = parts.text();
    out += R"({"status":"success",)";
    if (!result.metric.warnings.empty()) out += R"("warnings":)" + json_strings(result.metric.warnings) + ",";
    fmt::format_to(std::back_inserter(out), R"("data":{{"resultType":"{}",)", type());
    if (categorize) fmt::format_to(std::back_inserter(out), R"("encodingFlags":["{}"],)", kCategorize);
    out += R"("result":)";
    if (result.is_log) out += '[';
    if (!(result.is_log ? append_streams(parts) : append_metric(parts))) return;
    if (result.is_log) parts.text() += ']';
    parts.text() += R"(,"stats":)" + loki_statistics(result.statistics) + "}}\n";
    parts.flush(1);
  }

  size_t text_bytes() const {
    size_t bytes = 0;
    for (const LogStream& stream : result.streams)
      for (const LogEntry& entry : stream.entries) bytes += entry.line.size() + 32;
    for (const query::ResultSeries& series : result.metric.series) bytes += 32 * series.samples.size() + 256;
    return bytes;
  }
};

}  // namespace

HttpResponse loki_error_answer(const LokiError& error) { return HttpResponse::text(error.status, error.text + "\n"); }

LokiError loki_error(const query::QueryError& error) {
  using Kind = query::QueryError::Kind;
  switch (error.kind) {
    case Kind::parse:
    case Kind::execution:
    case Kind::limit: return {400, error.message};
    case Kind::busy: return {429, error.message};
    case Kind::timeout: return {504, error.message};
    case Kind::cancelled: return {499, "The request was cancelled by the client."};
    case Kind::storage: return {500, error.message};
  }
  return {500, error.message};
}

LokiError loki_error(const Error& error) {
  switch (error.code) {
    case Code::invalid:
    case Code::exhausted: return {400, error.message};
    case Code::not_found: return {404, error.message};
    case Code::cancelled: return {499, "The request was cancelled by the client."};
    case Code::unavailable: return {503, error.message};
    case Code::corrupt: return {500, error.message};
  }
  return {500, error.message};
}

HttpResponse loki_success(std::string_view data) { return HttpResponse::json(200, fmt::format("{{\"status\":\"success\",\"data\":{}}}\n", data)); }

bool wants_categorized_labels(const net::HttpRequest& request) {
  for (const std::string_view flag : split(request.header(kEncodingFlags), ','))
    if (trim(flag) == kCategorize) return true;
  return false;
}

HttpResponse loki_query_answer(LogQlResult&& result, TimeMs time, signals::Direction direction, bool categorize) {
  const auto answer = std::make_shared<const Answer>(Answer{std::move(result), time, direction, categorize});
  HttpResponse response{.status = 200, .content_type = "application/json; charset=UTF-8"};
  if (answer->text_bytes() <= kBodyBytesMax) {
    Parts parts(nullptr);
    answer->append_to(parts);
    response.body = std::move(parts.text());
  } else {
    response.stream = [answer](net::BodyWriter& writer) {
      Parts parts(&writer);
      answer->append_to(parts);
    };
  }
  return response;
}

void append_loki_stream(std::string& out, const Labels& labels, std::span<const LogEntry> entries) {
  out += R"({"stream":)";
  append_json_labels(out, labels);
  out += R"(,"values":[)";
  for (size_t i = 0; i < entries.size(); ++i) {
    if (i > 0) out += ',';
    append_entry(out, entries[i]);
    out += ']';
  }
  out += "]}";
}

std::string loki_statistics(const query::LogQlStatistics& statistics) {
  constexpr std::string_view kNoChunk =
      R"({"headChunkBytes":0,"headChunkLines":0,"decompressedBytes":0,"decompressedLines":0,"compressedBytes":0,"totalDuplicates":0})";
  constexpr std::string_view kNoCache =
      R"({"entriesFound":0,"entriesRequested":0,"entriesStored":0,"bytesReceived":0,"bytesSent":0,"requests":0,"downloadTime":0})";
  const double seconds = std::chrono::duration<double>(statistics.evaluation_time + statistics.parse_time).count();
  const auto per_second = [&](uint64_t number) { return seconds > 0 ? static_cast<uint64_t>(static_cast<double>(number) / seconds) : 0; };
  const std::string chunk = fmt::format(
      R"({{"headChunkBytes":0,"headChunkLines":0,"decompressedBytes":{},"decompressedLines":{},"compressedBytes":0,"totalDuplicates":0,"postFilterLines":{}}})",
      statistics.bytes_processed, statistics.lines_processed, statistics.lines_matched);
  return fmt::format(
      R"({{"summary":{{"bytesProcessedPerSecond":{},"linesProcessedPerSecond":{},"totalBytesProcessed":{},"totalLinesProcessed":{},"execTime":{},"queueTime":0,"subqueries":0,"totalEntriesReturned":{},"splits":0,"shards":0,"totalPostFilterLines":{},"totalStructuredMetadataBytesProcessed":0}},)"
      R"("querier":{{"store":{{"totalChunksRef":{},"totalChunksDownloaded":{},"chunksDownloadTime":0,"chunk":{}}}}},)"
      R"("ingester":{{"totalReached":0,"totalChunksMatched":0,"totalBatches":0,"totalLinesSent":0,"store":{{"totalChunksRef":0,"totalChunksDownloaded":0,"chunksDownloadTime":0,"chunk":{}}}}},)"
      R"("cache":{{"chunk":{},"index":{},"result":{}}},"index":{{"totalChunks":0,"postFilterChunks":0}}}})",
      per_second(statistics.bytes_processed), per_second(statistics.lines_processed), statistics.bytes_processed, statistics.lines_processed,
      format_number(seconds), statistics.entries_returned, statistics.lines_matched, statistics.blocks_read, statistics.blocks_read, chunk, kNoChunk, kNoCache, kNoCache,
      kNoCache);
}

}  // namespace monitorai::serve

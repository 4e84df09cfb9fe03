#pragma once
// Spans of traces: the ports through which they are written to a store and read from it. The embedded store, a fake in tests and a remote
// Tempo implement them; query, judge and serve know nothing else. A Span is a view: whoever makes one says how long its bytes live.
// Source of the model: opentelemetry.io/docs/specs/otel/trace, opentelemetry-proto's trace.proto.

#include <bit>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace monitorai::signals {

/// 16 bytes, the first 8 of them (big-endian) in `high`. All zero is none.
struct TraceId {
  uint64_t high = 0;
  uint64_t low = 0;
  auto operator<=>(const TraceId&) const = default;
  bool valid() const { return (high | low) != 0; }
  /// 32 lower-case hex digits.
  std::string hex() const;
  /// 1 to 32 hex digits in either case; shorter ones get zeros in front, as Tempo and Jaeger read them.
  static std::optional<TraceId> from_hex(std::string_view text);
  std::string bytes() const;
  /// nullopt unless there are 16 bytes.
  static std::optional<TraceId> from_bytes(std::string_view bytes);
};

struct SpanId {
  uint64_t value = 0;
  auto operator<=>(const SpanId&) const = default;
  bool valid() const { return value != 0; }
  std::string hex() const;
  static std::optional<SpanId> from_hex(std::string_view text);
  std::string bytes() const;
  /// nullopt unless there are 8 bytes.
  static std::optional<SpanId> from_bytes(std::string_view bytes);
};

enum class AttributeType : uint8_t { text, integer, real, boolean, bytes, list, map };

/// A value of an attribute; OpenTelemetry's AnyValue.
struct AttributeValue {
  AttributeType type = AttributeType::text;
  int64_t bits = 0;         ///< integer, boolean; the bits of a real
  std::string_view text{};  ///< text, bytes; list and map as compact JSON, reals in it with a point or an exponent, bytes as base64

  static AttributeValue of(std::string_view text) { return {AttributeType::text, 0, text}; }
  static AttributeValue of(int64_t integer) { return {AttributeType::integer, integer, {}}; }
  static AttributeValue of(double real) { return {AttributeType::real, std::bit_cast<int64_t>(real), {}}; }
  static AttributeValue of(bool truth) { return {AttributeType::boolean, truth ? 1 : 0, {}}; }
  double real() const { return std::bit_cast<double>(bits); }
  bool truth() const { return bits != 0; }
  bool is_number() const { return type == AttributeType::integer || type == AttributeType::real; }
  /// Of an integer or a real; 0 of the rest.
  double number() const { return type == AttributeType::integer ? static_cast<double>(bits) : type == AttributeType::real ? real() : 0; }
  /// For people and labels: text as it stands, numbers as Prometheus writes them, "true", bytes as base64, JSON.
  std::string shown() const;
  bool operator==(const AttributeValue&) const = default;
};

struct Attribute {
  std::string_view key;
  AttributeValue value;
  bool operator==(const Attribute&) const = default;
};

/// The value of the first attribute of that key; nullptr when there is none.
const AttributeValue* find_attribute(std::span<const Attribute> attributes, std::string_view key);
/// The same of a text attribute; "" when there is none.
std::string_view text_attribute(std::span<const Attribute> attributes, std::string_view key);

enum class SpanKind : uint8_t { unspecified, internal, server, client, producer, consumer };
enum class SpanStatus : uint8_t { unset, ok, error };
/// As TraceQL spells them: "server", "error".
std::string_view kind_name(SpanKind kind);
std::string_view status_name(SpanStatus status);

/// Who made spans: the resource (service, host, process) and the instrumentation scope. Spans of one request share it by pointer.
struct SpanOrigin {
  std::span<const Attribute> resource;
  std::string_view scope_name{};
  std::string_view scope_version{};
  std::span<const Attribute> scope_attributes{};
  /// `service.name`; "" where the resource has none.
  std::string_view service() const { return text_attribute(resource, "service.name"); }
};

struct SpanEvent {
  TimeNs time;
  std::string_view name;
  std::span<const Attribute> attributes{};
  uint32_t dropped_attributes = 0;
};

struct SpanLink {
  TraceId trace;
  SpanId span;
  std::string_view trace_state{};
  std::span<const Attribute> attributes{};
  uint32_t dropped_attributes = 0;
  uint32_t flags = 0;
};

/// All text is valid UTF-8.
struct Span {
  TraceId trace;
  SpanId id;
  SpanId parent{};  ///< not valid: a root
  const SpanOrigin* origin = nullptr;  ///< never null
  std::string_view name;
  TimeNs start;
  int64_t duration_ns = 0;  ///< >= 0
  SpanKind kind = SpanKind::unspecified;
  SpanStatus status = SpanStatus::unset;
  std::string_view status_message{};
  std::string_view trace_state{};
  uint32_t flags = 0;
  uint32_t dropped_attributes = 0;
  uint32_t dropped_events = 0;
  uint32_t dropped_links = 0;
  std::span<const Attribute> attributes{};
  std::span<const SpanEvent> events{};
  std::span<const SpanLink> links{};

  TimeNs end() const { return start + std::chrono::nanoseconds(duration_ns); }
};

/// Where the views of spans live that were decoded or read. Grows, never moves; one thread at a time.
class SpanArena {
 public:
  SpanArena() = default;
  SpanArena(const SpanArena&) = delete;
  SpanArena& operator=(const SpanArena&) = delete;

  std::string_view keep(std::string_view text);
  /// For plain views: nothing is destroyed.
  template <class T>
  std::span<const T> keep(std::span<const T> items) {
    if (items.empty()) return {};
    T* copy = static_cast<T*>(memory_.allocate(items.size_bytes(), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), copy);
    return {copy, items.size()};
  }
  template <class T>
  const T* keep_one(const T& item) {
    return keep(std::span<const T>(&item, 1)).data();
  }
  /// Keeps bytes that are there already, without a copy.
  std::string_view own(std::string bytes) { return *owned_.emplace_back(std::make_unique<std::string>(std::move(bytes))); }
  void own(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

 private:
  std::pmr::monotonic_buffer_resource memory_;
  std::vector<std::unique_ptr<std::string>> owned_;
  std::vector<std::shared_ptr<const void>> owners_;
};

/// Spans and everything that they point into. Does not move.
struct SpanBatch {
  SpanArena arena;
  std::vector<Span> spans;
};

/// A copy of a span with all its bytes in the arena, but for its origin, which must live there already (copy_origin()).
Span copy_span(const Span& span, const SpanOrigin* origin, SpanArena& arena);
SpanOrigin copy_origin(const SpanOrigin& origin, SpanArena& arena);

// ---- writing ----

/// What became of a write. Good spans of a mixed request are kept.
struct SpanWriteOutcome {
  size_t accepted = 0;
  size_t duplicates = 0;      ///< of a trace and span id that was just written: a repeated request
  size_t sampled_out = 0;     ///< counted in metrics, not stored
  size_t too_old = 0;         ///< before retention
  size_t too_new = 0;         ///< further in the future than the limit
  size_t too_large = 0;       ///< larger than the limit of a span
  std::string first_problem;  ///< for the answer to the sender; "" when all went well
  size_t refused() const { return too_old + too_new + too_large; }
};

/// Thread: any. Returning means acknowledged: it survives kill -9 and is found by the next query. Code::unavailable: the disk is full or
/// failing, nothing was kept, try again later. Code::exhausted: under pressure, nothing was kept, try again with a pause.
class SpanWriter {
 public:
  virtual ~SpanWriter() = default;
  /// Ids are valid; spans that share an origin follow each other.
  virtual Result<SpanWriteOutcome> write(std::span<const Span> spans) = 0;
};

// ---- reading ----

/// By the start of spans: [from, to).
struct SpanRange {
  TimeNs from;
  TimeNs to;
  bool contains(TimeNs t) const { return from <= t && t < to; }
};

/// What each span that the reader wants fulfils: spans that do not may be left out, and blocks without one are skipped unread.
/// A hint: others may be returned too.
struct SpanHint {
  std::optional<std::string> service;
  std::optional<std::string> name;
  std::optional<SpanStatus> status;
  std::optional<SpanKind> kind;
  int64_t duration_min_ns = 0;
  int64_t duration_max_ns = INT64_MAX;
  /// Text attributes, of the span or its resource.
  std::vector<std::pair<std::string, std::string>> texts;
  /// False: attributes (but service.name of the resource), events and links are not read and come empty.
  bool attributes = true;
};

/// Reads spans batch by batch, those that arrived last first. One thread at a time.
class SpanCursor {
 public:
  virtual ~SpanCursor() = default;
  /// nullptr at the end. Spans of one batch are in order of trace and start.
  virtual Result<std::shared_ptr<const SpanBatch>> next() = 0;
};

/// Thread: any.
class SpanSource {
 public:
  virtual ~SpanSource() = default;
  /// All spans of a trace, by start, none twice; nullptr when there are none. At most `spans_max` (the first that are found).
  virtual Result<std::shared_ptr<const SpanBatch>> trace(TraceId id, size_t spans_max) const = 0;
  virtual Result<std::unique_ptr<SpanCursor>> scan(SpanRange range, SpanHint hint) const = 0;
};

}  // namespace monitorai::signals

template <>
struct std::hash<monitorai::signals::TraceId> {
  /// Random ids need no mixing; those that were made long from 64 bits keep their entropy in `low`.
  size_t operator()(const monitorai::signals::TraceId& id) const noexcept { return (id.high * 0x9e3779b97f4a7c15u) ^ (id.low * 0xc2b2ae3d27d4eb4fu); }
};

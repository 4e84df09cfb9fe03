#pragma once
// For tests: spans made in a line, a store in a folder of its own, and spans as text.

#include <gtest/gtest.h>

#include <deque>

#include "base/text.h"
#include "store/traces/trace_store.h"

namespace monitorai::store {

inline constexpr int64_t kTestStartNs = 1'700'000'000'000'000'000;

/// Spans and what they point to.
class SpanMaker {
 public:
  const signals::SpanOrigin* origin(const std::string& service) {
    const auto found = origins_.find(service);
    if (found != origins_.end()) return found->second;
    const std::vector<signals::Attribute> resource{{"service.name", signals::AttributeValue::of(arena_.keep(service))}, {"process.pid", signals::AttributeValue::of(int64_t{7})}};
    return origins_[service] = arena_.keep_one(signals::SpanOrigin{.resource = arena_.keep(std::span<const signals::Attribute>(resource)), .scope_name = "test", .scope_version = "1"});
  }
  /// Begins `at_ms` after kTestStartNs.
  signals::Span span(uint64_t trace, uint64_t id, uint64_t parent, const std::string& service, const std::string& name, int64_t at_ms, int64_t duration_ms,
                     std::vector<signals::Attribute> attributes = {}) {
    for (signals::Attribute& attribute : attributes) {
      attribute.key = arena_.keep(attribute.key);
      attribute.value.text = arena_.keep(attribute.value.text);
    }
    return {.trace = {trace, trace * 31 + 1},
            .id = {id},
            .parent = {parent},
            .origin = origin(service),
            .name = arena_.keep(name),
            .start = {kTestStartNs + at_ms * 1'000'000},
            .duration_ns = duration_ms * 1'000'000,
            .kind = signals::SpanKind::server,
            .attributes = arena_.keep(std::span<const signals::Attribute>(attributes))};
  }

 private:
  signals::SpanArena arena_;
  std::map<std::string, const signals::SpanOrigin*> origins_;
};

inline std::string shown(std::span<const signals::Attribute> attributes) {
  std::string out;
  for (const auto& [key, value] : attributes) out += fmt::format(" {}={}:{}", key, static_cast<int>(value.type), value.shown());
  return out;
}

/// All that a span says, on one line.
inline std::string shown(const signals::Span& span) {
  std::string out = fmt::format("{}/{}<{} {}|{} {} +{} {} {} {} '{}' '{}' {} {}/{}/{}", span.trace.hex(), span.id.hex(), span.parent.hex(), span.origin->service(), span.origin->scope_name,
                                span.name, span.start.ns - kTestStartNs, span.duration_ns, kind_name(span.kind), status_name(span.status), span.status_message,
                                span.trace_state, span.flags, span.dropped_attributes, span.dropped_events, span.dropped_links);
  out += shown(span.origin->resource) + shown(span.attributes);
  for (const auto& event : span.events) out += fmt::format(" event {} {}{}", event.time.ns, event.name, shown(event.attributes));
  for (const auto& link : span.links) out += fmt::format(" link {} {} {}{}", link.trace.hex(), link.span.hex(), link.trace_state, shown(link.attributes));
  return out;
}

inline std::vector<std::string> shown(std::span<const signals::Span> spans) {
  std::vector<std::string> out;
  for (const signals::Span& span : spans) out.push_back(shown(span));
  return out;
}

class TraceStoreTest : public testing::Test {
 protected:
  TraceStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "traces-XXXXXX").native();
    MAI_CHECK(::mkdtemp(name.data()) != nullptr);
    settings_.folder = name;
    settings_.background = false;
    clock_.set({kTestStartNs / 1'000'000 + 60'000});
  }
  ~TraceStoreTest() override {
    store_.reset();
    std::filesystem::remove_all(settings_.folder);
  }
  void open() {
    store_.reset();
    auto opened = TraceStore::open(settings_, clock_, *files_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  signals::SpanWriteOutcome write(std::vector<signals::Span> spans) {
    const auto outcome = store_->write(spans);
    EXPECT_TRUE(outcome) << outcome.error().message;
    return outcome.value_or(signals::SpanWriteOutcome{});
  }
  std::vector<std::string> trace(uint64_t number, size_t spans_max = 1000) {
    const auto found = store_->trace({number, number * 31 + 1}, spans_max);
    EXPECT_TRUE(found) << found.error().message;
    return found && *found ? shown((*found)->spans) : std::vector<std::string>();
  }
  /// Names of the spans that a scan gives, sorted.
  std::vector<std::string> scan(signals::SpanHint hint, int64_t from_ms = 0, int64_t to_ms = 1'000'000'000) {
    std::vector<std::string> out;
    auto cursor = store_->scan({{kTestStartNs + from_ms * 1'000'000}, {kTestStartNs + to_ms * 1'000'000}}, std::move(hint));
    EXPECT_TRUE(cursor);
    for (;;) {
      const auto batch = (*cursor)->next();
      EXPECT_TRUE(batch) << batch.error().message;
      if (!batch || !*batch) break;
      for (const signals::Span& span : (*batch)->spans) out.emplace_back(span.name);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  TraceSettings settings_;
  FakeClock clock_;
  PosixFileSystem posix_;
  FileSystem* files_ = &posix_;
  SpanMaker make_;
  std::unique_ptr<TraceStore> store_;
};

}  // namespace monitorai::store

#include "store/traces/trace_store.h"

#include <gmock/gmock.h>

#include <fstream>
#include <random>
#include <random>

#include "store/disk/faulty_files.h"
#include "store/traces/fixture.h"
#include "store/traces/span_filter.h"

namespace monitorai::store {
namespace {

using signals::Attribute;
using signals::AttributeType;
using signals::AttributeValue;
using signals::Span;
using signals::SpanBatch;
using signals::SpanEvent;
using signals::SpanLink;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Spans with everything that spans can have.
std::vector<Span> rich_spans(SpanMaker& make, signals::SpanArena& arena, unsigned seed, size_t count) {
  std::mt19937_64 random(seed);
  std::vector<Span> out;
  for (size_t i = 0; i < count; ++i) {
    std::vector<Attribute> attributes;
    for (uint64_t k = random() % 6; k > 0; --k) {
      const std::string key = fmt::format("key.{}", random() % 9);
      switch (random() % 7) {
        case 0: attributes.push_back({key, AttributeValue::of(static_cast<int64_t>(random()))}); break;
        case 1: attributes.push_back({key, AttributeValue::of(std::bit_cast<double>(random()))}); break;
        case 2: attributes.push_back({key, AttributeValue::of(random() % 2 == 0)}); break;
        case 3: attributes.push_back({key, {AttributeType::list, 0, R"([1,2.0,"x"])"}}); break;
        case 4: attributes.push_back({key, {AttributeType::bytes, 0, std::string_view("\0\xff", 2)}}); break;
        case 5: attributes.push_back({key, AttributeValue::of(arena.keep(fmt::format("value {}", random())))}); break;
        default: attributes.push_back({key, AttributeValue::of(std::string_view("often"))});
      }
      attributes.back().key = arena.keep(key);
    }
    Span span = make.span(1 + random() % 40, i + 1, random() % 3 == 0 ? 0 : 1 + random() % (count + 5), fmt::format("service {}", random() % 3), fmt::format("name {}", random() % 5),
                          static_cast<int64_t>(random() % 50'000), static_cast<int64_t>(random() % 1000), attributes);
    span.kind = static_cast<signals::SpanKind>(random() % 6);
    span.status = static_cast<signals::SpanStatus>(random() % 3);
    if (random() % 4 == 0) {
      const SpanEvent event{{span.start.ns - 5}, "exception", span.attributes, 2};
      const SpanLink link{{1, 2}, {3}, "a=b", span.attributes, 1, 256};
      span.events = arena.keep(std::span<const SpanEvent>(&event, 1));
      span.links = arena.keep(std::span<const SpanLink>(&link, 1));
      span.status_message = "it broke";
      span.trace_state = "k=v";
      span.flags = 257;
      span.dropped_events = 3;
    }
    out.push_back(span);
  }
  return out;
}

TEST(SpanRecord, what_is_encoded_is_decoded) {
  SpanMaker make;
  signals::SpanArena arena;
  for (unsigned seed = 0; seed < 20; ++seed) {
    const std::vector<Span> spans = rich_spans(make, arena, seed, 50);
    std::string record = encode_spans(spans);
    set_generation(record, 77);
    EXPECT_EQ(generation_of(record), 77u);
    SpanBatch batch;
    ASSERT_TRUE(decode_spans(record, batch));
    EXPECT_EQ(shown(batch.spans), shown(spans)) << "seed " << seed;
    for (size_t size = 0; size < record.size(); size += 37) {
      SpanBatch torn;
      const std::string part = record.substr(0, size);
      EXPECT_TRUE(!decode_spans(part, torn) || torn.spans.size() < spans.size()) << size;
    }
  }
}

TEST(SpanRecord, writes_the_bytes_of_the_document) {
  const Attribute service{"service.name", AttributeValue::of(std::string_view("a"))}, attribute{"k", AttributeValue::of(std::string_view("v"))};
  const signals::SpanOrigin origin{.resource = {&service, 1}};
  const Span span{.trace = {1, 2}, .id = {3}, .origin = &origin, .name = "n", .start = {4}, .duration_ns = 5, .kind = signals::SpanKind::server, .status = signals::SpanStatus::ok,
                  .attributes = {&attribute, 1}};
  std::string record = encode_spans(std::span(&span, 1));
  set_generation(record, 7);
  std::string hex;
  for (const char byte : record) hex += fmt::format("{:02x}", static_cast<uint8_t>(byte));
  EXPECT_EQ(hex, "0700000000000000" "010c736572766963652e6e616d65000161" "000000" "01" "01000000000000000200000000000000" "03000000000000000000000000000000" "040000000000000005" "12016e"
                 "01016b000176" "00");
}

TEST(SpanBlock, what_is_encoded_is_decoded) {
  SpanMaker make;
  signals::SpanArena arena;
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<Span> spans = rich_spans(make, arena, seed, 200);
    std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return std::pair(a.trace, a.start) < std::pair(b.trace, b.start); });
    const EncodedBlock block = encode_span_block(spans, 1);
    EXPECT_EQ(block.spans, spans.size());
    const auto whole = decode_span_block({block.parts[0], block.parts[1], block.parts[2], block.parts[3], true});
    ASSERT_TRUE(whole) << whole.error().message;
    EXPECT_EQ(shown((*whole)->spans), shown(spans)) << "seed " << seed;
    const auto index = decode_span_block({block.parts[0], "", "", "", false});
    ASSERT_TRUE(index);
    for (size_t i = 0; i < spans.size(); ++i) {
      const Span& span = (*index)->spans[i];
      EXPECT_EQ(std::tuple(span.trace, span.start, span.duration_ns, span.name, span.status, span.kind, span.origin->service()),
                std::tuple(spans[i].trace, spans[i].start, spans[i].duration_ns, spans[i].name, spans[i].status, spans[i].kind, spans[i].origin->service()));
      EXPECT_TRUE(may_hold(block.filter, trace_entries(span.trace)) && may_hold(block.filter, name_entry(span.name)));
    }
    size_t wrong = 0;
    for (uint64_t i = 0; i < 1000; ++i) wrong += may_hold(block.filter, trace_entries({9, i})) ? 1 : 0;
    EXPECT_LT(wrong, 5u);
  }
}

TEST(SpanBlock, damage_is_an_error) {
  SpanMaker make;
  signals::SpanArena arena;
  std::vector<Span> spans = rich_spans(make, arena, 1, 100);
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.trace < b.trace; });
  const EncodedBlock block = encode_span_block(spans, 1);
  for (size_t part = 0; part < kBlockParts; ++part) {
    for (size_t at = 0; at < block.parts[part].size(); at += 11) {
      auto parts = block.parts;
      parts[part][at] = static_cast<char>(parts[part][at] ^ 0x20);
      const auto read = decode_span_block({parts[0], parts[1], parts[2], parts[3], true});
      ASSERT_FALSE(read);
      EXPECT_EQ(read.error().code, Code::corrupt);
    }
    auto parts = block.parts;
    parts[part].clear();
    EXPECT_FALSE(decode_span_block({parts[0], parts[1], parts[2], parts[3], true}));
  }
}

TEST_F(TraceStoreTest, spans_are_found_at_once_in_partitions_and_after_restarts) {
  open();
  const std::vector<Span> spans{make_.span(1, 1, 0, "api", "root", 0, 100, {{"a", AttributeValue::of(std::string_view("x"))}}), make_.span(1, 2, 1, "db", "query", 10, 20),
                                make_.span(2, 3, 0, "api", "other", 5, 5)};
  EXPECT_EQ(write(spans).accepted, 3u);
  const auto all = [&](std::string_view when) {
    EXPECT_EQ(trace(1), (std::vector<std::string>{shown(spans[0]), shown(spans[1])})) << when;
    EXPECT_EQ(trace(2), (std::vector<std::string>{shown(spans[2])})) << when;
    EXPECT_THAT(trace(3), IsEmpty()) << when;
    EXPECT_THAT(scan({}), ElementsAre("other", "query", "root")) << when;
    EXPECT_THAT(scan({.attributes = false}), ElementsAre("other", "query", "root")) << when;
  };
  all("in the head");
  open();
  all("after a restart");
  ASSERT_TRUE(store_->flush());
  all("in the partition");
  EXPECT_EQ(store_->counts().head_spans, 0u);
  open();
  all("after another restart");
  EXPECT_EQ(store_->counts().head_spans, 0u) << "the log does not tell again what a partition has";
  EXPECT_EQ(write({make_.span(1, 9, 1, "late", "late", 30, 1)}).accepted, 1u);
  EXPECT_THAT(trace(1), SizeIs(3)) << "parts of a trace come together";
  EXPECT_THAT(trace(1, 2), SizeIs(2)) << "a limit";
}

TEST_F(TraceStoreTest, scans_leave_out_what_a_hint_excludes) {
  open();
  std::vector<Span> spans{make_.span(1, 1, 0, "api", "a", 0, 100, {{"user", AttributeValue::of(std::string_view("ann"))}}), make_.span(2, 2, 0, "db", "b", 1000, 2000),
                          make_.span(3, 3, 0, "api", "c", 5000, 10)};
  spans[1].status = signals::SpanStatus::error;
  spans[2].kind = signals::SpanKind::client;
  write(spans);
  for (const bool persisted : {false, true}) {
    ASSERT_TRUE(!persisted || store_->flush());
    EXPECT_THAT(scan({.service = "api"}), ElementsAre("a", "c"));
    EXPECT_THAT(scan({.service = "none"}), IsEmpty());
    EXPECT_THAT(scan({.name = "b"}), ElementsAre("b"));
    EXPECT_THAT(scan({.status = signals::SpanStatus::error}), ElementsAre("b"));
    EXPECT_THAT(scan({.kind = signals::SpanKind::client}), ElementsAre("c"));
    EXPECT_THAT(scan({.duration_min_ns = 100'000'000}), ElementsAre("a", "b"));
    EXPECT_THAT(scan({.duration_max_ns = 99'999'999}), ElementsAre("c"));
    EXPECT_THAT(scan({}, 1000, 5000), ElementsAre("b")) << "the end of a range is excluded";
  }
  EXPECT_THAT(scan({.texts = {{"user", "bob"}}}), IsEmpty()) << "the filter skips the block";
  EXPECT_THAT(scan({.texts = {{"user", "ann"}}}), testing::Contains("a"));
}

TEST_F(TraceStoreTest, repeated_requests_add_nothing) {
  open();
  const std::vector<Span> spans{make_.span(1, 1, 0, "api", "a", 0, 1), make_.span(1, 2, 1, "api", "b", 0, 1)};
  EXPECT_EQ(write(spans).accepted, 2u);
  const auto again = write({spans[0], spans[1], make_.span(1, 3, 1, "api", "c", 0, 1), make_.span(1, 3, 1, "api", "c", 0, 1)});
  EXPECT_EQ(again.accepted, 1u);
  EXPECT_EQ(again.duplicates, 3u);
  open();
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(write(spans).accepted, 2u) << "that long afterwards they are not remembered";
  EXPECT_THAT(trace(1), SizeIs(3)) << "but told once";
}

TEST_F(TraceStoreTest, what_has_no_place_is_refused_and_counted) {
  settings_.limits.span_bytes_max = 2000;
  open();
  const std::string large(3000, 'x');
  const auto outcome = write({make_.span(1, 1, 0, "api", "kept", 0, 1), make_.span(1, 2, 0, "api", "old", -900'000'000, 1), make_.span(1, 3, 0, "api", "new", 3'600'000, 1),
                              make_.span(1, 4, 0, "api", "large", 0, 1, {{"a", AttributeValue::of(std::string_view(large))}})});
  EXPECT_EQ(outcome.accepted, 1u);
  EXPECT_EQ(outcome.too_old, 1u);
  EXPECT_EQ(outcome.too_new, 1u);
  EXPECT_EQ(outcome.too_large, 1u);
  EXPECT_THAT(outcome.first_problem, HasSubstr("span \"old\" of trace 0000000000000001"));
  EXPECT_THAT(scan({}), ElementsAre("kept"));
}

TEST_F(TraceStoreTest, traces_of_a_hundred_thousand_spans_are_whole) {
  open();
  std::vector<Span> spans;
  for (uint64_t i = 1; i <= 100'000; ++i) spans.push_back(make_.span(1, i, i / 10, "api", "n", static_cast<int64_t>(i % 1000), 1));
  for (size_t i = 0; i < spans.size(); i += 5000) write({spans.begin() + static_cast<ptrdiff_t>(i), spans.begin() + static_cast<ptrdiff_t>(i + 5000)});
  ASSERT_TRUE(store_->flush());
  const auto found = store_->trace({1, 32}, 1'000'000);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->spans.size(), 100'000u);
}

TEST_F(TraceStoreTest, old_partitions_leave_and_damaged_ones_are_set_aside) {
  settings_.retention = std::chrono::hours(48);
  open();
  write({make_.span(1, 1, 0, "api", "yesterday", -24 * 3'600'000, 1), make_.span(2, 2, 0, "api", "today", 0, 1)});
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->disk_usage().partitions, 2u);
  clock_.advance(std::chrono::hours(30));
  ASSERT_TRUE(store_->maintain());
  EXPECT_EQ(store_->disk_usage().partitions, 1u);
  EXPECT_THAT(scan({}, -100'000'000), ElementsAre("today"));
  for (const auto& entry : std::filesystem::directory_iterator(settings_.folder)) {
    if (!std::filesystem::exists(entry.path() / "traces.db")) continue;
    store_.reset();
    std::ofstream(entry.path() / "traces.db", std::ios::binary) << std::string(8192, 'x');
    break;
  }
  open();
  EXPECT_THAT(store_->set_aside(), SizeIs(1));
  EXPECT_THAT(scan({}), IsEmpty());
  EXPECT_EQ(write({make_.span(3, 3, 0, "api", "goes on", 30 * 3'600'000, 1)}).accepted, 1u);
}

TEST_F(TraceStoreTest, the_oldest_days_leave_where_all_are_too_large) {
  settings_.retention = std::chrono::hours(24 * 30);
  open();
  for (uint64_t day = 0; day < 3; ++day) {
    std::string noise;
    std::mt19937_64 random(day);
    for (int i = 0; i < 30'000; ++i) noise += static_cast<char>('a' + random() % 26);
    write({make_.span(day + 1, 1, 0, "api", fmt::format("day {}", day), -static_cast<int64_t>(2 - day) * 24 * 3'600'000, 1, {{"noise", signals::AttributeValue::of(std::string_view(noise))}})});
  }
  ASSERT_TRUE(store_->flush());
  const uint64_t all = store_->disk_usage().partition_bytes;
  ASSERT_EQ(store_->disk_usage().partitions, 3u);
  const auto left = [&](uint64_t bytes) {
    settings_.retention_bytes = bytes;
    open();
    EXPECT_TRUE(store_->maintain());
    clock_.advance(std::chrono::minutes(20));
    EXPECT_TRUE(store_->maintain());
    return scan({}, -300'000'000);
  };
  EXPECT_THAT(left(0), ElementsAre("day 0", "day 1", "day 2")) << "no limit";
  EXPECT_THAT(left(2 * all), ElementsAre("day 0", "day 1", "day 2"));
  EXPECT_THAT(left(all - 1), ElementsAre("day 1", "day 2"));
  EXPECT_THAT(left(all / 2), ElementsAre("day 2"));
}

TEST_F(TraceStoreTest, nothing_is_deleted_by_age_until_a_clock_that_jumped_has_held_for_an_hour) {
  settings_.retention = std::chrono::hours(48);
  open();
  write({make_.span(1, 1, 0, "api", "old", 0, 1)});
  ASSERT_TRUE(store_->flush());
  const auto pass = [&](int minutes) {
    clock_.advance(std::chrono::minutes(minutes));
    ASSERT_TRUE(store_->maintain());
  };
  const int64_t right = clock_.now().ms;
  clock_.set({right + 1000 * int64_t{86'400'000}});
  for (int i = 0; i < 6; ++i) pass(9);
  EXPECT_EQ(store_->disk_usage().partitions, 1u);
  store_.reset();
  open();
  for (int i = 0; i < 6; ++i) pass(9);
  EXPECT_EQ(store_->disk_usage().partitions, 1u) << "a start at which everything would be too old";
  for (int i = 0; i < 2; ++i) pass(9);
  EXPECT_EQ(store_->disk_usage().partitions, 0u);
}

TEST_F(TraceStoreTest, what_tail_sampling_drops_is_gone_and_its_later_parts_follow_the_first) {
  settings_.keep = [](std::span<const Span> spans) { return spans.front().name == "keep"; };
  settings_.decision_wait = std::chrono::seconds(10);
  settings_.head_bytes_max = 1;
  open();
  write({make_.span(1, 1, 0, "api", "keep", 0, 1), make_.span(2, 2, 0, "api", "drop", 0, 1)});
  ASSERT_TRUE(store_->maintain());
  EXPECT_THAT(scan({}), ElementsAre("drop", "keep")) << "not decided yet";
  clock_.advance(std::chrono::seconds(11));
  ASSERT_TRUE(store_->maintain());
  EXPECT_THAT(scan({}), ElementsAre("keep"));
  EXPECT_EQ(store_->counts().spans_sampled_out, 1u);
  write({make_.span(1, 3, 1, "api", "later", 0, 1)});
  ASSERT_TRUE(store_->flush());
  EXPECT_THAT(scan({}), ElementsAre("keep", "later"));
}

/// Spans of two days, written one request at a time, with a failing file operation somewhere.
TEST_F(TraceStoreTest, what_was_acknowledged_survives_failing_files) {
  for (const bool for_ever : {false, true}) {
    bool failed = true;
    for (size_t k = 1; failed && k < 200; ++k) {
      FaultyFiles files;
      files_ = &files;
      std::filesystem::remove_all(settings_.folder);
      std::filesystem::create_directories(settings_.folder);
      open();
      files.fail_at(k, for_ever);
      size_t acknowledged = 0;
      std::vector<uint64_t> ids;
      for (uint64_t i = 1; i <= 12; ++i) {
        if (const auto written = store_->write(std::vector{make_.span(i, i, 0, "api", "n", i % 2 == 0 ? 0 : -24 * 3'600'000, 1)}); written && written->accepted == 1) {
          ++acknowledged;
          ids.push_back(i);
        }
        if (i % 5 == 0) (void)store_->flush();
      }
      failed = files.failed();
      files.heal();
      open();
      for (const uint64_t id : ids) EXPECT_THAT(trace(id), SizeIs(1)) << "operation " << k << (for_ever ? " and all after it" : "");
      EXPECT_EQ(scan({}, -100'000'000).size(), acknowledged) << "operation " << k;
      store_.reset();
      files_ = &posix_;
    }
  }
}

TEST_F(TraceStoreTest, a_full_disk_stops_writes_and_nothing_else) {
  FaultyFiles files;
  files_ = &files;
  open();
  write({make_.span(1, 1, 0, "api", "before", 0, 1)});
  files.set_bytes_left(10);
  const auto refused = store_->write(std::vector{make_.span(2, 1, 0, "api", "refused", 0, 1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unavailable);
  (void)store_->maintain();
  EXPECT_TRUE(store_->blocked());
  EXPECT_THAT(scan({}), ElementsAre("before"));
  files.heal();
  EXPECT_TRUE(store_->maintain());
  EXPECT_FALSE(store_->blocked()) << "without being sent anything";
  write({make_.span(3, 1, 0, "api", "after", 0, 1)});
  open();
  EXPECT_THAT(scan({}), ElementsAre("after", "before"));
  store_.reset();
  files_ = &posix_;
}

}  // namespace
}  // namespace monitorai::store

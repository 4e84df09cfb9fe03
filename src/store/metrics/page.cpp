#include "store/metrics/page.h"

#include "store/disk/bytes.h"
#include "store/disk/frame.h"
#include "store/metrics/columns.h"

namespace monitorai::store {

using signals::Columns;

namespace {

/// How an entry tells its times. A series that was scraped together with the one before has the same times in the same order, so its
/// first chunk follows the last one's times round to the first (`next`), or has the same (`same`) where each has one chunk.
enum TimesOf : unsigned { kNew = 0, kSame = 1, kNext = 2, kNumbered = 3 };
constexpr unsigned kTimesBits = 2;

}  // namespace

size_t PageBuilder::find_times(const Chunk& chunk) const {
  const auto same = [&](const Times& times) {
    return times.from_ms == chunk.from_ms() && times.to_ms == chunk.to_ms() && times.bytes == chunk.times();
  };
  if (times_.empty() || same(times_[last_times_])) return last_times_;
  if (const size_t next = (last_times_ + 1) % times_.size(); same(times_[next])) return next;
  return static_cast<size_t>(std::find_if(times_.begin(), times_.end(), same) - times_.begin());
}

void PageBuilder::add(StorageId id, const Chunk& chunk) {
  const size_t which = find_times(chunk);
  const bool fresh = which == times_.size();
  const TimesOf of = fresh ? kNew : which == last_times_ ? kSame : which == (last_times_ + 1) % times_.size() ? kNext : kNumbered;
  put_varint(index_, id - last_);
  put_varint(index_, (chunk.count() << kTimesBits) | of);
  put_varint(index_, chunk.values().size());
  if (of == kNumbered) put_varint(index_, which);
  if (fresh) {
    put_varint(index_, chunk.times().size());
    put_signed(index_, minus(chunk.from_ms(), times_.empty() ? 0 : times_.back().from_ms));
    put_varint(index_, static_cast<uint64_t>(minus(chunk.to_ms(), chunk.from_ms())));
    times_.push_back({std::string(chunk.times()), chunk.from_ms(), chunk.to_ms()});
    bodies_ += chunk.times();
  }
  bodies_ += chunk.values();
  last_times_ = which;
  last_ = id;
  ++count_;
}

bool PageBuilder::add(StorageId id, std::span<const Chunk* const> chunks) {
  MAI_CHECK(count_ == 0 || id >= last_);
  if (count_ == 0) first_ = last_ = id;
  const size_t index = index_.size(), bodies = bodies_.size(), times = times_.size(), last_times = last_times_, count = count_;
  const StorageId last = last_;
  for (const Chunk* chunk : chunks) add(id, *chunk);
  if (count == 0 || kOverheadBytes + index_.size() + bodies_.size() <= kPageBytes) return true;
  index_.resize(index);
  bodies_.resize(bodies);
  times_.resize(times);
  last_times_ = last_times;
  last_ = last;
  count_ = count;
  return false;
}

std::string PageBuilder::finish() {
  std::string payload;
  put_varint(payload, first_);
  put_varint(payload, count_);
  payload += index_;
  payload += bodies_;
  std::string page = frame_header(payload) + payload;
  *this = PageBuilder();
  return page;
}

Result<Page> Page::parse(std::string bytes) {
  Page page;
  page.bytes_ = std::make_unique<const std::string>(std::move(bytes));
  const auto damaged = [&] {
    return Error{Code::corrupt, fmt::format("cannot read page of {} bytes: it is damaged", page.bytes_->size())};
  };
  std::string_view framed = *page.bytes_;
  const auto payload = take_frame(framed);
  if (!payload || !framed.empty()) return damaged();
  ByteReader in(*payload);
  auto id = static_cast<StorageId>(in.varint());
  const uint64_t count = in.varint();
  if (!in.ok() || count == 0 || count > in.left()) return damaged();
  page.entries_.reserve(count);
  struct Times {
    int64_t from_ms = 0;
    int64_t to_ms = 0;
    size_t bytes = 0;
    std::string_view body;
  };
  std::vector<Times> times;
  struct Bodies {
    size_t times = 0;
    size_t value_bytes = 0;
    bool fresh = false;
  };
  std::vector<Bodies> bodies;
  bodies.reserve(count);
  size_t which = 0;
  for (uint64_t i = 0; i < count; ++i) {
    id += static_cast<StorageId>(in.varint());
    const uint64_t head = in.varint();
    const size_t value_bytes = in.varint();
    const auto of = static_cast<TimesOf>(head & ((1u << kTimesBits) - 1));
    if (of == kNew) {
      const size_t time_bytes = in.varint();
      const int64_t from_ms = plus(times.empty() ? 0 : times.back().from_ms, in.signed_varint());
      which = times.size();
      times.push_back({from_ms, plus(from_ms, static_cast<int64_t>(in.varint())), time_bytes, {}});
    } else if (of == kNext) {
      which = times.empty() ? 0 : (which + 1) % times.size();
    } else if (of == kNumbered) {
      which = in.varint();
    }
    if (!in.ok() || which >= times.size() || head >> kTimesBits > kChunkSamplesMax) return damaged();
    bodies.push_back({which, value_bytes, of == kNew});
    page.entries_.push_back({id, static_cast<uint32_t>(head >> kTimesBits), times[which].from_ms, times[which].to_ms, {}, {}});
  }
  for (uint64_t i = 0; i < count; ++i) {
    Times& of = times[bodies[i].times];
    if (bodies[i].fresh) of.body = in.bytes(of.bytes);
    page.entries_[i].times = of.body;
    page.entries_[i].values = in.bytes(bodies[i].value_bytes);
  }
  if (!in.ok() || !in.at_end()) return damaged();
  return page;
}

std::span<const Page::Entry> Page::find(StorageId id) const {
  const auto [low, high] =
      std::equal_range(entries_.begin(), entries_.end(), Entry{.id = id}, [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return {low, high};
}

Result<void> Page::read(StorageId id, TimeRange range, Columns& out, size_t begin) const {
  for (const Entry& entry : find(id)) {
    if (entry.to_ms < range.from.ms || entry.from_ms > range.to.ms) continue;
    const bool behind = out.times_ms.size() == begin || out.times_ms.back() < entry.from_ms;
    thread_local Columns apart;
    Columns& into = behind ? out : apart;
    if (!behind) apart.clear();
    const size_t at = into.times_ms.size();
    MAI_TRY(decode_times(entry.times, entry.count, into.times_ms));
    if (auto values = decode_values(entry.values, entry.count, into.values); !values) {
      into.times_ms.resize(at);
      return values;
    }
    if (entry.from_ms < range.from.ms || entry.to_ms > range.to.ms) keep_range(into, at, range);
    if (!behind) merge_columns(out, begin, apart);
  }
  return {};
}

}  // namespace monitorai::store

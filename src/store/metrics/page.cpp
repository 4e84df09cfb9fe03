#include "store/metrics/page.h"

#include "store/disk/bytes.h"
#include "store/disk/frame.h"
#include "store/metrics/columns.h"

namespace monitorai::store {

using signals::Columns;

void PageBuilder::add(StorageId id, const Chunk& chunk) {
  MAI_CHECK(count_ == 0 || id >= last_);
  if (count_ == 0) first_ = last_ = id;
  // Regular times are the same bytes however many there are: the end tells how far they go.
  const bool shared = count_ > 0 && chunk.times() == last_times_ && chunk.to_ms() == last_to_ms_;
  put_varint(index_, id - last_);
  put_varint(index_, (chunk.count() << 1) | (shared ? 1 : 0));
  put_varint(index_, chunk.values().size());
  if (!shared) {
    put_varint(index_, chunk.times().size());
    put_signed(index_, minus(chunk.from_ms(), last_from_ms_));
    put_varint(index_, static_cast<uint64_t>(minus(chunk.to_ms(), chunk.from_ms())));
    last_times_ = chunk.times();
    last_from_ms_ = chunk.from_ms();
    last_to_ms_ = chunk.to_ms();
    bodies_ += chunk.times();
  }
  bodies_ += chunk.values();
  last_ = id;
  ++count_;
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
  std::vector<std::pair<uint64_t, uint64_t>> sizes;  // of times and values
  int64_t from_ms = 0;
  int64_t to_ms = 0;
  for (uint64_t i = 0; i < count; ++i) {
    id += static_cast<StorageId>(in.varint());
    const uint64_t head = in.varint();
    const uint64_t values = in.varint();
    const bool shared = (head & 1) != 0;
    const uint64_t times = shared ? 0 : in.varint();
    if (!shared) {
      from_ms = plus(from_ms, in.signed_varint());
      to_ms = plus(from_ms, static_cast<int64_t>(in.varint()));
    }
    if (!in.ok() || (shared && i == 0) || head >> 1 > kChunkSamplesMax) return damaged();
    sizes.emplace_back(times, values);
    page.entries_.push_back({id, static_cast<uint32_t>(head >> 1), from_ms, to_ms, {}, {}});
  }
  std::string_view times;
  for (uint64_t i = 0; i < count; ++i) {
    if (sizes[i].first > 0) times = in.bytes(sizes[i].first);
    page.entries_[i].times = times;
    page.entries_[i].values = in.bytes(sizes[i].second);
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

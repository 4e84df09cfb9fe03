#include "store/logs/log_cursor.h"

#include <algorithm>
#include <numeric>

#include "base/log.h"

namespace monitorai::store {

using signals::Direction;
using signals::LogBlock;
using signals::LogRange;

namespace {

/// What is in memory arrived after all that is in partitions.
constexpr uint64_t kMemoryOrder = uint64_t{1} << 63;

}  // namespace

StoredLogCursor::StoredLogCursor(const StreamView& view, LogRange range, Direction direction, GramQuery query)
    : range_(range), forward_(direction == Direction::forward), query_(std::move(query)) {
  for (const StreamView::Day& day : view.days)
    for (const BlockEntry& entry : view.entries(day, range))
      pieces_.push_back({entry.from_ns, entry.to_ns, entry.end_seq, day.blocks->partition, entry, {}});
  for (size_t i = 0; i < view.memory.size(); ++i) {
    const LogHead::Snapshot& memory = view.memory[i];
    if (memory.from_ns < range.to.ns && memory.to_ns >= range.from.ns)
      pieces_.push_back({memory.from_ns, memory.to_ns, kMemoryOrder + i, nullptr, {}, memory});
  }
  std::sort(pieces_.begin(), pieces_.end(), [&](const Piece& a, const Piece& b) {
    if (forward_) return a.from_ns != b.from_ns ? a.from_ns < b.from_ns : a.order < b.order;
    return a.to_ns != b.to_ns ? a.to_ns > b.to_ns : a.order > b.order;
  });
}

bool StoredLogCursor::passes(const Piece& piece) const {
  if (query_.empty() || piece.partition == nullptr) return true;
  const auto group = piece.partition->read_filters(piece.entry);
  // Without its filter a block is read.
  if (!group || (*group)->size() < piece.entry.filter_at) return true;
  return query_.may_be_in(std::string_view(**group).substr(piece.entry.filter_at));
}

void StoredLogCursor::settle() const {
  while (at_ < pieces_.size() && !passes(pieces_[at_])) ++at_;
}

std::optional<LogRange> StoredLogCursor::peek() const {
  int64_t from_ns = INT64_MAX;
  int64_t to_ns = INT64_MIN;
  for (const auto& active : active_) {
    if (active->begin == active->end) continue;
    from_ns = std::min(from_ns, active->first_ns());
    to_ns = std::max(to_ns, active->last_ns());
  }
  size_t at = at_;
  int64_t edge = forward_ ? from_ns : to_ns;
  if (from_ns > to_ns) {
    settle();
    at = at_;
    if (at == pieces_.size()) return std::nullopt;
    from_ns = pieces_[at].from_ns;
    to_ns = pieces_[at++].to_ns;
    // Where in it the first line lies is not known yet.
    edge = forward_ ? to_ns : from_ns;
  }
  // Pieces that begin before the first line to come are merged with it; the next one behind them ends the block.
  for (; at < pieces_.size(); ++at) {
    const Piece& piece = pieces_[at];
    if (forward_ ? piece.from_ns > edge : piece.to_ns < edge) {
      if (forward_) to_ns = std::min(to_ns, piece.from_ns);
      if (!forward_) from_ns = std::max(from_ns, piece.to_ns);
      break;
    }
    from_ns = std::min(from_ns, piece.from_ns);
    to_ns = std::max(to_ns, piece.to_ns);
  }
  from_ns = std::max(from_ns, range_.from.ns);
  to_ns = std::min(to_ns, range_.to.ns - 1);
  return LogRange{{from_ns}, {to_ns + 1}};
}

/// Whether the lines of a piece that have the time of an active line come after all of those, in the direction.
bool StoredLogCursor::before_all(const Piece& piece) const {
  return std::all_of(active_.begin(), active_.end(),
                     [&](const auto& active) { return forward_ ? active->order < piece.order : active->order > piece.order; });
}

bool StoredLogCursor::must_join(const Piece& piece) const {
  const bool after = before_all(piece);
  for (const auto& active : active_) {
    if (forward_ && (piece.from_ns > active->first_ns() || (piece.from_ns == active->first_ns() && after))) return false;
    if (!forward_ && (piece.to_ns < active->last_ns() || (piece.to_ns == active->last_ns() && after))) return false;
  }
  return true;
}

/// False when the block cannot be had: its partition is damaged or gone.
Result<bool> StoredLogCursor::fill(const Piece& piece, Active& active) {
  if (piece.partition == nullptr) {
    active.memory = piece.memory;
    if (piece.memory.sorted) {
      active.block = piece.memory.block;
      return true;
    }
    sort_lines(piece.memory, *active.columns);
  } else {
    const LogPartition& partition = *piece.partition;
    auto read = partition.read_body(piece.entry, body_);
    if (read) read = decode_block(body_, *active.columns);
    if (!read && partition.removed()) return false;
    if (!read && read.error().code == Code::corrupt) {
      log::error("a block of log lines is damaged and was skipped",
                 {{"partition", partition.folder().filename().native()}, {"block", piece.entry.key}, {"error", read.error().message}});
      partition.set_damaged();
      return false;
    }
    if (!read) return read.error();
  }
  active.block = active.columns->view(0, active.columns->size());
  return true;
}

Result<void> StoredLogCursor::load(const Piece& piece) {
  auto active = std::make_unique<Active>();
  if (spare_.empty()) {
    active->columns = std::make_unique<LineColumns>();
  } else {
    active->columns = std::move(spare_.back());
    spare_.pop_back();
  }
  MAI_TRY_ASSIGN(const bool filled, fill(piece, *active));
  if (!filled) return {};
  const auto& times = active->block.times_ns;
  active->order = piece.order;
  active->begin = static_cast<size_t>(std::lower_bound(times.begin(), times.end(), range_.from.ns) - times.begin());
  active->end = static_cast<size_t>(std::lower_bound(times.begin(), times.end(), range_.to.ns) - times.begin());
  if (active->begin < active->end) active_.push_back(std::move(active));
  return {};
}

Result<const LogBlock*> StoredLogCursor::next() {
  std::erase_if(active_, [&](auto& active) {
    if (active->begin < active->end) return false;
    spare_.push_back(std::move(active->columns));
    return true;
  });
  while (at_ < pieces_.size()) {
    if (active_.empty())
      settle();
    else if (!must_join(pieces_[at_]))
      break;
    if (at_ == pieces_.size()) break;
    const Piece& piece = pieces_[at_++];
    if (active_.empty() || passes(piece)) MAI_TRY(load(piece));
  }
  return active_.empty() ? nullptr : emit();
}

const LogBlock* StoredLogCursor::emit() {
  // What comes before the next piece begins.
  std::vector<std::pair<size_t, size_t>> parts(active_.size());
  size_t giving = 0;
  size_t giver = 0;
  for (size_t i = 0; i < active_.size(); ++i) {
    Active& active = *active_[i];
    size_t cut = forward_ ? active.end : active.begin;
    if (at_ < pieces_.size()) {
      const bool inclusive = before_all(pieces_[at_]);
      const auto begin = active.block.times_ns.begin();
      const auto from = begin + static_cast<ptrdiff_t>(active.begin);
      const auto to = begin + static_cast<ptrdiff_t>(active.end);
      const int64_t bound = forward_ ? pieces_[at_].from_ns : pieces_[at_].to_ns;
      cut = static_cast<size_t>((forward_ == inclusive ? std::upper_bound(from, to, bound) : std::lower_bound(from, to, bound)) - begin);
    }
    parts[i] = forward_ ? std::pair(active.begin, cut) : std::pair(cut, active.end);
    (forward_ ? active.begin : active.end) = cut;
    if (parts[i].first < parts[i].second) {
      ++giving;
      giver = i;
    }
  }
  MAI_CHECK(giving > 0);
  if (giving > 1) return merge(parts);
  out_ = cut_block(active_[giver]->block, parts[giver].first, parts[giver].second, out_ends_);
  return &out_;
}

const LogBlock* StoredLogCursor::merge(std::span<const std::pair<size_t, size_t>> parts) {
  std::vector<size_t> by_order(parts.size());
  std::iota(by_order.begin(), by_order.end(), 0);
  std::sort(by_order.begin(), by_order.end(), [&](size_t a, size_t b) { return active_[a]->order < active_[b]->order; });
  std::vector<std::pair<size_t, size_t>> left(parts.begin(), parts.end());
  merged_.clear();
  for (;;) {
    size_t best = SIZE_MAX;
    for (const size_t i : by_order) {
      if (left[i].first == left[i].second) continue;
      if (best == SIZE_MAX || active_[i]->block.times_ns[left[i].first] < active_[best]->block.times_ns[left[best].first]) best = i;
    }
    if (best == SIZE_MAX) break;
    const LogBlock& block = active_[best]->block;
    const size_t i = left[best].first++;
    merged_.add(block.times_ns[i], block.line(i), block.metadata(i));
  }
  return &merged_.view(0, merged_.size());
}

}  // namespace monitorai::store

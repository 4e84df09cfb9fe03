#include "store/logs/log_head.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/check.h"
#include "store/logs/settings.h"

namespace monitorai::store {

using signals::Label;
using signals::LabelView;
using signals::LogBlock;

namespace {

constexpr size_t kSetsAtFirst = 16;
/// From the end, before a set of all hashes is made.
constexpr size_t kLinesLookedAt = 64;

bool same(std::span<const LabelView> a, const std::vector<Label>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const LabelView& x, const Label& y) { return x.name == y.name && x.value == y.value; });
}

}  // namespace

LogHead::LogHead(size_t text_capacity, size_t line_capacity)
    : text_capacity_(text_capacity),
      line_capacity_(std::min(line_capacity, kBlockLinesMax)),
      sets_capacity_(SIZE_MAX),
      text_(std::make_unique_for_overwrite<char[]>(text_capacity)),
      times_ns_(std::make_unique_for_overwrite<int64_t[]>(line_capacity_)),
      ends_(std::make_unique_for_overwrite<uint32_t[]>(line_capacity_)),
      set_of_(std::make_unique_for_overwrite<uint32_t[]>(line_capacity_)),
      hash_of_(std::make_unique_for_overwrite<uint64_t[]>(line_capacity_)) {}

std::shared_ptr<LogHead> LogHead::grown(size_t line_bytes) {
  const bool text_full = text_bytes_ + line_bytes >= text_capacity_;
  auto out = std::make_shared<LogHead>(text_full ? std::max(2 * text_capacity_, text_bytes_ + line_bytes + 1) : text_capacity_,
                                       size_ == line_capacity_ ? 2 * line_capacity_ : line_capacity_);
  std::memcpy(out->text_.get(), text_.get(), text_bytes_);
  std::copy_n(times_ns_.get(), size_, out->times_ns_.get());
  std::copy_n(ends_.get(), size_, out->ends_.get());
  std::copy_n(set_of_.get(), size_, out->set_of_.get());
  std::copy_n(hash_of_.get(), size_, out->hash_of_.get());
  if (sets_ != nullptr) {
    out->sets_capacity_ = sets_size_ >= sets_capacity_ ? 2 * sets_capacity_ : sets_capacity_;
    out->sets_ = std::make_unique<std::vector<Label>[]>(out->sets_capacity_);
    std::copy_n(sets_.get(), sets_size_, out->sets_.get());
  }
  out->size_ = size_;
  out->text_bytes_ = text_bytes_;
  out->sets_size_ = sets_size_;
  out->published_sets_ = published_sets_.load();
  out->published_ = published_.load();
  out->from_ns_ = from_ns();
  out->to_ns_ = to_ns();
  out->sorted_ = sorted_.load();
  out->hashes_ = std::move(hashes_);
  out->end_seq = end_seq;
  out->born = born;
  return out;
}

std::shared_ptr<LogHead> LogHead::fresh() const { return std::make_shared<LogHead>(text_capacity_, line_capacity_); }

bool LogHead::has(int64_t time_ns, uint64_t hash) {
  if (!hashes_ && sorted_.load(std::memory_order_relaxed)) {
    const size_t first = size_ - std::min(size_, kLinesLookedAt);
    for (size_t i = size_; i > first; --i) {
      if (times_ns_[i - 1] < time_ns) return false;
      if (hash_of_[i - 1] == hash) return true;
    }
    if (first == 0) return false;
  }
  if (!hashes_) hashes_.emplace(hash_of_.get(), hash_of_.get() + size_);
  return hashes_->contains(hash);
}

void LogHead::append(int64_t time_ns, std::string_view line, std::span<const LabelView> metadata, uint64_t hash) {
  if (!line.empty()) std::memcpy(text_.get() + text_bytes_, line.data(), line.size());
  text_bytes_ += line.size();
  ends_[size_] = static_cast<uint32_t>(text_bytes_);
  text_[text_bytes_++] = '\n';
  times_ns_[size_] = time_ns;
  uint32_t set = 0;
  if (!metadata.empty()) {
    if (sets_ == nullptr) {
      sets_capacity_ = kSetsAtFirst;
      sets_ = std::make_unique<std::vector<Label>[]>(sets_capacity_);
      sets_size_ = 1;
    }
    // Neighbours tend to carry the same; the encoder finds the rest.
    if (sets_size_ == 1 || !same(metadata, sets_[sets_size_ - 1])) {
      std::vector<Label>& fresh = sets_[sets_size_++];
      for (const LabelView& label : metadata) fresh.push_back({std::string(label.name), std::string(label.value)});
    }
    set = static_cast<uint32_t>(sets_size_ - 1);
    published_sets_.store(static_cast<uint32_t>(sets_size_), std::memory_order_release);
  }
  set_of_[size_] = set;
  if (time_ns < to_ns()) sorted_.store(false, std::memory_order_relaxed);
  if (time_ns < from_ns()) from_ns_.store(time_ns, std::memory_order_relaxed);
  if (time_ns > to_ns()) to_ns_.store(time_ns, std::memory_order_relaxed);
  hash_of_[size_] = hash;
  if (hashes_) hashes_->insert(hash);
  ++size_;
}

LogHead::Snapshot LogHead::snapshot(std::shared_ptr<const LogHead> head) {
  Snapshot out;
  out.size = head->published_.load(std::memory_order_acquire);
  out.from_ns = head->from_ns_.load(std::memory_order_relaxed);
  out.to_ns = head->to_ns_.load(std::memory_order_relaxed);
  out.sorted = head->sorted_.load(std::memory_order_relaxed);
  const size_t sets = head->published_sets_.load(std::memory_order_acquire);
  if (out.size > 0) {
    out.block.times_ns = {head->times_ns_.get(), out.size};
    out.block.ends = {head->ends_.get(), out.size};
    out.block.text = {head->text_.get(), size_t{head->ends_[out.size - 1]} + 1};
    if (sets > 0) {
      out.block.sets = {head->sets_.get(), sets};
      out.block.set_of = {head->set_of_.get(), out.size};
    }
  }
  out.head = std::move(head);
  return out;
}

void sort_lines(const LogHead::Snapshot& snapshot, LineColumns& out) {
  const LogBlock& from = snapshot.block;
  std::vector<uint32_t> order(from.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return from.times_ns[a] < from.times_ns[b]; });
  out.clear();
  out.reserve(from.size(), from.text.size());
  for (const uint32_t i : order) out.add(from.times_ns[i], from.line(i), from.metadata(i));
}

}  // namespace monitorai::store

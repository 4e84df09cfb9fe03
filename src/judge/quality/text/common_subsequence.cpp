#include "judge/quality/text/common_subsequence.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace monitorai::judge {
namespace {

constexpr size_t kMaskBytesMax = size_t{8} << 20;
constexpr uint32_t kNone = UINT32_MAX;

/// For each word of a pattern the bits of its places. Masks of all words are kept where they are small, else made word by word.
class Masks {
 public:
  explicit Masks(std::span<const WordId> pattern) : pattern_(pattern), blocks_((pattern.size() + 63) / 64) {
    WordId highest = 0;
    for (const WordId word : pattern) highest = std::max(highest, word);
    row_.assign(size_t{highest} + 1, kNone);
    for (const WordId word : pattern)
      if (row_[word] == kNone) row_[word] = rows_++;
    dense_ = rows_ * blocks_ * sizeof(uint64_t) <= kMaskBytesMax;
    if (dense_) {
      bits_.assign(rows_ * blocks_, 0);
      for (size_t at = 0; at < pattern.size(); ++at) bits_[row_[pattern[at]] * blocks_ + at / 64] |= uint64_t{1} << (at % 64);
    } else {
      bits_.assign(blocks_, 0);
      list_places();
    }
  }

  size_t blocks() const { return blocks_; }
  /// The places of a word, or null where the pattern lacks it. Valid until the next call.
  const uint64_t* of(WordId word) {
    if (word >= row_.size() || row_[word] == kNone) return nullptr;
    const size_t row = row_[word];
    if (dense_) return &bits_[row * blocks_];
    for (size_t i = first_[shown_]; i < first_[shown_ + 1]; ++i) bits_[places_[i] / 64] = 0;
    for (size_t i = first_[row]; i < first_[row + 1]; ++i) bits_[places_[i] / 64] |= uint64_t{1} << (places_[i] % 64);
    shown_ = row;
    return bits_.data();
  }

 private:
  void list_places() {
    first_.assign(rows_ + 1, 0);
    for (const WordId word : pattern_) ++first_[row_[word] + 1];
    for (size_t row = 0; row < rows_; ++row) first_[row + 1] += first_[row];
    std::vector<size_t> next(first_.begin(), first_.end() - 1);
    places_.resize(pattern_.size());
    for (size_t at = 0; at < pattern_.size(); ++at) places_[next[row_[pattern_[at]]]++] = static_cast<uint32_t>(at);
  }

  std::span<const WordId> pattern_;
  size_t blocks_;
  uint32_t rows_ = 0;
  bool dense_ = true;
  size_t shown_ = 0;
  std::vector<uint32_t> row_, places_;
  std::vector<size_t> first_;
  std::vector<uint64_t> bits_;
};

/// One row of the table: a zero bit where the length grows from one place of the pattern to the next.
void step(std::vector<uint64_t>& row, const uint64_t* mask) {
  uint64_t carry = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    const uint64_t v = row[i], kept = v & mask[i];
    const uint64_t sum = v + kept, with_carry = sum + carry;
    carry = static_cast<uint64_t>(sum < v) | static_cast<uint64_t>(with_carry < sum);
    row[i] = with_carry | (v & ~mask[i]);
  }
}

/// How often the length has grown within the first `places` places.
size_t length_within(const std::vector<uint64_t>& row, size_t places) {
  size_t out = 0;
  for (size_t i = 0; i < places / 64; ++i) out += static_cast<size_t>(std::popcount(~row[i]));
  if (places % 64 != 0) out += static_cast<size_t>(std::popcount(~row[places / 64] & ((uint64_t{1} << (places % 64)) - 1)));
  return out;
}

bool grows_at(const std::vector<uint64_t>& row, size_t place) { return (row[place / 64] >> (place % 64) & 1) == 0; }

/// The rows of the table, of which only every stride-th and one run between two of those are held.
class Rows {
 public:
  Rows(std::span<const WordId> reference, std::span<const WordId> candidate) : reference_(reference), masks_(candidate) {
    stride_ = std::max<size_t>(16, static_cast<size_t>(std::sqrt(static_cast<double>(reference.size()))));
    std::vector<uint64_t> row(masks_.blocks(), ~uint64_t{0});
    for (size_t i = 0; i <= reference.size(); ++i) {
      if (i > 0) advance(row, i);
      if (i % stride_ == 0) kept_.push_back(row);
    }
  }
  const std::vector<uint64_t>& at(size_t i) {
    const size_t run = i / stride_;
    if (run != run_) {
      // Going back row by row, the row above is asked for too: the run before stays at hand.
      std::swap(above_, rows_);
      std::swap(run_above_, run_);
      if (run != run_) make(run);
    }
    return rows_[i % stride_];
  }

 private:
  void advance(std::vector<uint64_t>& row, size_t i) {
    if (const uint64_t* mask = masks_.of(reference_[i - 1])) step(row, mask);
  }
  void make(size_t run) {
    rows_.resize(stride_);
    rows_[0] = kept_[run];
    for (size_t k = 1; k < stride_ && run * stride_ + k <= reference_.size(); ++k) {
      rows_[k] = rows_[k - 1];
      advance(rows_[k], run * stride_ + k);
    }
    run_ = run;
  }

  std::span<const WordId> reference_;
  Masks masks_;
  size_t stride_ = 1;
  size_t run_ = SIZE_MAX, run_above_ = SIZE_MAX;
  std::vector<std::vector<uint64_t>> kept_, rows_, above_;
};

}  // namespace

struct CommonSubsequence::State {
  explicit State(std::span<const WordId> pattern) : size(pattern.size()), masks(pattern) {}
  size_t size;
  Masks masks;
  std::vector<uint64_t> row;
};

CommonSubsequence::CommonSubsequence(std::span<const WordId> pattern) : state_(std::make_unique<State>(pattern)) {}
CommonSubsequence::~CommonSubsequence() = default;

size_t CommonSubsequence::with(std::span<const WordId> text, std::span<const WordId> more) {
  state_->row.assign(state_->masks.blocks(), ~uint64_t{0});
  for (const std::span<const WordId> part : {text, more})
    for (const WordId word : part)
      if (const uint64_t* mask = state_->masks.of(word)) step(state_->row, mask);
  return length_within(state_->row, state_->size);
}

size_t common_subsequence(std::span<const WordId> a, std::span<const WordId> b) {
  const std::span<const WordId> pattern = a.size() <= b.size() ? a : b, text = a.size() <= b.size() ? b : a;
  return pattern.empty() ? 0 : CommonSubsequence(pattern).with(text);
}

std::vector<uint32_t> common_places(std::span<const WordId> reference, std::span<const WordId> candidate) {
  std::vector<uint32_t> out;
  if (reference.empty() || candidate.empty()) return out;
  Rows rows(reference, candidate);
  size_t i = reference.size(), j = candidate.size();
  size_t here = length_within(rows.at(i), j);  // t[i][j]
  while (i > 0 && j > 0 && here > 0) {
    size_t above = length_within(rows.at(i - 1), j);  // t[i-1][j]
    while (j > 0 && reference[i - 1] != candidate[j - 1]) {
      const size_t left = here - grows_at(rows.at(i), j - 1);  // t[i][j-1]
      if (left <= above) break;
      above -= grows_at(rows.at(i - 1), j - 1);
      here = left;
      --j;
    }
    if (j == 0) break;
    if (reference[i - 1] == candidate[j - 1]) {
      out.push_back(static_cast<uint32_t>(i - 1));
      --j;
      --i;
      here = length_within(rows.at(i), j);
    } else {
      --i;
      here = above;
    }
  }
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace monitorai::judge

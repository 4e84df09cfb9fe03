#pragma once
// The longest common subsequence of two rows of words, 64 cells of the table at a time.
// Method: H. Hyyrö, "Bit-parallel LCS-length computation revisited" (AWOCA 2004).

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "judge/quality/text/word_tokens.h"

namespace monitorai::judge {

/// Its length. O(|a| |b| / 64) time, O(words * min / 64) memory, at most kMaskBytesMax of it for the masks.
size_t common_subsequence(std::span<const WordId> a, std::span<const WordId> b);

/// The same of one pattern with many texts: the pattern's masks are made once. One thread. The pattern outlives it.
class CommonSubsequence {
 public:
  explicit CommonSubsequence(std::span<const WordId> pattern);
  ~CommonSubsequence();
  /// Its length with the texts one after the other.
  size_t with(std::span<const WordId> text, std::span<const WordId> more = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// One longest common subsequence, as places in `reference`, rising: the one that rouge_score's backtracking finds (it steps back in the
/// candidate where that alone keeps the length, else in the reference). Memory O(sqrt(|reference|) |candidate| / 64).
std::vector<uint32_t> common_places(std::span<const WordId> reference, std::span<const WordId> candidate);

}  // namespace monitorai::judge

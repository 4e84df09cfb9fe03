#pragma once
// What a block's text can contain: a set of hashed 4-grams (every four consecutive bytes), so that a search for any substring of at least
// four bytes skips blocks that cannot hold it without decompressing them. Why grams and not words: a needle may begin and end anywhere.
// Why four: shorter ones are in every block, longer ones need longer needles.
//
// Random identifiers fill any such set, so it is in two parts: grams with a digit, and grams without. Noise fills the first; words and
// names are told apart by the second. One hash a gram, for a needle asks for many grams: of an identifier of 32 characters, 29.
// Layout, sizes and the measured rate of false positives: docs/formats/log-block.md and docs/log-store.md.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::store {

/// Shorter needles cannot be looked up.
inline constexpr size_t kGramBytes = 4;

/// The filter of a text: at most 12 KiB and some bytes, less for texts of few grams.
std::string make_gram_filter(std::string_view text);

/// Literals, hashed once and looked up in many filters. Immutable after construction.
class GramQuery {
 public:
  GramQuery() = default;
  explicit GramQuery(std::span<const std::string> needles);

  /// True when there is nothing to look up: every filter passes.
  bool empty() const { return grams_.empty(); }
  /// False when a text with this filter cannot contain all needles. A damaged filter passes.
  bool may_be_in(std::string_view filter) const;

 private:
  struct Gram {
    uint32_t hash;
    uint32_t part;
  };
  std::vector<Gram> grams_;
};

}  // namespace monitorai::store

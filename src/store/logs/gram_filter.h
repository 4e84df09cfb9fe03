#pragma once
// What a block's text can contain: a set of hashed grams (runs of consecutive bytes), so that a search for any substring of at least four
// bytes skips blocks that cannot hold it without decompressing them. Why grams and not words: a needle may begin and end anywhere.
//
// The set is in two parts. Words: every four bytes without a digit; template texts have few of them, so a short needle is told apart.
// Numbers and identifiers: every six bytes with a digit among the first four; random ones are many, and of four bytes there are not enough
// different ones for a block. A needle of 32 characters asks for some 27 grams, so a part of them decides: where a part of the set would
// take more than its room, the grams whose hash is high are not kept at all. One hash a gram.
// Layout, sizes and the measured rate of false positives: docs/formats/log-block.md and docs/log-store.md.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::store {

/// Needles shorter than this cannot be looked up.
inline constexpr size_t kGramBytes = 4;

/// The filter of a text: at most 10 KiB and some bytes.
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
    uint32_t hash = 0;
    uint32_t part = 0;
    auto operator<=>(const Gram&) const = default;
  };
  std::vector<Gram> grams_;
};

}  // namespace monitorai::store

#pragma once
// The inverted index: every label pair (name, value) is stored once, has a number, and knows its series. Selectors become set algebra
// over those sets. Owned by MetricStore: pairs and series are added under its index lock (exclusive), selections run under the shared
// lock; name() and value() of a known pair need no lock, for texts never move.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "signals/matcher.h"
#include "store/metrics/posting.h"
#include "store/metrics/stable.h"

namespace monitorai::store {

using PairId = uint32_t;
using Slot = uint32_t;

class LabelIndex {
 public:
  /// The pairs of a series, for selectors that look at few series with many values.
  using PairsOf = std::function<std::span<const PairId>(Slot)>;

  LabelIndex();

  PairId intern(std::string_view name, std::string_view value);
  std::string_view name(PairId pair) const { return names_[pairs_[pair].name].text; }
  std::string_view value(PairId pair) const { return {pairs_[pair].value, pairs_[pair].value_bytes}; }
  size_t pair_count() const { return pairs_.size(); }
  bool room_for_pairs(size_t n) const { return pairs_.room_for(n); }

  void add(Slot slot, std::span<const PairId> pairs);
  void remove(Slot slot, std::span<const PairId> pairs);

  /// Ascending. No matchers select everything.
  std::vector<Slot> select(std::span<const signals::Matcher> matchers, const PairsOf& pairs_of) const;
  size_t series_count() const { return all_.count(); }

  /// Sorted names that some series has; values of one name that some series has, sorted.
  std::vector<std::string> names() const;
  std::vector<std::string> values(std::string_view name) const;

  struct Count {
    std::string name;
    uint64_t count = 0;
  };
  /// The `limit` largest, falling: series by metric name, distinct values by label name, series by "name=value".
  std::vector<Count> largest_metrics(size_t limit) const;
  std::vector<Count> largest_labels(size_t limit) const;
  std::vector<Count> largest_pairs(size_t limit) const;

 private:
  struct Pair {
    const char* value = nullptr;
    uint32_t value_bytes = 0;
    uint32_t name = 0;
    uint32_t hash = 0;
    Posting series;
  };
  struct Name {
    std::string_view text;
    std::vector<PairId> pairs;
    Bitmap series;
  };
  const Name* find_name(std::string_view name) const;
  const Pair* find_pair(std::string_view name, std::string_view value) const;
  size_t bucket(uint32_t name, std::string_view value, uint32_t hash) const;
  void rehash(size_t buckets);

  struct Selection;
  void narrow(const signals::Matcher& matcher, Selection& selection) const;

  TextArena texts_;
  StableVector<Pair, 4096, 16384> pairs_;
  StableVector<Name, 64, 1024> names_;
  std::unordered_map<std::string_view, uint32_t> name_numbers_;
  std::vector<uint32_t> buckets_;  ///< pair + 1; 0 is empty; a power of two
  Bitmap all_;
};

}  // namespace monitorai::store

#pragma once
// Finds the number of a label set without building it: lines of equal labels are put together at the price of a hash.

#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

#include "query/logql/ast.h"
#include "query/logql/line.h"

namespace monitorai::query::logql {

/// One thread owns one.
class LabelSets {
 public:
  struct Set {
    signals::Labels labels;
    signals::Labels stream;
    signals::Labels metadata;
    signals::Labels parsed;
  };
  /// With `categories`, the same label of another category makes another set, and the sets' parts are filled in.
  explicit LabelSets(bool categories = false) : categories_(categories) {}

  /// The set of a line's labels: all of them, or those of the group.
  uint32_t of(const LineLabels& labels, const Grouping* grouping = nullptr);
  uint32_t of(const signals::Labels& labels);

  size_t size() const { return sets_.size(); }
  const Set& operator[](uint32_t set) const { return sets_[set]; }

 private:
  uint32_t find_or_add();
  bool categories_;
  std::vector<Set> sets_;
  std::vector<uint32_t> next_;  ///< of the same hash; UINT32_MAX at the end
  boost::unordered_flat_map<uint64_t, uint32_t> by_hash_;
  std::vector<LineLabels::Entry> scratch_;
};

}  // namespace monitorai::query::logql

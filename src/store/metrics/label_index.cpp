#include "store/metrics/label_index.h"

#include <algorithm>

#include "store/metrics/series_hash.h"

namespace monitorai::store {

using signals::Matcher;
using signals::MatchOp;

LabelIndex::LabelIndex() : buckets_(1024) {}

size_t LabelIndex::bucket(uint32_t name, std::string_view value, uint32_t hash) const {
  const size_t mask = buckets_.size() - 1;
  size_t at = hash & mask;
  for (; buckets_[at] != 0; at = (at + 1) & mask) {
    const Pair& pair = pairs_[buckets_[at] - 1];
    if (pair.hash == hash && pair.name == name && std::string_view(pair.value, pair.value_bytes) == value) break;
  }
  return at;
}

void LabelIndex::rehash(size_t buckets) {
  std::vector<uint32_t> wider(buckets);
  const size_t mask = buckets - 1;
  for (const uint32_t entry : buckets_) {
    if (entry == 0) continue;
    size_t at = pairs_[entry - 1].hash & mask;
    while (wider[at] != 0) at = (at + 1) & mask;
    wider[at] = entry;
  }
  buckets_.swap(wider);
}

PairId LabelIndex::intern(std::string_view name, std::string_view value) {
  auto named = name_numbers_.find(name);
  if (named == name_numbers_.end()) {
    const std::string_view kept = texts_.keep(name);
    const auto number = static_cast<uint32_t>(names_.grow());
    names_[number].text = kept;
    named = name_numbers_.emplace(kept, number).first;
  }
  const uint32_t hash = pair_hash(named->second, value);
  size_t at = bucket(named->second, value, hash);
  if (buckets_[at] != 0) return buckets_[at] - 1;
  const auto id = static_cast<PairId>(pairs_.grow());
  if ((pairs_.size() + 1) * 4 > buckets_.size() * 3) {
    rehash(buckets_.size() * 2);
    at = bucket(named->second, value, hash);
  }
  const std::string_view kept = texts_.keep(value);
  Pair& pair = pairs_[id];
  pair.value = kept.data();
  pair.value_bytes = static_cast<uint32_t>(kept.size());
  pair.name = named->second;
  pair.hash = hash;
  buckets_[at] = id + 1;
  names_[named->second].pairs.push_back(id);
  return id;
}

void LabelIndex::add(Slot slot, std::span<const PairId> pairs) {
  all_.add(slot);
  for (const PairId pair : pairs) {
    pairs_[pair].series.add(slot);
    names_[pairs_[pair].name].series.add(slot);
  }
}

void LabelIndex::remove(Slot slot, std::span<const PairId> pairs) {
  all_.remove(slot);
  for (const PairId pair : pairs) {
    pairs_[pair].series.remove(slot);
    names_[pairs_[pair].name].series.remove(slot);
  }
}

const LabelIndex::Name* LabelIndex::find_name(std::string_view name) const {
  const auto found = name_numbers_.find(name);
  return found == name_numbers_.end() ? nullptr : &names_[found->second];
}

const LabelIndex::Pair* LabelIndex::find_pair(std::string_view name, std::string_view value) const {
  const auto found = name_numbers_.find(name);
  if (found == name_numbers_.end()) return nullptr;
  const uint32_t entry = buckets_[bucket(found->second, value, pair_hash(found->second, value))];
  return entry == 0 ? nullptr : &pairs_[entry - 1];
}

/// What the matchers so far have left, and those that are cheaper to ask of each series at the end.
struct LabelIndex::Selection {
  std::optional<Bitmap> found;
  std::vector<const Matcher*> ask_each;

  void keep(Bitmap set) {
    if (found)
      *found &= set;
    else
      found = std::move(set);
  }
};

namespace {

/// Below this many series, asking each beats looking at every value of a label.
constexpr size_t kAskEachMax = 256;

bool negative(const Matcher& matcher) { return matcher.op() == MatchOp::not_equal || matcher.op() == MatchOp::not_regex; }
bool regex(const Matcher& matcher) { return matcher.op() == MatchOp::regex || matcher.op() == MatchOp::not_regex; }

/// Texts of which one must match, when the matcher (its negation for a negative one) says so.
std::optional<std::vector<std::string>> alternatives(const Matcher& matcher) {
  if (!regex(matcher)) return std::vector<std::string>{matcher.value()};
  const auto compiled = Regex::anchored(matcher.value());
  return compiled ? compiled->literal_alternatives() : std::nullopt;
}

}  // namespace

void LabelIndex::narrow(const Matcher& matcher, Selection& selection) const {
  const Name* name = find_name(matcher.name());
  const bool takes_absent = matcher.matches("");
  if (name == nullptr) {
    if (!takes_absent) selection.found = Bitmap();
    return;
  }
  if (matcher.op() == MatchOp::regex && matcher.value() == ".*") return;
  // Positive: the union of the values that match. Otherwise everything but the union of the values that do not.
  std::vector<uint32_t> few;
  std::vector<const Bitmap*> many;
  const auto take = [&](const Pair& pair) {
    if (const Bitmap* bitmap = pair.series.stored_bitmap())
      many.push_back(bitmap);
    else
      pair.series.append_to(few);
  };
  const bool any_value = regex(matcher) && matcher.value() == ".+";
  const bool all_values = (any_value && takes_absent == negative(matcher)) || (!regex(matcher) && matcher.value().empty());
  if (all_values) {
    many.push_back(&name->series);
  } else if (const auto texts = alternatives(matcher); texts && takes_absent == negative(matcher)) {
    for (const std::string& text : *texts)
      if (const Pair* pair = find_pair(matcher.name(), text)) take(*pair);
  } else {
    if (selection.found && selection.found->count() <= std::max(kAskEachMax, name->pairs.size() / 4)) {
      selection.ask_each.push_back(&matcher);
      return;
    }
    for (const PairId id : name->pairs)
      if (pairs_[id].series.count() > 0 && matcher.matches(value(id)) != takes_absent) take(pairs_[id]);
  }
  Bitmap together = many.size() == 1 ? Bitmap(*many[0]) : Bitmap::any_of(many);
  if (!few.empty()) {
    std::sort(few.begin(), few.end());
    together |= Bitmap(few);
  }
  if (!takes_absent) {
    selection.keep(std::move(together));
  } else {
    if (!selection.found) selection.found = Bitmap(all_);
    *selection.found -= together;
  }
}

std::vector<Slot> LabelIndex::select(std::span<const Matcher> matchers, const PairsOf& pairs_of) const {
  // Equality first, smallest set first: it leaves the least to look at for the others.
  std::vector<std::pair<size_t, const Matcher*>> order;
  for (const Matcher& matcher : matchers) {
    size_t cost = SIZE_MAX;
    if (matcher.op() == MatchOp::equal && !matcher.value().empty()) {
      const Pair* pair = find_pair(matcher.name(), matcher.value());
      if (pair == nullptr) return {};
      cost = pair->series.count();
    } else if (!matcher.matches("")) {
      cost = SIZE_MAX - 1;
    }
    order.emplace_back(cost, &matcher);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Selection selection;
  for (const auto& [cost, matcher] : order) {
    narrow(*matcher, selection);
    if (selection.found && selection.found->empty()) return {};
  }
  std::vector<Slot> out = selection.found ? selection.found->ids() : all_.ids();
  for (const Matcher* matcher : selection.ask_each) {
    const uint32_t number = name_numbers_.at(matcher->name());
    std::unordered_map<PairId, bool> known;
    const bool takes_absent = matcher->matches("");
    std::erase_if(out, [&](Slot slot) {
      for (const PairId pair : pairs_of(slot)) {
        if (pairs_[pair].name != number) continue;
        const auto [entry, fresh] = known.try_emplace(pair, false);
        if (fresh) entry->second = matcher->matches(value(pair));
        return !entry->second;
      }
      return !takes_absent;
    });
  }
  return out;
}

std::vector<std::string> LabelIndex::names() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < names_.size(); ++i)
    if (!names_[i].series.empty()) out.emplace_back(names_[i].text);
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> LabelIndex::values(std::string_view name) const {
  std::vector<std::string> out;
  if (const Name* found = find_name(name))
    for (const PairId pair : found->pairs)
      if (pairs_[pair].series.count() > 0) out.emplace_back(value(pair));
  std::sort(out.begin(), out.end());
  return out;
}

namespace {

std::vector<LabelIndex::Count> keep_largest(std::vector<LabelIndex::Count> counts, size_t limit) {
  std::erase_if(counts, [](const auto& entry) { return entry.count == 0; });
  const size_t kept = std::min(limit, counts.size());
  std::partial_sort(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(kept), counts.end(),
                    [](const auto& a, const auto& b) { return a.count != b.count ? a.count > b.count : a.name < b.name; });
  counts.resize(kept);
  return counts;
}

}  // namespace

std::vector<LabelIndex::Count> LabelIndex::largest_metrics(size_t limit) const {
  std::vector<Count> counts;
  if (const Name* metrics = find_name(signals::kMetricName))
    for (const PairId pair : metrics->pairs) counts.push_back({std::string(value(pair)), pairs_[pair].series.count()});
  return keep_largest(std::move(counts), limit);
}

std::vector<LabelIndex::Count> LabelIndex::largest_labels(size_t limit) const {
  std::vector<Count> counts;
  for (size_t i = 0; i < names_.size(); ++i) {
    const auto used =
        std::count_if(names_[i].pairs.begin(), names_[i].pairs.end(), [&](PairId pair) { return pairs_[pair].series.count() > 0; });
    counts.push_back({std::string(names_[i].text), static_cast<uint64_t>(used)});
  }
  return keep_largest(std::move(counts), limit);
}

std::vector<LabelIndex::Count> LabelIndex::largest_pairs(size_t limit) const {
  // Texts only for those that may be among the largest: there may be a million pairs.
  std::vector<std::pair<uint64_t, PairId>> order;
  for (size_t i = 0; i < pairs_.size(); ++i) order.emplace_back(pairs_[i].series.count(), static_cast<PairId>(i));
  const size_t kept = std::min(limit, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(), std::greater<>());
  std::vector<Count> counts;
  for (size_t i = 0; i < kept; ++i) counts.push_back({fmt::format("{}={}", name(order[i].second), value(order[i].second)), order[i].first});
  return keep_largest(std::move(counts), limit);
}

}  // namespace monitorai::store

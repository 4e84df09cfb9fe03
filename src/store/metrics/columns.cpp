#include "store/metrics/columns.h"

namespace monitorai::store {

using signals::Columns;

void merge_columns(Columns& out, size_t begin, const Columns& more) {
  if (more.times_ms.empty()) return;
  if (out.times_ms.size() == begin || out.times_ms.back() < more.times_ms.front()) {
    out.times_ms.insert(out.times_ms.end(), more.times_ms.begin(), more.times_ms.end());
    out.values.insert(out.values.end(), more.values.begin(), more.values.end());
    return;
  }
  Columns merged;
  merged.times_ms.reserve(out.times_ms.size() - begin + more.times_ms.size());
  merged.values.reserve(merged.times_ms.capacity());
  const auto take = [&](const Columns& from, size_t i) {
    merged.times_ms.push_back(from.times_ms[i]);
    merged.values.push_back(from.values[i]);
  };
  size_t a = begin;
  size_t b = 0;
  while (a < out.times_ms.size() || b < more.times_ms.size()) {
    if (b == more.times_ms.size() || (a < out.times_ms.size() && out.times_ms[a] <= more.times_ms[b])) {
      if (b < more.times_ms.size() && out.times_ms[a] == more.times_ms[b]) ++b;
      take(out, a++);
    } else {
      take(more, b++);
    }
  }
  out.times_ms.resize(begin);
  out.values.resize(begin);
  out.times_ms.insert(out.times_ms.end(), merged.times_ms.begin(), merged.times_ms.end());
  out.values.insert(out.values.end(), merged.values.begin(), merged.values.end());
}

void drop_range(Columns& out, size_t begin, TimeRange range) {
  size_t to = begin;
  for (size_t i = begin; i < out.times_ms.size(); ++i) {
    if (out.times_ms[i] >= range.from.ms && out.times_ms[i] <= range.to.ms) continue;
    out.times_ms[to] = out.times_ms[i];
    out.values[to++] = out.values[i];
  }
  out.times_ms.resize(to);
  out.values.resize(to);
}

}  // namespace monitorai::store

#include <algorithm>

#include "query/logql/explore.h"

namespace monitorai::query {
namespace {

constexpr size_t kVolumeStepsMax = 11'000;

bool listed(const std::vector<std::string>& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

}  // namespace

Result<std::vector<Volume>, QueryError> log_volume(const signals::LogSource& source, const VolumeRequest& request) {
  if (request.range.empty()) return std::vector<Volume>{};
  const int64_t step = request.step.count() > 0 ? request.step.count() * 1'000'000'000 : request.range.to.ns - request.range.from.ns;
  const auto steps = static_cast<uint64_t>((request.range.to.ns - request.range.from.ns - 1) / step) + 1;
  if (steps > kVolumeStepsMax)
    return QueryError{QueryError::Kind::limit, fmt::format("the volume would have too many steps (the limit steps of a query is {})", kVolumeStepsMax)};
  std::vector<std::string> names = request.target_labels;
  if (names.empty())
    for (const signals::Matcher& m : request.matchers) names.push_back(m.name());
  auto selected = source.select(request.matchers, request.range);
  if (!selected) return QueryError::from(selected.error());
  const signals::StreamSet& streams = **selected;
  std::map<signals::Labels, Volume> by_labels;
  for (size_t stream = 0; stream < streams.size(); ++stream) {
    std::vector<signals::Label> kept;
    for (const signals::Label& label : streams.labels(stream))
      if (names.empty() || listed(names, label.name)) kept.push_back(label);
    // A stream without a label that was asked for has no place.
    if (kept.empty()) continue;
    std::vector<Volume*> into;
    if (request.by_labels) {
      for (const signals::Label& label : kept) {
        Volume& volume = by_labels[signals::Labels{{"label", label.name}}];
        volume.label = label.name;
        into.push_back(&volume);
      }
    } else {
      signals::Labels labels = signals::Labels::from(std::move(kept));
      Volume& volume = by_labels[labels];
      volume.labels = std::move(labels);
      into.push_back(&volume);
    }
    for (uint64_t k = 0; k < steps; ++k) {
      const TimeNs from{request.range.from.ns + static_cast<int64_t>(k) * step};
      const TimeNs to{std::min(from.ns + step, request.range.to.ns)};
      const uint64_t bytes = streams.usage(stream, {from, to}).bytes;
      if (bytes == 0) continue;
      for (Volume* volume : into) {
        volume->bytes += bytes;
        const auto at = std::lower_bound(volume->samples.begin(), volume->samples.end(), to, [](const Volume::Sample& s, TimeNs t) { return s.time < t; });
        if (at != volume->samples.end() && at->time == to)
          at->bytes += bytes;
        else
          volume->samples.insert(at, {to, bytes});
      }
    }
  }
  std::vector<Volume> out;
  for (auto& [labels, volume] : by_labels)
    if (volume.bytes > 0) out.push_back(std::move(volume));
  std::stable_sort(out.begin(), out.end(), [](const Volume& a, const Volume& b) { return a.bytes > b.bytes; });
  if (out.size() > request.limit) out.resize(request.limit);
  return out;
}

}  // namespace monitorai::query

#include "collect/logs/families.h"

namespace monitorai::collect {

void append_follow_families(const FollowCounts& counts, const std::vector<std::pair<std::string, uint64_t>>& masked,
                            std::vector<signals::MetricFamily>& out) {
  using signals::MetricFamily;
  using signals::MetricType;
  const auto gauge = [&](std::string name, std::string help, uint64_t value) {
    MetricFamily family{.name = "monitorai_follow_" + std::move(name), .help = std::move(help), .type = MetricType::gauge};
    family.gauge({}, static_cast<double>(value));
    out.push_back(std::move(family));
  };
  const auto counter = [&](std::string name, std::string help, uint64_t value) {
    MetricFamily family{.name = "monitorai_follow_" + std::move(name), .help = std::move(help), .type = MetricType::counter};
    family.counter({}, static_cast<double>(value));
    out.push_back(std::move(family));
  };
  gauge("files", "Log files that are followed.", counts.files);
  gauge("files_over_limit", "Log files that are not followed, for there are too many.", counts.files_over_limit);
  counter("read_bytes", "Bytes read from log files.", counts.bytes);
  counter("lines", "Lines read from log files.", counts.lines);
  counter("entries", "Entries that the store accepted; a traceback is one.", counts.entries);
  counter("replayed_entries", "Entries written again after a restart that the store had already.", counts.replayed);
  counter("refused_entries", "Entries that the store refused.", counts.refused);
  counter("dropped_entries", "Entries that pipeline stages dropped.", counts.dropped);
  counter("split_lines", "Lines that were split because they are too long.", counts.split);
  counter("invalid_utf8_lines", "Lines with bytes that are not UTF-8, which were replaced.", counts.invalid_utf8);
  counter("skipped_bytes", "Bytes at the beginning of large files that were not read.", counts.skipped_bytes);
  counter("rotations", "Files whose place another file took.", counts.rotations);
  counter("truncations", "Files that were cut and written anew.", counts.truncations);
  counter("read_errors", "Files that could not be opened or read.", counts.read_errors);
  counter("write_retries", "Writes that the store could not take at that time.", counts.write_retries);
  counter("position_errors", "Positions that could not be read or written.", counts.position_errors);
  counter("journal_restarts", "Readers of systemd's journal that ended and were started again.", counts.journal_restarts);
  MetricFamily family{.name = "monitorai_follow_masked", .help = "Places masked in log text, by rule.", .type = MetricType::counter};
  for (const auto& [rule, count] : masked) family.counter({{"rule", rule}}, static_cast<double>(count));
  out.push_back(std::move(family));
}

}  // namespace monitorai::collect

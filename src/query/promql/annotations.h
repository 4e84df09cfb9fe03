#pragma once
// Warnings and infos that come with a result: what the query did that its author may not have meant. Worded as in Prometheus.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::query {

/// One thread owns a set; sets of workers are merged.
class Annotations {
 public:
  enum class Level { warning, info };

  /// The same message counts once; the place is the last one's.
  void add(Level level, std::string message, uint32_t position);
  /// histogram_quantile had to repair decreasing buckets: all repairs of one message are told together.
  void add_monotonicity(std::string_view metric, uint32_t position, int64_t time_ms, double bucket_min, double bucket_max,
                        double difference_max);
  void merge(const Annotations& other);

  bool empty() const { return entries_.empty(); }
  /// With their places in the query, sorted.
  std::vector<std::string> warnings(std::string_view query) const { return texts(Level::warning, query); }
  std::vector<std::string> infos(std::string_view query) const { return texts(Level::info, query); }

 private:
  struct Repairs {
    int64_t time_min_ms = 0;
    int64_t time_max_ms = 0;
    double bucket_min = 0;
    double bucket_max = 0;
    double difference_max = 0;
    uint64_t count = 0;
  };
  struct Entry {
    Level level = Level::warning;
    uint32_t position = 0;
    std::optional<Repairs> repairs;
  };
  void merge_entry(const std::string& message, const Entry& entry);
  std::vector<std::string> texts(Level level, std::string_view query) const;

  std::map<std::string, Entry> entries_;
};

/// Go's %g: shortest digits, with an exponent below 1e-4 and from 1e6 on.
std::string general_number(double value);

}  // namespace monitorai::query

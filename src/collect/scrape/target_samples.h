#pragma once
// What one target exposed over time: turns each answer into writes, with the target's labels, metric relabelling, limits, `up` and the
// scrape_* series, and staleness markers for what is no longer exposed. Remembers the labels of each series text, so that a line seen
// before costs one lookup. Owned by whichever thread scrapes the target; one at a time.

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string>
#include <vector>

#include "collect/scrape/exposition_parser.h"
#include "collect/scrape/scrape_settings.h"
#include "collect/scrape/target.h"
#include "signals/samples.h"

namespace monitorai::collect {

/// What a scrape brought, for the targets API and our own metrics.
struct ScrapeOutcome {
  TimeMs time;
  std::chrono::nanoseconds duration{};
  size_t samples_scraped = 0;
  size_t samples_after_relabelling = 0;
  size_t series_added = 0;
  std::string error;  ///< "" when the target is up
  bool up() const { return error.empty(); }
};

class TargetSamples {
 public:
  TargetSamples(Target target, std::shared_ptr<const ScrapeSettings> job, signals::MetricWriter& writer);

  /// Writes the samples of an answer taken at `time`. A body that cannot be read or breaks a limit makes the target down: nothing of it
  /// is kept, and what it exposed before gets staleness markers.
  ScrapeOutcome answer(std::string_view body, std::string_view content_type, TimeMs time, std::chrono::nanoseconds duration);
  /// The target could not be asked.
  ScrapeOutcome failure(const Error& error, TimeMs time, std::chrono::nanoseconds duration);
  /// The target is gone: everything that it exposed and its `up` get staleness markers.
  void end(TimeMs time);

  const Target& target() const { return target_; }

 private:
  class Reader;

  /// The final labels of a series text, and when it was seen.
  struct Known {
    std::vector<signals::Label> labels;
    std::vector<signals::LabelView> views;
    bool dropped = false;  ///< by metric_relabel_configs
    bool tracked = false;  ///< gets a staleness marker when it goes: exposed without a timestamp of its own
    bool live = false;     ///< was in the last scrape that succeeded
    uint64_t seen = 0;     ///< the number of the scrape that last exposed it
  };
  struct Pending {
    Known* known;
    signals::Sample sample;
    size_t exemplar;  ///< index into Reader's, or kNone
  };

  Result<Known*> know(std::string_view series_text);
  Result<void> check_limits(const Known& known) const;
  void set_labels(Known& known, signals::Labels labels) const;
  /// Writes staleness markers for the live series that `ended` selects.
  template <class Ended>
  void mark_stale(TimeMs time, Ended ended);
  void report(const ScrapeOutcome& outcome);
  std::string write(std::span<const signals::SeriesWrite> writes, std::span<const signals::MetadataWrite> metadata);

  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  const Target target_;
  const std::shared_ptr<const ScrapeSettings> job_;
  signals::MetricWriter& writer_;
  boost::unordered_flat_map<std::string, std::unique_ptr<Known>, TextHash, std::equal_to<>> known_;
  uint64_t scrape_ = 0;
  std::array<Known, 5> own_;
};

}  // namespace monitorai::collect

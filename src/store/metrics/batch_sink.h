#pragma once
// Batches of our own collectors become samples: each point a series, labelled with the job it would have if it were scraped, and a
// staleness marker for every series that was in a source's batch before and is not in this one. No HTTP round trip, no text.
// Thread: one at a time (the sample thread).

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "signals/metric.h"
#include "signals/samples.h"

namespace monitorai::store {

class BatchSink final : public signals::Sink {
 public:
  /// `labels` are added to every series that does not have them (job, instance).
  BatchSink(signals::MetricWriter& writer, signals::Labels labels) : writer_(writer), labels_(std::move(labels)) {}

  /// The error of the writer: nothing of the batch was kept then, and the next batch goes on as if this one had not been.
  Result<void> accept(std::shared_ptr<const signals::Batch> batch) override;

 private:
  /// One series of a source. Its views point into its own labels.
  struct Known {
    std::vector<signals::Label> labels;
    std::vector<signals::LabelView> views;
    uint64_t seen = 0;
  };
  struct Source {
    boost::unordered_flat_map<std::string, std::unique_ptr<Known>> series;
    uint64_t batches = 0;
  };

  Known& know(Source& source, const signals::MetricFamily& family, const signals::MetricPoint& point);

  signals::MetricWriter& writer_;
  const signals::Labels labels_;
  std::map<std::string, Source> sources_;
  std::string key_;
};

}  // namespace monitorai::store

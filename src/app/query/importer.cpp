#include "app/query/importer.h"

#include <map>

#include "collect/push/remote_write.h"

namespace monitorai::app {
namespace {

using collect::ExposedLabels;
using collect::ExposedSample;

/// Gathers a batch by series, and sends it when it is full.
class Importer final : public collect::ExpositionVisitor {
 public:
  Importer(std::string_view text, const SendBatch& send, const ImportProgress& progress) : text_(text), send_(send), progress_(progress) {}

  Result<void> sample(const ExposedSample& sample) override {
    if (!sample.time) return Error{Code::invalid, "the sample has no timestamp, so it cannot be put into the past"};
    auto found = batch_.find(sample.series_text);
    if (found == batch_.end()) {
      MAI_TRY_ASSIGN(ExposedLabels labels, collect::parse_series(sample.series_text));
      found = batch_.emplace(sample.series_text, Gathered{std::move(labels), {}}).first;
    }
    found->second.samples.push_back({*sample.time, sample.value});
    done_ = static_cast<size_t>(sample.series_text.data() - text_.data());
    if (++waiting_ >= kImportSamplesPerRequest) return flush();
    return {};
  }
  void type(std::string_view family, signals::MetricType type) override { metadata(family).type = type; }
  void help(std::string_view family, std::string_view text) override { metadata(family).help = keep(text); }
  void unit(std::string_view family, std::string_view text) override { metadata(family).unit = text; }

  Result<void> flush() {
    if (waiting_ == 0 && metadata_.empty()) return {};
    std::vector<signals::SeriesWrite> writes;
    for (auto& [text, gathered] : batch_) {
      std::stable_sort(gathered.samples.begin(), gathered.samples.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
      writes.push_back({gathered.labels.labels, gathered.samples});
    }
    MAI_TRY_ASSIGN(const std::string problem, send_(collect::encode_remote_write(writes, metadata_), waiting_));
    ++counts.requests;
    counts.samples += waiting_;
    if (!problem.empty()) {
      ++counts.requests_with_refusals;
      if (counts.first_problem.empty()) counts.first_problem = problem;
    }
    batch_.clear();
    metadata_.clear();
    helps_.clear();
    waiting_ = 0;
    progress_(done_);
    return {};
  }

  ImportCounts counts;

 private:
  struct Gathered {
    ExposedLabels labels;
    std::vector<signals::Sample> samples;
  };
  signals::MetadataWrite& metadata(std::string_view family) {
    if (metadata_.empty() || metadata_.back().family != family) metadata_.push_back({.family = family});
    return metadata_.back();
  }
  std::string_view keep(std::string_view text) {
    helps_.push_back(std::make_unique<std::string>(text));
    return *helps_.back();
  }

  const std::string_view text_;
  const SendBatch& send_;
  const ImportProgress& progress_;
  std::map<std::string_view, Gathered> batch_;
  std::vector<signals::MetadataWrite> metadata_;
  std::vector<std::unique_ptr<std::string>> helps_;
  size_t waiting_ = 0;
  size_t done_ = 0;
};

}  // namespace

Result<ImportCounts> import_exposition(std::string_view text, collect::ExpositionFormat format, const SendBatch& send, const ImportProgress& progress) {
  Importer importer(text, send, progress);
  MAI_TRY(collect::parse_exposition(text, format, importer));
  MAI_TRY(importer.flush());
  progress(text.size());
  return std::move(importer.counts);
}

}  // namespace monitorai::app

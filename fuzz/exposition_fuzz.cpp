// Bytes of a scraped target: text 0.0.4 by an even first byte, OpenMetrics by an odd one.

#include "collect/scrape/exposition_parser.h"

namespace {

class Reader final : public monitorai::collect::ExpositionVisitor {
 public:
  static monitorai::Result<void> check(std::string_view series_text) {
    MAI_TRY_ASSIGN(const auto series, monitorai::collect::parse_series(series_text));
    for (size_t i = 1; i < series.labels.size(); ++i) MAI_CHECK(series.labels[i - 1].name < series.labels[i].name);
    return {};
  }
  monitorai::Result<void> sample(const monitorai::collect::ExposedSample& sample) override {
    MAI_TRY(check(sample.series_text));
    if (sample.exemplar) MAI_TRY(check(sample.exemplar->labels_text));
    return {};
  }
  void type(std::string_view, monitorai::signals::MetricType) override {}
  void help(std::string_view, std::string_view) override {}
  void unit(std::string_view, std::string_view) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  Reader reader;
  const auto format = bytes[0] % 2 == 0 ? monitorai::collect::ExpositionFormat::prometheus_text : monitorai::collect::ExpositionFormat::open_metrics;
  [[maybe_unused]] const auto done = monitorai::collect::parse_exposition({reinterpret_cast<const char*>(bytes) + 1, size - 1}, format, reader);
  return 0;
}

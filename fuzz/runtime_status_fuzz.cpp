// What runtimes without Prometheus metrics say of themselves: whatever is read of it is exposition text.

#include "base/check.h"
#include "collect/scrape/exposition_parser.h"
#include "collect/scrape/status_json.h"

namespace {

using namespace monitorai;

class Nobody final : public collect::ExpositionVisitor {
 public:
  Result<void> sample(const collect::ExposedSample& sample) override {
    MAI_TRY_ASSIGN(const auto series, collect::parse_series(sample.series_text));
    for (size_t i = 1; i < series.labels.size(); ++i) MAI_CHECK(series.labels[i - 1].name < series.labels[i].name);
    return {};
  }
  void type(std::string_view, signals::MetricType) override {}
  void help(std::string_view, std::string_view) override {}
  void unit(std::string_view, std::string_view) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(bytes), size);
  for (const auto& text : {collect::ollama_status_text(json), collect::koboldcpp_status_text(json)}) {
    if (!text) continue;
    Nobody visitor;
    MAI_CHECK(collect::parse_exposition(*text, collect::ExpositionFormat::prometheus_text, visitor).has_value());
  }
  return 0;
}

// A query of any bytes: what parses is printed, parsed again and compared, and evaluated over a tiny source with tight limits.

#include <cstdlib>

#include "query/promql/engine.h"
#include "query/promql/printer.h"
#include "query/promql/testing/memory_source.h"

namespace {

using namespace monitorai;
using namespace monitorai::query;

const MemorySource& source() {
  static const MemorySource filled = [] {
    MemorySource out;
    for (const char* instance : {"a", "b"}) {
      for (const char* le : {"0.1", "1", "+Inf"}) {
        std::vector<signals::Sample> samples;
        for (int t = 0; t < 12; ++t) samples.push_back({{t * 10'000}, static_cast<double>(t * (le[0] == '+' ? 9 : 3))});
        out.add({{"__name__", "x_bucket"}, {"instance", instance}, {"le", le}}, samples);
      }
      out.add({{"__name__", "x_total"}, {"instance", instance}},
              {{{0}, 1}, {{10'000}, 5}, {{20'000}, signals::stale_nan()}, {{30'000}, 2}});
      out.add({{"__name__", "y"}, {"instance", instance}}, {{{0}, -1}, {{60'000}, 1e300}, {{90'000}, 0}});
    }
    return out;
  }();
  return filled;
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view query(reinterpret_cast<const char*>(bytes), size);
  const ParseOptions options = ParseOptions::everything();
  const auto parsed = parse(query, options);
  if (!parsed) {
    check(!parsed.error().text(query).empty());
    return 0;
  }
  const std::string printed = print(**parsed);
  const auto again = parse(printed, options);
  check(again.has_value());
  check(same(**parsed, **again));
  check(print(**again) == printed);
  check(parse(format_query(**parsed), options).has_value());

  static Pool pool(1);
  Limits limits;
  limits.samples_max = 20'000;
  limits.timeout = std::chrono::milliseconds(2000);
  EngineOptions engine_options;
  engine_options.parse = options;
  for (const bool delayed : {false, true}) {
    engine_options.delayed_name_removal = delayed;
    const Engine engine(limits, pool, engine_options);
    (void)engine.instant(source(), query, {95'000});
    (void)engine.range(source(), query, {{0}, {100'000}}, std::chrono::seconds(20));
  }
  return 0;
}

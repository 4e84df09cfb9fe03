// A template of any bytes: what parses is executed over lines of several kinds, within its limits.

#include <cstdlib>

#include "query/logql/template.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace monitorai;
  using namespace monitorai::query::logql;
  const auto made = Template::parse({reinterpret_cast<const char*>(bytes), size});
  if (!made) return made.error().empty() ? std::abort(), 0 : 0;
  (void)made->fields();
  constexpr TemplateLimits kLimits{10'000, 2000};
  const signals::Labels stream{{"app", "a"}, {"msg", "Hello \xc3\xa9 World"}, {"n", "7"}, {"x", "-3.5e2"}, {"json", R"({"a":[1,null,{"b":"c"}]})"}};
  Line line;
  for (const std::string_view text : {"", "a line", "\xf0\x9f\x98\x80 {\"k\": 1}"}) {
    line.start(1'674'000'000'123'456'789, text, 0, stream, {});
    const auto out = made->run(line, kLimits);
    if (out && out->size() > kLimits.output_bytes_max) std::abort();
    if (!out && out.error().empty()) std::abort();
  }
  return 0;
}

// A query of any bytes: what parses is printed, parsed again and compared, and evaluated over a tiny source with tight limits.

#include <cstdlib>

#include "query/logql/engine.h"
#include "query/logql/explore.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/logql/testing/memory_log_source.h"

namespace {

using namespace monitorai;
using namespace monitorai::query;

const MemoryLogSource& source() {
  static const MemoryLogSource filled = [] {
    MemoryLogSource out(2);
    out.add({{"a", "b"}, {"app", "x"}}, {{{1'000'000'000}, R"({"level":"info","n":1.5,"o":{"p":[1,{"q":"\u00e9"}]},"took":"15ms"})", {}},
                                         {{2'000'000'000}, "level=warn msg=\"a \\\"b\\\"\" size=2KiB ip=10.0.0.7", {{"trace", "t1"}}},
                                         {{3'000'000'000}, "10.1.2.3 - ann [x] \"GET /\" 200", {}},
                                         {{3'000'000'000}, "", {}},
                                         {{4'000'000'000}, R"({"_entry":"packed level=1","k":"v"})", {}}});
    out.add({{"a", "b"}, {"app", "y"}}, {{{2'500'000'000}, "\x1b[31mred\x1b[0m broken {\"", {{"app", "z"}}}, {{9'000'000'000}, "v=7", {}}});
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
  const auto parsed = logql::parse(query);
  if (!parsed) {
    check(!parsed.error().text(query).empty());
    return 0;
  }
  const std::string printed = logql::print(*parsed);
  const auto again = logql::parse(printed);
  check(again.has_value());
  check(logql::same(*parsed, *again));
  check(logql::print(*again) == printed);
  check(logql::parse(logql::format_query(*parsed)).has_value());

  static Pool pool(1);
  LogQlLimits limits;
  limits.samples_max = 20'000;
  limits.series_max = 50;
  limits.line_bytes_max = 10'000;
  limits.template_steps_max = 2000;
  limits.timeout = std::chrono::milliseconds(2000);
  const LogQlEngine engine(limits, pool);
  LogQlRange range{{0}, {10'000'000'000}, std::chrono::seconds(2)};
  const auto backward = engine.range(source(), query, range);
  (void)engine.instant(source(), query, {5'000'000'000});
  range.direction = signals::Direction::forward;
  const auto forward = engine.range(source(), query, range);
  check(backward.has_value() == forward.has_value());
  if (forward && forward->is_log) check(forward->statistics.entries_returned == backward->statistics.entries_returned);
  if (auto tail = engine.tail(query)) (void)tail->process({{"a", "b"}}, {{1}, "level=info {\"a\":1}"});
  (void)log_patterns(engine, source(), query, {{0}, {10'000'000'000}}, std::chrono::seconds(1));
  (void)detected_fields(engine, source(), query, range, 10);
  return 0;
}

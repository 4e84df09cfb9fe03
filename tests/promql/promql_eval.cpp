// promql_eval FILE START_MS STEP_MS: answers queries over the series of a file (series notation, sample i at START_MS + i * STEP_MS).
// Reads lines `instant TIME_MS QUERY` and `range FROM_MS TO_MS STEP_MS QUERY`, answers each with one line of JSON. The other side of
// differential.py.

#include <fstream>
#include <iostream>

#include "base/pool.h"
#include "base/text.h"
#include "query/promql/engine.h"
#include "query/promql/testing/memory_source.h"
#include "query/promql/testing/series_notation.h"

namespace {

using namespace monitorai;

std::string to_json(const Result<query::QueryResult, query::QueryError>& result) {
  if (!result) return "{\"error\":" + json_string(result.error().message) + "}";
  std::string out = "{\"series\":[";
  for (const query::ResultSeries& series : result->series) {
    if (out.back() == '}') out += ',';
    out += "{\"metric\":{";
    for (const signals::Label& label : series.labels)
      out += (out.back() == '{' ? "" : ",") + json_string(label.name) + ":" + json_string(label.value);
    out += "},\"values\":[";
    for (const signals::Sample& s : series.samples)
      out += fmt::format("{}[{},\"{}\"]", out.back() == '[' ? "" : ",", s.time.ms, format_number(s.value));
    out += "]}";
  }
  return out + "]}";
}

}  // namespace

int main(int argc, char** argv) {
  const auto start = argc == 4 ? parse_integer<int64_t>(argv[2]) : std::nullopt;
  const auto step = argc == 4 ? parse_integer<int64_t>(argv[3]) : std::nullopt;
  if (!start || !step) {
    std::cerr << "usage: promql_eval FILE START_MS STEP_MS\n";
    return 2;
  }
  query::MemorySource source;
  std::ifstream file(argv[1]);
  for (std::string line; std::getline(file, line);) {
    const auto series = query::parse_series(line);
    if (!series) {
      std::cerr << "promql_eval: " << series.error().message << '\n';
      return 2;
    }
    std::vector<signals::Sample> samples;
    for (size_t i = 0; i < series->values.size(); ++i)
      if (series->values[i]) samples.push_back({{*start + static_cast<int64_t>(i) * *step}, *series->values[i]});
    source.add(series->labels, samples);
  }
  Pool pool(2);
  const query::Engine engine({}, pool);
  for (std::string kind; std::cin >> kind;) {
    int64_t from = 0;
    int64_t to = 0;
    int64_t by = 0;
    std::string text;
    std::cin >> from;
    if (kind == "range") std::cin >> to >> by;
    std::getline(std::cin, text);
    const auto result =
        kind == "range" ? engine.range(source, text, {{from}, {to}}, std::chrono::milliseconds(by)) : engine.instant(source, text, {from});
    std::cout << to_json(result) << std::endl;
  }
  return 0;
}

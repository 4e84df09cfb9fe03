// Datasets of JSON lines.

#include <simdjson.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cmath>

#include "base/text.h"
#include "judge/quality/input/dataset.h"

namespace monitorai::judge {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

Cell missing(Column& column) { return ++column.missing, Cell::none; }

Cell odd(Column& column) { return ++column.odd, Cell::none; }

Cell add_number(Column& column, double value) {
  if (!std::isfinite(value)) return missing(column);
  column.numbers.push_back(value);
  return Cell::number;
}

Cell add_words(Column& column, std::string_view text) {
  if (text.empty()) return missing(column);
  column.words.emplace_back(text);
  return Cell::words;
}

Cell add_list(Column& column, const simdjson::dom::array& list) {
  std::vector<double> row;
  for (const element item : list) {
    double value = 0;
    if (item.get_double().get(value) != simdjson::SUCCESS) return odd(column);
    row.push_back(value);
  }
  if (row.empty()) return missing(column);
  if (column.rows.rows > 0 && row.size() != column.rows.columns) return odd(column);
  column.rows.append(row);
  return Cell::list;
}

Cell add(Column& column, const element& value) {
  switch (value.type()) {
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return add_number(column, value.get_double().value_unsafe());
    case element_type::STRING:
      return add_words(column, value.get_string().value_unsafe());
    case element_type::BOOL:
      return add_words(column, value.get_bool().value_unsafe() ? "true" : "false");
    case element_type::ARRAY:
      return add_list(column, value.get_array().value_unsafe());
    case element_type::NULL_VALUE:
      return missing(column);
    default:
      return odd(column);
  }
}

}  // namespace

Result<Dataset> parse_jsonl(std::string_view bytes) {
  Dataset out;
  boost::unordered_flat_map<std::string, size_t> index;
  simdjson::dom::parser parser;
  size_t line_number = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view line = trim(bytes.substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (line.empty()) continue;
    simdjson::dom::object object;
    if (const auto error = parser.parse(line).get_object().get(object); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("line {} is no JSON object: {}", line_number, simdjson::error_message(error))};
    for (const auto& [name, value] : object) {
      const auto [found, is_new] = index.try_emplace(std::string(name), out.columns.size());
      if (is_new) {
        if (out.columns.size() == kDatasetColumnsMax)
          return Error{Code::invalid, fmt::format("line {} has more than {} different members so far", line_number, kDatasetColumnsMax)};
        out.columns.emplace_back().name = std::string(name);
        out.columns.back().missing = out.rows;
      }
      Column& column = out.columns[found->second];
      column.cells_by_row.resize(std::max(column.cells_by_row.size(), out.rows), Cell::none);
      column.cells_by_row.push_back(add(column, value));
    }
    ++out.rows;
    // A member that the line lacks is missing in it; one given twice counts twice, which no sound writer does.
    for (Column& column : out.columns) {
      const size_t seen = column.numbers.size() + column.words.size() + column.rows.rows + column.missing + column.odd;
      if (seen < out.rows) column.missing += out.rows - seen;
    }
  }
  return out;
}

}  // namespace monitorai::judge

// Datasets of JSON lines.

#include <simdjson.h>

#include <boost/unordered/unordered_flat_map.hpp>
#include <cmath>

#include "base/text.h"
#include "judge/quality/input/dataset.h"
#include "judge/quality/input/text_bytes.h"

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

/// Takes rows one by one; `where` is their place, for errors.
class Rows {
 public:
  Result<void> add_row(const element& row, const std::string& where) {
    simdjson::dom::object object;
    if (row.is_string()) {
      MAI_TRY(add_member("text", row, where));
    } else if (row.get_object().get(object) == simdjson::SUCCESS) {
      for (const auto& [name, value] : object) MAI_TRY(add_member(name, value, where));
    } else {
      return Error{Code::invalid, fmt::format("{} is no JSON object", where)};
    }
    ++out.rows;
    // A member that the row lacks is missing in it; one given twice counts twice, which no sound writer does.
    for (Column& column : out.columns) {
      const size_t seen = column.numbers.size() + column.words.size() + column.rows.rows + column.missing + column.odd;
      if (seen < out.rows) column.missing += out.rows - seen;
    }
    return {};
  }
  Dataset out;

 private:
  Result<void> add_member(std::string_view name, const element& value, const std::string& where) {
    const auto [found, is_new] = index_.try_emplace(std::string(name), out.columns.size());
    if (is_new) {
      if (out.columns.size() == kDatasetColumnsMax)
        return Error{Code::invalid, fmt::format("{} has more than {} different members so far", where, kDatasetColumnsMax)};
      out.columns.emplace_back().name = std::string(name);
      out.columns.back().missing = out.rows;
    }
    Column& column = out.columns[found->second];
    column.cells_by_row.resize(std::max(column.cells_by_row.size(), out.rows), Cell::none);
    column.cells_by_row.push_back(add(column, value));
    return {};
  }
  boost::unordered_flat_map<std::string, size_t> index_;
};

/// As it stands, or where that fails without the numbers that only Python writes.
simdjson::error_code parse(simdjson::dom::parser& parser, std::string_view json, element& out) {
  const auto error = parser.parse(json).get(out);
  if (error == simdjson::SUCCESS || !may_hold_python_numbers(json)) return error;
  return parser.parse(without_python_numbers(json)).get(out);
}

}  // namespace

Result<Dataset> parse_jsonl(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  Rows rows;
  simdjson::dom::parser parser;
  element document;
  if (trim(bytes).starts_with('[')) {
    simdjson::dom::array list;
    if (const auto error = parse(parser, bytes, document); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("it is no list of JSON objects: {}", simdjson::error_message(error))};
    if (document.get_array().get(list) != simdjson::SUCCESS) return Error{Code::invalid, "it is no list of JSON objects"};
    for (const element row : list) MAI_TRY(rows.add_row(row, fmt::format("row {}", rows.out.rows + 1)));
    return std::move(rows.out);
  }
  size_t line_number = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view line = trim(bytes.substr(at, end - at));
    at = end + 1;
    ++line_number;
    if (line.empty()) continue;
    if (const auto error = parse(parser, line, document); error != simdjson::SUCCESS)
      return Error{Code::invalid, fmt::format("line {} is no JSON object: {}", line_number, simdjson::error_message(error))};
    MAI_TRY(rows.add_row(document, fmt::format("line {}", line_number)));
  }
  return std::move(rows.out);
}

}  // namespace monitorai::judge

#include "judge/quality/input/text_bytes.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::judge {

Result<void> check_text(std::string_view bytes) {
  const auto wrong = [](std::string what) { return Error{Code::invalid, std::move(what)}; };
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return wrong("it is text in UTF-16: save it as UTF-8");
  if (bytes.starts_with("\x1f\x8b") || bytes.starts_with("\x28\xb5\x2f\xfd") || bytes.starts_with("PK\x03\x04"))
    return wrong("it is compressed: unpack it first");
  if (bytes.starts_with("PAR1")) return wrong("it is Parquet, whatever its name says");
  if (valid_utf8(bytes)) return {};
  size_t line = 0;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\n', at), bytes.size());
    ++line;
    if (!valid_utf8(bytes.substr(at, end - at))) break;
    at = end + 1;
  }
  return wrong(fmt::format("line {} is no text in UTF-8: save the file as UTF-8", line));
}

std::string advice_for(const std::filesystem::path& path) {
  const std::string ending = lower(path.extension().string()), name = path.string(), stem = path.stem().string();
  const auto by_pandas = [&](std::string_view what, std::string_view reader) {
    return fmt::format(
        "{} is not read here. Write it as JSON lines first: python3 -c \"import pandas; pandas.{}('{}').to_json('{}.jsonl', "
        "orient='records', lines=True)\"",
        what, reader, name, stem);
  };
  if (ending == ".parquet" || ending == ".pq") return by_pandas("Parquet", "read_parquet");
  if (ending == ".feather" || ending == ".arrow") return by_pandas("Arrow", "read_feather");
  if (ending == ".xlsx" || ending == ".xls") return by_pandas("Excel", "read_excel");
  if (ending == ".npz")
    return fmt::format(
        "An archive of arrays is not read here. Take one of them out first: python3 -c \"import numpy; a = numpy.load('{}'); "
        "numpy.save('{}.npy', a[a.files[0]])\"",
        name, stem);
  if (ending == ".gz" || ending == ".zst" || ending == ".zip" || ending == ".xz") return "it is compressed: unpack it first";
  return {};
}

bool may_hold_python_numbers(std::string_view json) {
  return json.find("NaN") != std::string_view::npos || json.find("Infinity") != std::string_view::npos;
}

std::string without_python_numbers(std::string_view json) {
  std::string out;
  out.reserve(json.size() + 64);
  for (size_t at = 0; at < json.size();) {
    const std::string_view rest = json.substr(at);
    if (rest.starts_with('"')) {
      size_t end = at + 1;
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, json.size());
      out += json.substr(at, end - at);
      at = end;
      continue;
    }
    const std::pair<std::string_view, std::string_view> words[] = {{"NaN", "null"}, {"-Infinity", "\"-inf\""}, {"Infinity", "\"inf\""}};
    const auto* word = std::find_if(std::begin(words), std::end(words), [&](const auto& pair) { return rest.starts_with(pair.first); });
    if (word == std::end(words)) {
      out += json[at++];
    } else {
      out += word->second;
      at += word->first.size();
    }
  }
  return out;
}

}  // namespace monitorai::judge

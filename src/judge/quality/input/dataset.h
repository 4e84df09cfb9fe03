#pragma once
// Columns of a file: numbers, categories, texts, embeddings. JSON, CSV, .npy, and a text a line. Rows stay in the order of the file, which is taken
// for that of time.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "judge/quality/drift/matrix.h"

namespace monitorai::judge {

constexpr size_t kDatasetBytesMax = size_t{2} << 30;
constexpr size_t kDatasetColumnsMax = 1000;

/// What the cells of a column hold; most cells decide, others count as odd.
enum class Cell : uint8_t { none, number, words, list };

struct Column {
  std::string name;
  std::vector<Cell> cells_by_row;  ///< which of the lists below holds the cell of each row; ends with the last row that had one
  std::vector<double> numbers;     ///< finite
  std::vector<std::string> words;  ///< texts and categories; true and false
  Matrix rows;                     ///< lists of finite numbers, all as long as the first one
  size_t missing = 0;              ///< null, empty, NaN, infinite
  size_t odd = 0;                  ///< objects, lists of other things or of another length

  size_t cells() const { return std::max({numbers.size(), words.size(), rows.rows}); }
};

struct Dataset {
  size_t rows = 0;
  std::vector<Column> columns;
  const Column* column(std::string_view name) const;
};

enum class DatasetFormat { jsonl, csv, npy, lines };
/// By the ending of its name: .jsonl, .ndjson, .json, .csv, .tsv, .npy, .txt. Code::invalid for another.
Result<DatasetFormat> format_of(const std::filesystem::path& path);

/// Each line a JSON object, its members the columns, or all of it one list of such objects; a text instead of an object is a column
/// "text". Python's NaN is missing. An error names the line, or the place in the list.
Result<Dataset> parse_jsonl(std::string_view bytes);
/// RFC 4180 (csv_cells.h) with a header. An error names the line.
Result<Dataset> parse_csv(std::string_view bytes);
Result<Dataset> parse_dataset(std::string_view bytes, DatasetFormat format);
Result<Dataset> read_dataset(const std::filesystem::path& path);

}  // namespace monitorai::judge

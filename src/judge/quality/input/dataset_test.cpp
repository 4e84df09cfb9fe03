#include "judge/quality/input/dataset.h"

#include <gtest/gtest.h>

#include "base/files.h"
#include "judge/quality/input/npy.h"

namespace monitorai::judge {
namespace {

std::string npy(std::string_view header, std::string_view body, char version = 1) {
  std::string text(header);
  text += '\n';
  std::string out = "\x93NUMPY";
  out += version;
  out += '\0';
  out += static_cast<char>(text.size() & 255);
  out += static_cast<char>(text.size() >> 8);
  if (version > 1) out += std::string(2, '\0');
  return out + text + std::string(body);
}

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(std::data(values)), values.size() * sizeof(T)};
}

TEST(Npy, reads_what_numpy_writes) {
  const auto f = [](const std::string& bytes, size_t rows, const std::vector<double>& want) {
    const auto got = parse_npy(bytes);
    ASSERT_TRUE(got.has_value()) << got.error().message;
    EXPECT_EQ(got->rows, rows);
    EXPECT_EQ(got->values, want);
  };
  const std::string doubles = bytes_of<double>({1, 2, 3, 4, 5, 6});
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }", doubles), 2, {1, 2, 3, 4, 5, 6});
  f(npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }", doubles), 2, {1, 3, 5, 2, 4, 6});
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", doubles), 6, {1, 2, 3, 4, 5, 6});
  f(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", bytes_of<float>({0.5F, -2})), 1, {0.5, -2});
  f(npy("{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", bytes_of<uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF})), 4,
    {1, -2, 0x1p-24, 65504});
  f(npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", bytes_of<int32_t>({-7, 9}), 2), 2, {-7, 9});
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }", ""), 0, {});
}

TEST(Npy, refuses_what_it_cannot_read) {
  const auto f = [](const std::string& bytes, std::string_view why) {
    const auto got = parse_npy(bytes);
    ASSERT_FALSE(got.has_value()) << why;
    EXPECT_NE(got.error().message.find(why), std::string::npos) << got.error().message;
  };
  const std::string eight = bytes_of<double>({1});
  f("", "does not begin");
  f("PK\x03\x04 a zip archive", "does not begin");
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }", eight), "8 bytes follow");
  f(npy("{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", eight), ">f8");
  f(npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", eight), "not supported");
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 1, 1), }", eight), "3 dimensions");
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", eight), "no number");
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (18446744073709551615, 2), }", eight), "over");
  f(npy("{'descr': '<f8'}", eight), "lacks");
  f(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", eight).substr(0, 40), "cut off");
}

TEST(Jsonl, reads_columns_of_every_kind) {
  const auto got = parse_jsonl(R"({"prompt": "hi", "tokens": 3, "v": [1, 2], "ok": true}
{"prompt": "naïve \"quote\"", "tokens": 4.5, "v": [3, 4], "extra": null}

{"prompt": "", "tokens": "many", "v": [5], "o": {}}
)");
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(got->rows, 3);
  const Column& prompt = *got->column("prompt");
  EXPECT_EQ(prompt.words, (std::vector<std::string>{"hi", "naïve \"quote\""}));
  EXPECT_EQ(prompt.missing, 1);
  EXPECT_EQ(got->column("tokens")->numbers, (std::vector<double>{3, 4.5}));
  EXPECT_EQ(got->column("v")->rows.rows, 2);
  EXPECT_EQ(got->column("v")->odd, 1);
  EXPECT_EQ(got->column("ok")->missing, 2);
  EXPECT_EQ(got->column("extra")->missing, 3);
  EXPECT_EQ(got->column("o")->odd, 1);
  EXPECT_EQ(got->column("absent"), nullptr);
}

TEST(Jsonl, an_error_names_the_line) {
  const auto f = [](std::string_view text, std::string_view want) {
    const auto got = parse_jsonl(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  f("{}\n{\"a\":\n", "line 2");
  f("1", "line 1 is no JSON object");
  f("[1]", "row 1 is no JSON object");
  f("[{}, {}, 3]", "row 3 is no JSON object");
  f("[{\"a\": 1}", "it is no list of JSON objects");
  f("{}\n\nnull", "line 3");
  f("{\"a\": \"\xff\"}", "line 1");
}

TEST(Jsonl, a_list_python_numbers_and_plain_texts_are_read) {
  const auto list = parse_jsonl("\xEF\xBB\xBF [\n{\"a\": 1},\n {\"a\": NaN, \"b\": \"NaN\"}\n]\n");
  ASSERT_TRUE(list.has_value()) << list.error().message;
  EXPECT_EQ(list->rows, 2);
  EXPECT_EQ(list->column("a")->numbers, (std::vector<double>{1}));
  EXPECT_EQ(list->column("a")->missing, 1);
  EXPECT_EQ(list->column("b")->words, (std::vector<std::string>{"NaN"}));
  const auto lines = parse_jsonl("{\"v\": [1, -Infinity]}\n{\"v\": [1, 2]}\n");
  ASSERT_TRUE(lines.has_value()) << lines.error().message;
  EXPECT_EQ(lines->column("v")->rows.rows, 1) << "a vector with a hole is none";
  const auto texts = parse_jsonl("\"how\"\n\"why\"\n");
  ASSERT_TRUE(texts.has_value());
  EXPECT_EQ(texts->column("text")->words, (std::vector<std::string>{"how", "why"}));
  EXPECT_EQ(parse_jsonl("[]")->rows, 0);
  EXPECT_EQ(parse_jsonl("")->rows, 0);
}

TEST(Csv, semicolons_and_tabs_separate_where_the_header_has_them) {
  const auto f = [](std::string_view text) {
    const auto got = parse_csv(text);
    std::vector<std::string> out;
    for (const Column& column : got->columns) out.push_back(column.name + ":" + std::to_string(column.cells()));
    return out;
  };
  EXPECT_EQ(f("a;b\n1,5;x\n"), (std::vector<std::string>{"a:1", "b:1"}));
  EXPECT_EQ(f("a\tb\n1\tx, y; z\n"), (std::vector<std::string>{"a:1", "b:1"}));
  EXPECT_EQ(f("\"a;b;c\",d\n1,2\n"), (std::vector<std::string>{"a;b;c:1", "d:1"}));
  EXPECT_EQ(f("a\n1;2\n"), (std::vector<std::string>{"a:1"}));
}

TEST(Csv, reads_quotes_lines_within_cells_and_numbers) {
  const auto got = parse_csv("\xEF\xBB\xBFprompt,n\r\n\"a, \"\"b\"\"\nc\",1\r\nplain,nan\n,2.5\n");
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(got->rows, 3);
  EXPECT_EQ(got->column("prompt")->words, (std::vector<std::string>{"a, \"b\"\nc", "plain"}));
  EXPECT_EQ(got->column("n")->numbers, (std::vector<double>{1, 2.5}));
  EXPECT_EQ(got->column("n")->missing, 1);
}

TEST(Csv, an_error_names_the_line) {
  const auto f = [](std::string_view text, std::string_view want) {
    const auto got = parse_csv(text);
    ASSERT_FALSE(got.has_value()) << text;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  f("a,b\n1,2\n1\n", "line 3 has 1 cells");
  f("a\n\"open", "line 2");
}

TEST(Dataset, a_foreign_file_is_named) {
  const TemporaryDirectory folder;
  const auto f = [&](std::string_view name, std::string_view bytes) {
    const auto path = folder.path() / name;
    EXPECT_TRUE(write_file_atomically(path, bytes).has_value());
    const auto got = read_dataset(path);
    ASSERT_FALSE(got.has_value()) << name;
    EXPECT_NE(got.error().message.find(name), std::string::npos) << got.error().message;
  };
  f("model.bin", "x");
  f("broken.npy", "x");
  f("broken.jsonl", "{");
  f("UPPER.PARQUET", "x");
  const auto says = [&](std::string_view name, std::string_view bytes, std::string_view want) {
    const auto path = folder.path() / name;
    EXPECT_TRUE(write_file_atomically(path, bytes).has_value());
    const auto got = read_dataset(path);
    ASSERT_FALSE(got.has_value()) << name;
    EXPECT_NE(got.error().message.find(want), std::string::npos) << got.error().message;
  };
  says("a.parquet", "PAR1", "Parquet is not read here. Write it as JSON lines first: python3 -c \"import pandas; pandas.read_parquet('");
  says("a.npz", "PK\x03\x04", "numpy.save('a.npy'");
  says("a.jsonl.gz", "\x1f\x8b", "it is compressed: unpack it first");
  says("packed.csv", "\x1f\x8b\x08", "it is compressed: unpack it first");
  says("renamed.jsonl", "PAR1\x15", "it is Parquet, whatever its name says");
  says("utf16.jsonl", std::string("\xff\xfe{\0}\0", 6), "it is text in UTF-16: save it as UTF-8");
  says("latin1.csv", "a\nb\ncaf\xe9\n", "line 3 is no text in UTF-8");
  says("latin1.txt", "caf\xe9", "line 1 is no text in UTF-8");
  EXPECT_NE(read_dataset(folder.path()).error().message.find("it is a folder"), std::string::npos);
  EXPECT_TRUE(write_file_atomically(folder.path() / "prompts.txt", "How?\n\n Why? \r\n").has_value());
  EXPECT_EQ(read_dataset(folder.path() / "prompts.txt")->column("text")->words, (std::vector<std::string>{"How?", "Why?"}));
  EXPECT_EQ(read_dataset(folder.path() / "absent.csv").error().code, Code::not_found);
}

}  // namespace
}  // namespace monitorai::judge

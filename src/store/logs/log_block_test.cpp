// Blocks, their text and their filters: what goes in comes out, damage is an error, and no needle is missed.

#include "store/logs/log_block.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "store/disk/frame.h"
#include "store/logs/gram_filter.h"
#include "store/logs/log_record.h"
#include "store/logs/text_split.h"

namespace monitorai::store {
namespace {

using signals::Label;
using signals::LabelView;
using signals::LogBlock;
using signals::LogLineView;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

void expect_same(const LogBlock& a, const LogBlock& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(a.text, b.text);
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a.times_ns[i], b.times_ns[i]);
    EXPECT_EQ(a.line(i), b.line(i));
    const auto x = a.metadata(i);
    const auto y = b.metadata(i);
    EXPECT_TRUE(std::equal(x.begin(), x.end(), y.begin(), y.end()));
  }
}

/// A word of a log line: text, digits, identifiers, UTF-8, and bytes that stand at the edges of all of them.
std::string random_text(std::mt19937_64& random, size_t words) {
  std::string out;
  for (; words > 0; --words) {
    switch (random() % 8) {
      case 0: out += fmt::format("{}", random() >> (random() % 64)); break;
      case 1: out += fmt::format("{:x}", random() >> (random() % 64)); break;
      case 2: out += std::string(random() % 600, static_cast<char>('0' + random() % 10)); break;
      case 3: out += fmt::format("{:016x}{:016x}", random(), random()); break;
      case 4: out += " - \"POST /v1/chat HTTP/1.1\" "; break;
      case 5: out += "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"; break;
      case 6: out += "deadbeef cafe a1 1a bad4096 face2face"; break;
      default: out += std::string(random() % 40, static_cast<char>('a' + random() % 26));
    }
  }
  return out;
}

TEST(TextSplit, joins_what_it_split) {
  const auto f = [](std::string_view text) {
    SplitText split;
    ASSERT_TRUE(split_text(text, split));
    std::array<std::string_view, SplitText::kColumns> columns;
    for (size_t i = 0; i < columns.size(); ++i) columns[i] = split.columns[i];
    std::string joined(text.size() + kSplitSlack, '?');
    ASSERT_TRUE(join_text(columns, joined.data(), text.size())) << text;
    EXPECT_EQ(joined.substr(0, text.size()), text);
    EXPECT_FALSE(join_text(columns, joined.data(), text.size() + 1));
    if (!text.empty()) {
      EXPECT_FALSE(join_text(columns, joined.data(), text.size() - 1));
    }
  };
  f("");
  f("a");
  f("7");
  f("12:34:56,789");
  f("id=5f2b9c");
  f("abcdef");
  f(std::string(300, '1'));
  for (const size_t letters : {3, 4, 15, 16, 17, 31, 253, 254, 255, 256, 257, 300, 600}) {
    f(std::string(letters, 'a') + "1" + std::string(300, 'b'));
    f("x" + std::string(letters, 'e') + "12");
  }
  f("1 22 333 4444 55555 666666 7777777 88888888888888888888");
  std::mt19937_64 random(3);
  for (size_t i = 0; i < 2000; ++i) f(random_text(random, i % 50));
}

TEST(TextSplit, takes_no_text_that_has_a_marker) {
  SplitText split;
  EXPECT_FALSE(split_text("\xf8", split));
  EXPECT_FALSE(split_text("a long text that ends in a byte which UTF-8 does not have: \xff", split));
  EXPECT_TRUE(split_text("\xf7", split));
}

TEST(LogBlock, decodes_what_it_encoded) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 300; ++round) {
    LineColumns lines;
    const int64_t unit = std::array<int64_t, 4>{1, 1'000, 1'000'000, 1'000'000'000}[random() % 4];
    int64_t time = static_cast<int64_t>(random() % 1000) * 1'000'000'000'000 - 5 * 1'000'000'000'000;
    for (size_t i = 0; i <= static_cast<size_t>(round); ++i) {
      std::vector<Label> metadata;
      if (round % 3 == 0 && random() % 3 == 0) metadata = {{"pid", fmt::format("{}", random() % 4)}, {"service", "x"}};
      std::string text = random_text(random, random() % 6);
      if (round % 20 == 7) text += '\xff';
      if (i % 7 == 0) text += "\n\n";
      lines.add(time, text, metadata);
      time += static_cast<int64_t>(random() % 1000) * unit;
    }
    const LogBlock block = lines.view(0, lines.size());
    for (const int level : {1, 3}) {
      LineColumns decoded;
      const auto done = decode_block(encode_block(block, level), decoded);
      ASSERT_TRUE(done) << done.error().message;
      expect_same(block, decoded.view(0, decoded.size()));
    }
  }
}

TEST(LogBlock, a_part_of_a_block_is_a_block) {
  LineColumns lines;
  for (int i = 0; i < 10; ++i) lines.add(i, fmt::format("line {}", i), {});
  const LogBlock middle = lines.view(3, 7);
  EXPECT_EQ(middle.text, "line 3\nline 4\nline 5\nline 6\n");
  EXPECT_EQ(middle.line(0), "line 3");
  EXPECT_EQ(middle.line(3), "line 6");
  EXPECT_EQ(middle.times_ns.front(), 3);
  EXPECT_EQ(lines.view(2, 2).size(), 0u);
}

TEST(LogBlock, refuses_every_damage) {
  LineColumns lines;
  for (int i = 0; i < 50; ++i) lines.add(i * 1000, fmt::format("request {:08x} took {} ms", i * 77777, i * 31), std::vector<Label>{{"pid", "1"}});
  const std::string good = encode_block(lines.view(0, lines.size()), 1);
  LineColumns out;
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x10);
    EXPECT_FALSE(decode_block(bad, out)) << "byte " << i;
    EXPECT_FALSE(decode_block(good.substr(0, i), out)) << "cut at " << i;
    // With a checksum that says it is right.
    const std::string payload = bad.substr(kFrameHeaderBytes);
    const auto done = decode_block(frame_header(payload) + payload, out);
    if (done) {
      EXPECT_EQ(out.size(), 50u);
    } else {
      EXPECT_EQ(done.error().code, Code::corrupt);
      EXPECT_EQ(out.size(), 0u);
    }
  }
  EXPECT_FALSE(decode_block(good + "x", out));
}

TEST(LogBlock, writes_the_bytes_of_the_document) {
  LineColumns lines;
  lines.add(1'700'000'000'000'000'000, "GET /a1b2c3 200", {});
  lines.add(1'700'000'000'002'000'000, "GET /health 404", std::vector<Label>{{"pid", "7"}});
  const LogBlock block = lines.view(0, 2);
  EXPECT_EQ(hex(encode_block(block, 1)),
            "4e000000a3222608"                                  // 78 bytes, CRC32C
            "010220"                                            // version, two lines, 32 bytes of text
            "17170180"                                          // 23 bytes of columns, stored as they are: unit 1 ms, and the first time:
            "80d0e2c6bfce972f02"                                // 1,700,000,000,000,000,000 ns, then 2 ms later
            "0f0f"                                              // lines of 15 bytes each
            "0201037069640137"                                  // two sets: the empty one, and one of one label, pid 7
            "0001"                                              // the set of each line
            "01"                                                // the text is split
            "1818474554202ffe0620fa0a474554202f6865616c746820fa0a"  // "GET /", identifier of 6, " ", 3 digits, "\n", ...
            "00000000"                                          // no runs of one and of two digits
            "0606323030343034"                                  // runs of three: 200, 404
            "000000000000"                                      // none of four, five and more
            "0303a1b2c3");                                      // identifiers
  EXPECT_EQ(hex(make_gram_filter("GET 1")),
            "060000200000000000"   // grams without a digit: 64 slots, "GET " in slot 29
            "060000000000000000");  // with one: "ET 1" is too short for six bytes
}

TEST(LogRecord, writes_the_bytes_of_the_document) {
  LogRecordEncoder encoder;
  encoder.begin();
  const std::vector<LabelView> labels{{"job", "llm"}};
  const std::vector<LabelView> metadata{{"pid", "7"}};
  encoder.stream(1, labels);
  encoder.lines(1, 0, 2);
  encoder.line({{1'700'000'000'000'000'000}, "hello"});
  encoder.line({{1'700'000'000'001'000'000}, "world", metadata});
  EXPECT_EQ(hex(frame_header(encoder.payload())) + hex(encoder.payload()),
            "2f00000080323c60"                      // 47 bytes, CRC32C
            "010101036a6f62036c6c6d"                // stream 1: one label, job llm
            "02010002"                              // lines of stream 1, the first is number 0, two of them
            "8080d0e2c6bfce972f0568656c6c6f00"      // 1,700,000,000,000,000,000 ns, "hello", no metadata
            "80897a05776f726c6401037069640137");    // 1 ms later, "world", pid 7
}

TEST(LogRecord, decodes_what_it_encoded_and_refuses_what_is_cut) {
  struct Taken final : LogRecordVisitor {
    std::vector<std::string> all;
    void on_stream(StreamId id, std::span<const LabelView> labels) override { all.push_back(fmt::format("{} {} {}", id, labels.size(), labels[0].value)); }
    void on_line(StreamId id, uint64_t seq, const LogLineView& line) override {
      all.push_back(fmt::format("{} {} {} {} {}", id, seq, line.time.ns, line.line, line.metadata.size()));
    }
  };
  LogRecordEncoder encoder;
  const std::vector<LabelView> labels{{"job", "llm"}};
  encoder.begin();
  encoder.stream(9, labels);
  encoder.lines(9, 100, 2);
  encoder.line({{INT64_MAX}, ""});
  encoder.line({{INT64_MIN}, "x", labels});
  Taken whole;
  ASSERT_TRUE(decode_log_record(encoder.payload(), whole));
  EXPECT_EQ(whole.all, (std::vector<std::string>{"9 1 llm", fmt::format("9 100 {}  0", INT64_MAX), fmt::format("9 101 {} x 1", INT64_MIN)}));
  for (size_t n = 1; n < encoder.payload().size(); ++n) {
    Taken part;
    const auto done = decode_log_record(encoder.payload().substr(0, n), part);
    EXPECT_TRUE(!done || part.all.size() == 1) << n;
  }
}

TEST(GramFilter, misses_no_substring_of_a_text) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 60; ++round) {
    const std::string text = random_text(random, 1 + static_cast<size_t>(round) * 20);
    const std::string filter = make_gram_filter(text);
    for (int i = 0; i < 200; ++i) {
      const size_t at = random() % (text.size() + 1);
      const std::vector<std::string> needles{text.substr(at, random() % 40), text.substr(random() % (text.size() + 1), 5)};
      ASSERT_TRUE(GramQuery(needles).may_be_in(filter)) << needles[0];
    }
  }
}

TEST(GramFilter, is_right_about_most_texts_that_lack_a_needle) {
  std::mt19937_64 random(13);
  std::string text;
  while (text.size() < (512 << 10)) text += fmt::format("{{\"request_id\":\"{:016x}{:016x}\",\"latency_ms\":{}}}\n", random(), random(), random() % 30'000);
  const std::string filter = make_gram_filter(text);
  EXPECT_LE(filter.size(), 11u << 10);
  const auto f = [&](auto make, int wrong_max) {
    int wrong = 0;
    for (int i = 0; i < 1000; ++i) {
      const std::vector<std::string> needles{make()};
      if (text.find(needles[0]) == std::string::npos) wrong += GramQuery(needles).may_be_in(filter);
    }
    EXPECT_LE(wrong, wrong_max);
  };
  f([&] { return fmt::format("{:016x}{:016x}", random(), random()); }, 80);
  f([&] { return fmt::format("{:016x}", random()); }, 400);
  f([&] { return std::string("CUDA out of memory"); }, 0);
  f([&] { return std::string("Traceback"); }, 0);
}

TEST(GramFilter, short_needles_and_damaged_filters_pass) {
  const auto f = [](const std::vector<std::string>& needles, std::string_view filter) { return GramQuery(needles).may_be_in(filter); };
  const std::string filter = make_gram_filter("hello world, and some more words so that it is no tiny set");
  EXPECT_TRUE(f({}, filter));
  EXPECT_TRUE(f({"xyz"}, filter));
  EXPECT_TRUE(f({""}, filter));
  EXPECT_TRUE(f({"lo wo"}, filter));
  EXPECT_FALSE(f({"lo where it is not"}, filter));
  EXPECT_FALSE(f({"hello", "absent"}, filter));
  EXPECT_TRUE(f({"absent"}, ""));
  EXPECT_TRUE(f({"absent"}, filter.substr(0, 3)));
  EXPECT_TRUE(f({"absent"}, "\xff\xff"));
}

}  // namespace
}  // namespace monitorai::store

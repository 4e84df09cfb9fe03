#include <gtest/gtest.h>

#include <random>

#include "store/disk/faulty_files.h"
#include "store/disk/frame.h"
#include "store/metrics/batch_record.h"

namespace monitorai::store {
namespace {

using signals::ExemplarView;
using signals::LabelView;
using signals::Sample;

/// Writes down what it is told.
class Recorder final : public BatchVisitor {
 public:
  std::vector<std::string> lines;
  void on_series(StorageId id, std::span<const LabelView> labels) override {
    std::string line = fmt::format("series {}", id);
    for (const auto& [name, value] : labels) line += fmt::format(" {}={}", name, value);
    lines.push_back(line);
  }
  void on_samples(StorageId id, std::span<const Sample> in_order, std::span<const Sample> late) override {
    std::string line = fmt::format("samples {}", id);
    for (const Sample& sample : in_order) line += fmt::format(" {}:{}", sample.time.ms, sample.value);
    for (const Sample& sample : late) line += fmt::format(" late {}:{}", sample.time.ms, sample.value);
    lines.push_back(line);
  }
  void on_exemplar(StorageId id, const ExemplarView& exemplar) override {
    lines.push_back(
        fmt::format("exemplar {} {}:{} {}={}", id, exemplar.time.ms, exemplar.value, exemplar.labels[0].name, exemplar.labels[0].value));
  }
  void on_family(const signals::MetadataWrite& family) override {
    lines.push_back(fmt::format("family {} {} {}", family.family, family.help, family.unit));
  }
  void on_tombstone(StorageId id, TimeRange range) override {
    lines.push_back(fmt::format("tombstone {} {}..{}", id, range.from.ms, range.to.ms));
  }
};

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<uint8_t>(c));
  return out;
}

TEST(BatchRecord, gives_back_every_kind_of_entry) {
  BatchEncoder encoder;
  encoder.begin();
  const std::vector<LabelView> labels{{"__name__", "up"}, {"job", "llm"}};
  const std::vector<Sample> in_order{{{1000}, 1}, {{2000}, 0.5}};
  const std::vector<Sample> late{{{500}, -3}};
  const std::vector<Sample> one{{{3000}, 1e300}};
  encoder.series(7, labels);
  encoder.samples(7, in_order, late);
  encoder.samples(3, one, {});
  encoder.exemplar(7, {labels, 0.25, {1500}});
  encoder.family({"up", signals::MetricType::gauge, "Is it?", ""});
  encoder.tombstone(3, {{INT64_MIN}, {INT64_MAX}});
  Recorder recorder;
  ASSERT_TRUE(decode_batch(encoder.payload(), recorder));
  EXPECT_EQ(recorder.lines, (std::vector<std::string>{"series 7 __name__=up job=llm", "samples 7 1000:1 2000:0.5 late 500:-3",
                                                      "samples 3 3000:1e+300", "exemplar 7 1500:0.25 __name__=up", "family up Is it? ",
                                                      "tombstone 3 -9223372036854775808..9223372036854775807"}));
}

TEST(BatchRecord, keeps_every_bit_of_a_value) {
  const auto f = [](uint64_t bits) {
    BatchEncoder encoder;
    encoder.begin();
    const Sample sample{{5}, std::bit_cast<double>(bits)};
    encoder.samples(1, {&sample, 1}, {});
    encoder.samples(1, {}, {&sample, 1});
    struct Check final : BatchVisitor {
      std::vector<uint64_t> seen;
      void on_series(StorageId, std::span<const LabelView>) override {}
      void on_samples(StorageId, std::span<const Sample> a, std::span<const Sample> b) override {
        for (const auto& samples : {a, b})
          for (const Sample& s : samples) seen.push_back(std::bit_cast<uint64_t>(s.value));
      }
      void on_exemplar(StorageId, const ExemplarView&) override {}
      void on_family(const signals::MetadataWrite&) override {}
      void on_tombstone(StorageId, TimeRange) override {}
    } check;
    ASSERT_TRUE(decode_batch(encoder.payload(), check));
    EXPECT_EQ(check.seen, (std::vector<uint64_t>{bits, bits}));
  };
  f(0);
  f(1);
  f(0x8000000000000000);
  f(signals::kStaleNanBits);
  f(0x7ff8000000000001);
  f(std::bit_cast<uint64_t>(1.0));
  f(std::bit_cast<uint64_t>(0.1));
  f(0xff00000000000000);
  f(0x00ff000000000000);
}

TEST(BatchRecord, refuses_what_is_no_entry) {
  const auto f = [](std::string payload) {
    Recorder recorder;
    const auto decoded = decode_batch(payload, recorder);
    ASSERT_FALSE(decoded) << hex(payload);
    EXPECT_EQ(decoded.error().code, Code::corrupt);
  };
  f("\x0f");
  f("\x12");
  f(std::string("\x90\x00\x00", 3));
  f("\x02\x02\xff\xff\xff\xff\x0f");
  f(std::string("\x01\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", 13));
  f("\x80");
}

/// The worked example of docs/formats/batch-log.md.
TEST(BatchLog, writes_the_bytes_of_the_document) {
  FaultyFiles files;
  BatchLog log("log", files, kBatchLogMagic);
  Recorder recorder;
  ASSERT_TRUE(log.open(0, into(recorder)));
  BatchEncoder encoder;
  encoder.begin();
  const std::vector<LabelView> labels{{"__name__", "up"}, {"job", "llm"}};
  const Sample sample{{1'700'000'000'000}, 1};
  encoder.series(1, labels);
  encoder.samples(1, {&sample, 1}, {});
  ASSERT_TRUE(log.append(encoder.payload()));
  EXPECT_EQ(hex(files.names().at("log/0000000001.log")->bytes),
            "4d4149424c4f4731"  // MAIBLOG1
            "21000000"
            "027209b7"  // 33 bytes, CRC32C
            "0202"      // series, id + 1
            "02"
            "085f5f6e616d655f5f"
            "027570"
            "036a6f62"
            "036c6c6d"
            "2000"
            "80a0abfef962"
            "f03f");
}

TEST(BatchLog, a_prefix_of_the_log_recovers_a_prefix_of_the_writes) {
  FaultyFiles files;
  {
    BatchLog log("log", files, kBatchLogMagic);
    Recorder ignored;
    ASSERT_TRUE(log.open(0, into(ignored)));
    for (int i = 0; i < 20; ++i) {
      BatchEncoder encoder;
      encoder.begin();
      const Sample sample{{i}, static_cast<double>(i)};
      encoder.samples(1, {&sample, 1}, {});
      ASSERT_TRUE(log.append(encoder.payload()));
    }
  }
  const std::string whole = files.names().at("log/0000000001.log")->bytes;
  size_t last = 0;
  for (size_t size = 0; size <= whole.size(); ++size) {
    FaultyFiles cut;
    auto content = std::make_shared<FaultyFiles::Content>();
    content->bytes = whole.substr(0, size);
    cut.names()["log/0000000001.log"] = content;
    BatchLog log("log", cut, kBatchLogMagic);
    Recorder recorder;
    const auto replayed = log.open(0, into(recorder));
    ASSERT_TRUE(replayed);
    for (size_t i = 0; i < recorder.lines.size(); ++i) EXPECT_EQ(recorder.lines[i], fmt::format("samples 1 {}:{}", i, i));
    EXPECT_GE(recorder.lines.size(), last);
    last = recorder.lines.size();
  }
  EXPECT_EQ(last, 20u);
}

TEST(BatchLog, any_damaged_byte_ends_the_segment_before_it) {
  FaultyFiles files;
  {
    BatchLog log("log", files, kBatchLogMagic);
    Recorder ignored;
    ASSERT_TRUE(log.open(0, into(ignored)));
    for (int i = 0; i < 10; ++i) {
      BatchEncoder encoder;
      encoder.begin();
      const Sample sample{{i}, static_cast<double>(i)};
      encoder.samples(1, {&sample, 1}, {});
      ASSERT_TRUE(log.append(encoder.payload()));
    }
  }
  const std::string whole = files.names().at("log/0000000001.log")->bytes;
  for (size_t at = 0; at < whole.size(); ++at) {
    FaultyFiles damaged;
    auto content = std::make_shared<FaultyFiles::Content>();
    content->bytes = whole;
    content->bytes[at] = static_cast<char>(content->bytes[at] ^ 0x10);
    damaged.names()["log/0000000001.log"] = content;
    BatchLog log("log", damaged, kBatchLogMagic);
    Recorder recorder;
    ASSERT_TRUE(log.open(0, into(recorder)));
    EXPECT_LT(recorder.lines.size(), 10u);
    for (size_t i = 0; i < recorder.lines.size(); ++i) EXPECT_EQ(recorder.lines[i], fmt::format("samples 1 {}:{}", i, i));
  }
}

TEST(BatchLog, goes_on_in_the_next_segment) {
  FaultyFiles files;
  for (int round = 0; round < 3; ++round) {
    BatchLog log("log", files, kBatchLogMagic);
    Recorder recorder;
    ASSERT_TRUE(log.open(0, into(recorder)));
    EXPECT_EQ(recorder.lines.size(), static_cast<size_t>(round * 2));
    for (int i = 0; i < 2; ++i) {
      BatchEncoder encoder;
      encoder.begin();
      encoder.tombstone(1, {{0}, {1}});
      ASSERT_TRUE(log.append(encoder.payload()));
      if (i == 0) {
        ASSERT_TRUE(log.begin_segment());
      }
    }
  }
  EXPECT_EQ(files.names().size(), 6u);
  BatchLog log("log", files, kBatchLogMagic);
  Recorder recorder;
  ASSERT_TRUE(log.open(4, into(recorder)));
  EXPECT_EQ(recorder.lines.size(), 3u);
  ASSERT_TRUE(log.remove_before(7));
  EXPECT_EQ(files.names().size(), 1u);
}

TEST(BatchLog, a_probe_leaves_nothing_behind) {
  const auto append = [](BatchLog& log, int i) {
    BatchEncoder encoder;
    encoder.begin();
    encoder.tombstone(1, {{0}, {i}});
    return log.append(encoder.payload()).has_value();
  };
  const auto f = [&](size_t k, bool probed) {
    FaultyFiles files;
    {
      BatchLog log("log", files, kBatchLogMagic);
      Recorder recorder;
      ASSERT_TRUE(log.open(0, into(recorder)));
      EXPECT_TRUE(append(log, 1));
      const std::string before = files.names().at("log/0000000001.log")->bytes;
      if (k > 0) files.fail_at(k, false);
      EXPECT_EQ(log.probe().has_value(), probed) << k;
      files.heal();
      if (k == 0) {
        EXPECT_EQ(files.names().at("log/0000000001.log")->bytes, before);
      }
      EXPECT_TRUE(log.probe());
      EXPECT_TRUE(append(log, 2)) << "of the same segment, or of the next where the probe could not be taken off";
      EXPECT_EQ(files.names().size(), k == 2 ? 2u : 1u) << k;
    }
    BatchLog log("log", files, kBatchLogMagic);
    Recorder recorder;
    ASSERT_TRUE(log.open(0, into(recorder)));
    EXPECT_EQ(recorder.lines.size(), 2u) << k;
  };
  f(0, true);
  f(1, false);  // the write fails
  f(2, true);   // what was written cannot be taken off again
  FaultyFiles files;
  BatchLog log("log", files, kBatchLogMagic);
  Recorder recorder;
  ASSERT_TRUE(log.open(0, into(recorder)));
  files.set_bytes_left(BatchLog::kProbeBytes - 1);
  EXPECT_FALSE(log.probe());
  EXPECT_EQ(log.appended(), 0u);
}

}  // namespace
}  // namespace monitorai::store

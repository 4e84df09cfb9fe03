#include "store/metrics/chunk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace monitorai::store {
namespace {

using signals::Columns;

void expect_same(const std::vector<double>& got, const std::vector<double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(std::bit_cast<uint64_t>(got[i]), std::bit_cast<uint64_t>(want[i])) << "at " << i;
}

/// Encodes, decodes, compares every bit, and returns the bytes of the values.
size_t round_trip(const std::vector<double>& values) {
  std::vector<int64_t> times(values.size());
  for (size_t i = 0; i < times.size(); ++i) times[i] = 1'700'000'000'000 + static_cast<int64_t>(i) * 15'000;
  const Chunk::Ptr chunk = Chunk::make(times, values);
  Columns out;
  EXPECT_TRUE(chunk->read(out).has_value());
  expect_same(out.values, values);
  EXPECT_EQ(out.times_ms, times);
  return chunk->values().size();
}

std::vector<double> numbers(size_t n, const std::function<double(size_t)>& f) {
  std::vector<double> out;
  for (size_t i = 0; i < n; ++i) out.push_back(f(i));
  return out;
}

TEST(Chunk, keeps_every_bit_of_any_double) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto f = [](std::vector<double> values) { round_trip(values); };
  f({0.0});
  f({-0.0, 0.0, -0.0});
  f({1, 2, 3});
  f({std::nan(""), signals::stale_nan(), inf, -inf});
  f({1, 2, 3, signals::stale_nan()});
  f({signals::stale_nan(), 1, 2, 3});
  f({0.1, 0.2, 0.30000000000000004});
  f({1e300, -1e300, 5e-324, std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()});
  f({9007199254740991.0, -9007199254740991.0, 9007199254740993.0});
  f({-1.5, 2.25, 1e15, 1e16});
}

TEST(Chunk, is_small_where_values_allow_it) {
  const auto f = [](const std::function<double(size_t)>& value, size_t bytes_max) {
    EXPECT_LE(round_trip(numbers(120, value)), bytes_max);
  };
  f([](size_t) { return 42.5; }, 8);
  f([](size_t i) { return static_cast<double>(i * 1000); }, 10);
  f([](size_t i) { return 1e9 + static_cast<double>(i * i); }, 14);
  f([](size_t i) { return static_cast<double>(i % 10) / 10; }, 70);
  f([](size_t i) { return static_cast<double>((i % 16) * 4096 * 1024); }, 70);
  f([](size_t i) { return i == 119 ? signals::stale_nan() : static_cast<double>(i); }, 32);
  f([](size_t i) { return i < 60 ? static_cast<double>(i) : static_cast<double>(i - 60); }, 36);
  f([](size_t i) { return static_cast<double>(i / 30) * 0.123456789012345678; }, 60);
}

/// The worked example of docs/formats/metrics-chunk.md.
TEST(Chunk, writes_the_bytes_of_the_document) {
  std::string bytes;
  encode_values(std::vector<double>{10, 20, 30, 40}, bytes);
  EXPECT_EQ(bytes, std::string("\x00\x01\x14\x14\x00", 5));
}

TEST(Chunk, takes_times_at_any_distance) {
  const auto f = [](std::vector<int64_t> times) {
    std::string bytes;
    encode_times(times, bytes);
    std::vector<int64_t> out;
    ASSERT_TRUE(decode_times(bytes, times.size(), out).has_value());
    EXPECT_EQ(out, times);
  };
  f({0});
  f({-5, 5});
  f({std::numeric_limits<int64_t>::min(), 0, std::numeric_limits<int64_t>::max()});
  f({1, 2, 3, 1'000'000'000'000, 1'000'000'000'001});
  f({1'700'000'000'000, 1'700'000'015'003, 1'700'000'029'998, 1'700'000'045'001});
}

TEST(Chunk, random_columns_round_trip) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2000; ++round) {
    const size_t n = 1 + random() % 240;
    const unsigned kind = static_cast<unsigned>(random() % 8);
    double level = static_cast<double>(random() % 1000000);
    const auto next = [&](size_t) -> double {
      const double noise = std::normal_distribution<double>(0, 1)(random);
      switch (kind) {
        case 0:
          return std::bit_cast<double>(random());
        case 1:
          return level += static_cast<double>(random() % 10);
        case 2:
          return level + noise;
        case 3:
          return std::round(noise * 1000) / 1000;
        case 4:
          return random() % 20 == 0 ? signals::stale_nan() : level;
        case 5:
          return random() % 10 == 0 ? (level = noise) : level;
        case 6:
          return static_cast<double>(static_cast<int64_t>(random() >> (random() % 64)));
        default:
          return static_cast<double>(static_cast<float>(noise));
      }
    };
    round_trip(numbers(n, next));
    if (HasFailure()) FAIL() << "kind " << kind << " round " << round;
  }
}

TEST(Chunk, refuses_damaged_bytes_without_reading_past_them) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    std::vector<double> values = numbers(1 + random() % 60, [&](size_t i) { return static_cast<double>(i * (random() % 5)) / 8; });
    encode_values(values, bytes);
    if (random() % 2 == 0)
      bytes.resize(random() % bytes.size());
    else
      bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
    const std::string exact(bytes.data(), bytes.size());
    std::vector<double> out;
    const auto decoded = decode_values(exact, values.size(), out);
    EXPECT_EQ(out.size(), decoded ? values.size() : 0);
  }
}

TEST(Chunk, refuses_counts_that_no_chunk_has) {
  std::string bytes;
  encode_values(std::vector<double>{1, 2}, bytes);
  const auto f = [&](size_t count) {
    std::vector<double> out;
    const auto decoded = decode_values(bytes, count, out);
    ASSERT_FALSE(decoded.has_value());
    EXPECT_EQ(decoded.error().code, Code::corrupt);
  };
  f(0);
  f(kChunkSamplesMax + 1);
}

TEST(Chunk, refuses_times_that_do_not_ascend) {
  std::string bytes;
  encode_times(std::vector<int64_t>{5, 5}, bytes);
  std::vector<int64_t> out;
  EXPECT_FALSE(decode_times(bytes, 2, out).has_value());
}

TEST(Chunk, keep_range_is_inclusive_at_both_ends) {
  const auto f = [](int64_t from, int64_t to, std::vector<int64_t> want) {
    Columns columns{{0, 10, 20, 30}, {0, 1, 2, 3}};
    keep_range(columns, 1, {{from}, {to}});
    EXPECT_EQ(columns.times_ms, want);
    EXPECT_EQ(columns.values.size(), want.size());
  };
  f(10, 30, {0, 10, 20, 30});
  f(11, 29, {0, 20});
  f(20, 20, {0, 20});
  f(40, 50, {0});
  f(-5, 5, {0});
}

}  // namespace
}  // namespace monitorai::store

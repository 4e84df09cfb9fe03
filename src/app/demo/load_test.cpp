#include "app/demo/load.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>

#include "base/files.h"
#include "base/text.h"

namespace monitorai::app::demo {
namespace {

size_t resident_bytes() {
  const std::string statm = read_file("/proc/self/statm", 4096).value();
  return parse_integer<size_t>(split(statm, ' ')[1]).value() * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

constexpr size_t kMiB = size_t{1} << 20U;

TEST(Load, burns_the_cpu_time_it_is_told_and_never_more_than_its_bound) {
  const auto cpu = [] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
  };
  const double before = cpu();
  burn_cpu(0.02);
  const double short_one = cpu() - before;
  burn_cpu(1000);
  const double long_one = cpu() - before - short_one;
  EXPECT_GE(short_one, 0.02);
  EXPECT_GE(long_one, kBurnSecondsMax);
  EXPECT_LT(long_one, 10 * kBurnSecondsMax);
  burn_cpu(-1);
}

TEST(Load, memory_becomes_resident_and_is_given_back) {
  const size_t before = resident_bytes();
  ResidentMemory memory(8 * kMiB, 32 * kMiB);
  EXPECT_GE(resident_bytes(), before + 7 * kMiB);
  memory.use(1);
  const size_t full = resident_bytes();
  EXPECT_GE(full, before + 38 * kMiB);
  memory.use(0.25);
  EXPECT_LT(resident_bytes(), full - 20 * kMiB);  // against `full`: a sanitizer's own memory is in both
  EXPECT_GE(resident_bytes(), before + 14 * kMiB);
  memory.use(7);
  EXPECT_GE(resident_bytes(), before + 38 * kMiB);
}

TEST(Load, a_mapped_file_shows_in_maps_and_a_missing_one_does_nothing) {
  const TemporaryDirectory folder;
  const std::filesystem::path path = folder.path() / "tiny.gguf";
  ASSERT_TRUE(write_file_atomically(path, "GGUF"));
  const MappedFile mapped(path);
  const MappedFile missing(folder.path() / "none");
  EXPECT_NE(read_file("/proc/self/maps", 16 * kMiB).value().find(path.native()), std::string::npos);
}

}  // namespace
}  // namespace monitorai::app::demo

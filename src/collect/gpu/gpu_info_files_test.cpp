#include "collect/gpu/gpu_info_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "base/files.h"

namespace monitorai::collect {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kNow = 1'736'937'026'000;  // 2025-01-15T10:30:26Z

/// A folder of gpu-info files, a clock and a set of living pids.
struct Folder {
  Folder() { fs::create_directory(path()); }
  fs::path path() const { return temporary.path() / "logs"; }
  fs::path file(const std::string& name) const { return path() / name; }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(file(name), std::ios::binary) << bytes;
    touch(name, clock.now());
  }
  void touch(const std::string& name, TimeMs time) const {
    const timespec at{time.ms / 1000, time.ms % 1000 * 1'000'000};
    const timespec times[2]{at, at};
    ASSERT_EQ(::utimensat(AT_FDCWD, file(name).c_str(), times, 0), 0);
  }
  GpuInfoFiles files(const std::string& glob = "gpu-info-*.json") {
    return {GpuInfoPattern::parse((path() / glob).native()).value(), std::chrono::seconds(60),
            [this](int64_t pid) { return alive.contains(pid); }, clock};
  }

  TemporaryDirectory temporary;
  FakeClock clock{{kNow}};
  std::set<int64_t> alive{7, 42};
};

std::string record(int64_t pid, const std::string& more) { return fmt::format(R"({{"pid": {}{}}})", pid, more); }

TEST(GpuInfoFiles, reads_the_file_of_the_specification) {
  Folder folder;
  folder.write("gpu-info-42.json", R"({"pid": 42, "gpu_memory_allocated_bytes": 1048576, "gpu_memory_reserved_bytes": 2097152,
                                       "gpu_utilization": 12.5, "gpu_index": 1, "timestamp": "2025-01-15T10:30:20Z"})");
  const auto records = folder.files().scan();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].pid, 42);
  EXPECT_EQ(records[0].gpu_index, 1u);
  EXPECT_EQ(records[0].allocated_bytes, 1048576u);
  EXPECT_EQ(records[0].reserved_bytes, 2097152u);
  EXPECT_EQ(records[0].utilization_percent, 12.5);
}

TEST(GpuInfoFiles, each_bad_file_is_refused_for_its_own_reason_and_the_others_are_read) {
  const auto f = [](const std::string& bytes, GpuInfoRefusal want) {
    Folder folder;
    folder.write("gpu-info-42.json", bytes);
    folder.write("gpu-info-7.json", record(7, ""));
    GpuInfoFiles files = folder.files();
    const auto records = files.scan();
    ASSERT_EQ(records.size(), 1u) << bytes;
    EXPECT_EQ(records[0].pid, 7);
    EXPECT_EQ(files.counts().refused_for(want), 1u) << bytes << " wants " << refusal_name(want);
    EXPECT_TRUE(fs::exists(folder.file("gpu-info-42.json"))) << "a living process keeps its file";
  };
  f("", GpuInfoRefusal::not_json);
  f(R"({"pid": 42, "gpu_mem)", GpuInfoRefusal::not_json);
  f("[42]", GpuInfoRefusal::not_json);
  f("42", GpuInfoRefusal::not_json);
  f(std::string("\0\0\0\0", 4), GpuInfoRefusal::not_json);
  f("{\"pid\": 42, \"x\": \"\xff\"}", GpuInfoRefusal::not_json);
  f(R"({"pid": 42, "gpu_utilization": NaN})", GpuInfoRefusal::not_a_number);
  f(R"({"pid": 42, "gpu_utilization": -Infinity})", GpuInfoRefusal::not_a_number);
  f(R"({"pid": 42, "gpu_memory_allocated_bytes": 1e999})", GpuInfoRefusal::not_a_number);
  f(record(42, R"(, "gpu_memory_allocated_bytes": -1)"), GpuInfoRefusal::negative);
  f(record(42, R"(, "gpu_memory_reserved_bytes": -0.5)"), GpuInfoRefusal::negative);
  f(record(42, R"(, "gpu_utilization": -3)"), GpuInfoRefusal::negative);
  f(record(42, R"(, "gpu_index": -1)"), GpuInfoRefusal::negative);
  f(record(42, R"(, "gpu_utilization": 100.5)"), GpuInfoRefusal::out_of_range);
  f(record(42, R"(, "gpu_memory_allocated_bytes": 18446744073709551615)"), GpuInfoRefusal::out_of_range);
  f(record(42, R"(, "gpu_index": 5000)"), GpuInfoRefusal::out_of_range);
  f(record(42, R"(, "gpu_memory_allocated_bytes": "12")"), GpuInfoRefusal::wrong_type);
  f(record(42, R"(, "timestamp": "yesterday")"), GpuInfoRefusal::wrong_type);
  f(record(42, R"(, "timestamp": [])"), GpuInfoRefusal::wrong_type);
  f(R"({"gpu_utilization": 1})", GpuInfoRefusal::wrong_type);
  f(R"({"pid": "42"})", GpuInfoRefusal::wrong_type);
  f(record(7, ""), GpuInfoRefusal::other_pid);
  f(record(42, R"(, "timestamp": 1736936900)"), GpuInfoRefusal::stale);
  f(record(42, R"(, "timestamp": "2020-01-01T00:00:00")"), GpuInfoRefusal::stale);
  f(record(42, R"(, "timestamp": "2025-01-15T11:30:26Z")"), GpuInfoRefusal::future);
  f(record(42, R"(, "x": ")" + std::string(70'000, 'x') + "\""), GpuInfoRefusal::too_large);
}

TEST(GpuInfoFiles, absent_fields_stay_absent) {
  Folder folder;
  folder.write("gpu-info-42.json", record(42, R"(, "gpu_memory_allocated_bytes": null, "unknown": {"deep": [1, 2]})"));
  const auto records = folder.files().scan();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_FALSE(records[0].allocated_bytes);
  EXPECT_FALSE(records[0].reserved_bytes);
  EXPECT_FALSE(records[0].utilization_percent);
  EXPECT_EQ(records[0].gpu_index, 0u);
}

TEST(GpuInfoFiles, a_half_written_file_keeps_the_last_good_record_for_one_more_scan) {
  Folder folder;
  GpuInfoFiles files = folder.files();
  const std::string good = record(42, R"(, "gpu_memory_allocated_bytes": 5)");
  folder.write("gpu-info-42.json", good);
  EXPECT_EQ(files.scan().size(), 1u);
  folder.write("gpu-info-42.json", good.substr(0, 20));
  const auto kept = files.scan();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].allocated_bytes, 5u);
  EXPECT_TRUE(files.scan().empty());
  folder.write("gpu-info-42.json", good);
  EXPECT_EQ(files.scan().size(), 1u);
  EXPECT_EQ(files.counts().refused_for(GpuInfoRefusal::not_json), 2u);
}

TEST(GpuInfoFiles, a_file_that_turns_negative_is_dropped_at_once) {
  Folder folder;
  GpuInfoFiles files = folder.files();
  folder.write("gpu-info-42.json", record(42, R"(, "gpu_memory_allocated_bytes": 5)"));
  EXPECT_EQ(files.scan().size(), 1u);
  folder.write("gpu-info-42.json", record(42, R"(, "gpu_memory_allocated_bytes": -5)"));
  EXPECT_TRUE(files.scan().empty());
}

TEST(GpuInfoFiles, links_pipes_and_folders_are_refused_and_never_deleted) {
  Folder folder;
  folder.alive.clear();
  folder.write("elsewhere.json", record(42, ""));
  fs::create_symlink(folder.file("elsewhere.json"), folder.file("gpu-info-42.json"));
  fs::create_symlink("/nonexistent", folder.file("gpu-info-43.json"));
  ASSERT_EQ(::mkfifo(folder.file("gpu-info-44.json").c_str(), 0600), 0);
  fs::create_directory(folder.file("gpu-info-45.json"));
  GpuInfoFiles files = folder.files();
  EXPECT_TRUE(files.scan().empty());
  EXPECT_EQ(files.counts().refused_for(GpuInfoRefusal::symlink), 2u);
  EXPECT_EQ(files.counts().refused_for(GpuInfoRefusal::not_a_file), 2u);
  EXPECT_EQ(files.counts().deleted, 0u);
  for (int pid : {42, 43, 44, 45}) EXPECT_TRUE(fs::exists(fs::symlink_status(folder.file(fmt::format("gpu-info-{}.json", pid)))));
}

TEST(GpuInfoFiles, only_files_of_dead_pids_with_the_exact_name_are_deleted) {
  Folder folder;
  const std::set<std::string> kept{"gpu-info-42.json",  "gpu-info-99.json.bak",     "gpu-info-099.json", "gpu-info-.json",
                                   "gpu-info-99x.json", "my-gpu-info-99.json",      "gpu-info--99.json", "gpu-info-99.txt",
                                   "llm-model.log",     "gpu-info-99999999999.json"};
  for (const std::string& name : kept) folder.write(name, record(42, ""));
  folder.write("gpu-info-99.json", "whatever");
  folder.write("gpu-info-98.json", std::string(100'000, 'x'));
  GpuInfoFiles files = folder.files();
  EXPECT_EQ(files.scan().size(), 1u);
  EXPECT_EQ(files.counts().deleted, 2u);
  EXPECT_FALSE(fs::exists(folder.file("gpu-info-99.json")));
  EXPECT_FALSE(fs::exists(folder.file("gpu-info-98.json")));
  for (const std::string& name : kept) EXPECT_TRUE(fs::exists(folder.file(name))) << name;
}

TEST(GpuInfoFiles, a_file_of_a_process_that_ended_is_deleted_and_its_record_is_gone) {
  Folder folder;
  GpuInfoFiles files = folder.files();
  folder.write("gpu-info-42.json", record(42, ""));
  EXPECT_EQ(files.scan().size(), 1u);
  folder.alive.erase(42);
  EXPECT_TRUE(files.scan().empty());
  EXPECT_FALSE(fs::exists(folder.file("gpu-info-42.json")));
}

TEST(GpuInfoFiles, an_unreadable_file_is_counted) {
  if (::geteuid() == 0) GTEST_SKIP() << "root reads every file";
  Folder folder;
  folder.write("gpu-info-42.json", record(42, ""));
  fs::permissions(folder.file("gpu-info-42.json"), fs::perms::none);
  GpuInfoFiles files = folder.files();
  EXPECT_TRUE(files.scan().empty());
  EXPECT_EQ(files.counts().refused_for(GpuInfoRefusal::unreadable), 1u);
}

TEST(GpuInfoFiles, a_missing_folder_is_no_error_and_may_appear_later) {
  Folder folder;
  GpuInfoFiles files = folder.files();
  fs::remove_all(folder.path());
  EXPECT_TRUE(files.scan().empty());
  fs::create_directory(folder.path());
  folder.write("gpu-info-42.json", record(42, ""));
  EXPECT_EQ(files.scan().size(), 1u);
}

TEST(GpuInfoFiles, without_a_zone_the_time_of_the_file_decides) {
  Folder folder;
  folder.write("gpu-info-42.json", record(42, R"(, "timestamp": "2025-01-15T19:30:26.5")"));  // Tokyo's wall clock
  GpuInfoFiles files = folder.files();
  EXPECT_EQ(files.scan().size(), 1u);
  folder.touch("gpu-info-42.json", {kNow - 61'000});
  EXPECT_TRUE(files.scan().empty());
  EXPECT_EQ(files.counts().refused_for(GpuInfoRefusal::stale), 1u);
}

TEST(GpuInfoFiles, folders_may_have_wildcards_and_the_newest_record_of_a_pid_wins) {
  Folder folder;
  for (const char* user : {"ann", "bob"}) fs::create_directory(folder.path() / user);
  folder.write("ann/gpu-info-42.json", record(42, R"(, "gpu_index": 1, "timestamp": 1736937020)"));
  folder.write("bob/gpu-info-42.json", record(42, R"(, "gpu_index": 2, "timestamp": 1736937010)"));
  const auto records = folder.files("*/gpu-info-*.json").scan();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].gpu_index, 1u);
}

TEST(GpuInfoPattern, the_last_part_has_one_star_where_the_pid_stands) {
  const auto f = [](std::string_view glob, bool good) { EXPECT_EQ(GpuInfoPattern::parse(glob).has_value(), good) << glob; };
  f("logs/gpu-info-*.json", true);
  f("gpu-info-*.json", true);
  f("/home/*/logs/gpu-*", true);
  f("/*.json", true);
  f("logs/gpu-info.json", false);
  f("logs/*-*.json", false);
  f("logs/gpu-?-*.json", false);
  f("logs/gpu-[0-9]*.json", false);
  f("logs/", false);
  f("", false);
}

TEST(GpuInfoTime, reads_iso_8601_and_unix_seconds) {
  const auto f = [](std::string_view text, int64_t want, bool zone) {
    const auto time = parse_gpu_info_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(time->time.ms, want) << text;
    EXPECT_EQ(time->zone_known, zone) << text;
  };
  f("2025-01-15T10:30:26Z", kNow, true);
  f("2025-01-15T10:30:26+00:00", kNow, true);
  f("2025-01-15T11:30:26+0100", kNow, true);
  f("2025-01-15T05:00:26-05:30", kNow, true);
  f("2025-01-15T10:30:26.123456Z", kNow + 123, true);
  f("2025-01-15 10:30:26,123", kNow + 123, false);
  f("2025-01-15T10:30:26", kNow, false);
  f("1736937026", kNow, true);
  f("1736937026.5", kNow + 500, true);
  for (std::string_view bad : {"", "x", "2025-13-01T00:00:00", "2025-02-30T00:00:00", "2025-01-15", "2025-01-15T25:00:00",
                               "2025-01-15T10:30:26+99:00", "2025-01-15T10:30:26.", "2025-01-15T10:30:26Zx", "NaN", "-1", "1e300", "Inf"}) {
    EXPECT_FALSE(parse_gpu_info_time(bad)) << bad;
  }
}

}  // namespace
}  // namespace monitorai::collect

#include "app/demo/work_folder.h"

#include <gtest/gtest.h>

#include "app/demo/parts.h"

namespace monitorai::app::demo {
namespace {

namespace fs = std::filesystem;

WorkFolder make(const fs::path& place) { return std::move(WorkFolder::create(std::span(&place, 1)).value()); }

TEST(WorkFolder, holds_this_program_under_the_names_of_the_runtimes_and_a_model_file) {
  const TemporaryDirectory place;
  WorkFolder folder = make(place.path());
  for (const Part& part : all_parts())
    EXPECT_EQ(fs::file_size(folder.executable(part.executable)), fs::file_size("/proc/self/exe")) << part.id;
  EXPECT_EQ(read_file(folder.path() / kGgufFile, 64 << 20).value().substr(0, 8), std::string("GGUF\3\0\0\0", 8));
  folder.leave();
}

TEST(WorkFolder, is_removed_by_the_last_that_leaves) {
  const TemporaryDirectory place;
  WorkFolder first = make(place.path());
  WorkFolder second = std::move(WorkFolder::join(first.path()).value());
  first.leave();
  EXPECT_TRUE(fs::exists(second.path()));
  second.leave();
  EXPECT_TRUE(fs::is_empty(place.path()));
}

TEST(WorkFolder, a_new_one_removes_those_that_killed_demos_left_but_not_one_in_use_nor_a_young_one) {
  const TemporaryDirectory place;
  const auto left_behind = [&](const char* name, std::chrono::minutes age) {
    const fs::path path = place.path() / name;
    fs::create_directories(path / "bin");
    fs::last_write_time(path, fs::file_time_type::clock::now() - age);
    return path;
  };
  const fs::path old = left_behind("monitorai-demo-old", std::chrono::minutes{5});
  const fs::path used = left_behind("monitorai-demo-used", std::chrono::minutes{5});
  const fs::path young = left_behind("monitorai-demo-young", std::chrono::minutes{0});
  const fs::path foreign = left_behind("something-else", std::chrono::minutes{5});
  WorkFolder user = std::move(WorkFolder::join(used).value());
  WorkFolder folder = make(place.path());
  EXPECT_FALSE(fs::exists(old));
  EXPECT_TRUE(fs::exists(used));
  EXPECT_TRUE(fs::exists(young));
  EXPECT_TRUE(fs::exists(foreign));
  folder.leave();
}

TEST(WorkFolder, takes_the_next_place_where_the_first_cannot_be_used) {
  const TemporaryDirectory place;
  const fs::path places[] = {place.path() / "missing", place.path()};
  WorkFolder folder = std::move(WorkFolder::create(places).value());
  EXPECT_EQ(folder.path().parent_path(), place.path());
  folder.leave();
  EXPECT_FALSE(WorkFolder::create(std::span(places, 1)));
}

}  // namespace
}  // namespace monitorai::app::demo

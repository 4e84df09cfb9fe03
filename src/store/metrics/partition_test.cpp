#include "store/metrics/partition.h"

#include <fstream>
#include <random>

#include "store/disk/frame.h"
#include "store/metrics/fixture.h"

namespace monitorai::store {
namespace {

using signals::Columns;
using signals::Labels;
using signals::MatchOp;
using signals::Sample;

constexpr int64_t kHour = 3'600'000;

Settings hourly() {
  Settings settings;
  settings.chunk = {.samples = 6, .tail = 3};
  settings.partition = std::chrono::hours(1);
  settings.retention = std::chrono::hours(10);
  settings.memory_window = std::chrono::minutes(20);
  settings.future_max = std::chrono::hours(1);
  return settings;
}

/// `hours` of samples a minute apart for each of `series` series, with upkeep as the background thread would do it.
void fill(Fixture& fixture, Fixture::Model& model, int hours, int series, bool upkeep = true) {
  for (int minute = 0; minute < hours * 60; ++minute) {
    fixture.clock.advance(std::chrono::minutes(1));
    const int64_t now = fixture.clock.now().ms;
    for (int s = 0; s < series; ++s) {
      const double value = minute * 1.5 + s;
      fixture.write(series_named("m", s), {{{now}, value}});
      model[series_named("m", s).text()][now] = value;
    }
    if (upkeep) { ASSERT_TRUE(fixture.store->maintain()); }
  }
}

std::vector<std::filesystem::path> partition_folders(const Fixture& fixture) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(fixture.settings.folder))
    if (entry.is_directory() && entry.path().filename().native().starts_with("20")) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

Chunk::Ptr uneven_chunk(int64_t from, std::vector<double> values) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < values.size(); ++i) times.push_back(from + static_cast<int64_t>(i * i) * 977);
  return Chunk::make(times, values);
}

TEST(Page, gives_back_chunks_and_shares_times) {
  PageBuilder builder;
  std::vector<Chunk::Ptr> chunks;
  for (int i = 0; i < 5; ++i) chunks.push_back(uneven_chunk(kT0, {1.0 * i, 2, 3, 4.5, 6, 9, 1, 4}));
  const Chunk::Ptr later = uneven_chunk(kT0 + 1'000'000, {7, 8});
  for (StorageId id = 0; id < 5; ++id) {
    std::vector<const Chunk*> of{chunks[id].get()};
    if (id == 4) of.push_back(later.get());
    EXPECT_TRUE(builder.add(id * 10, of));
  }
  const std::string bytes = builder.finish();
  EXPECT_LT(bytes.size(), 2 * chunks[0]->times().size() + 6 * 20u);
  const auto page = Page::parse(bytes);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->entries().size(), 6u);
  Columns out;
  ASSERT_TRUE(page->read(40, {{kT0 + 977}, {kT0 + 1'000'000}}, out, 0));
  EXPECT_EQ(out.values, (std::vector<double>{2, 3, 4.5, 6, 9, 1, 4, 7}));
  EXPECT_TRUE(page->find(41).empty());
}

TEST(Page, series_of_several_targets_share_their_times_whatever_stands_between) {
  // Three targets, whose series take turns, with three chunks each.
  PageBuilder builder;
  std::vector<Chunk::Ptr> chunks;
  size_t times_bytes = 0;
  size_t value_bytes = 0;
  for (int series = 0; series < 9; ++series) {
    std::vector<const Chunk*> of;
    for (int k = 0; k < 3; ++k) {
      chunks.push_back(uneven_chunk(kT0 + k * 1'000'000 + series % 3, {1.0 * series, 5, 7, 2, 0.5 * k, 8}));
      of.push_back(chunks.back().get());
      times_bytes += series < 3 ? of.back()->times().size() : 0;
      value_bytes += of.back()->values().size();
    }
    EXPECT_TRUE(builder.add(static_cast<StorageId>(series), of));
  }
  const std::string bytes = builder.finish();
  EXPECT_LE(bytes.size(), times_bytes + value_bytes + 27 * 4 + 9 * 7 + 16) << "each target's times are there once";
  const auto page = Page::parse(bytes);
  ASSERT_TRUE(page);
  for (size_t i = 0; i < chunks.size(); ++i) {
    const Page::Entry& entry = page->entries()[i];
    EXPECT_EQ(entry.id, i / 3);
    EXPECT_EQ(entry.count, chunks[i]->count());
    EXPECT_EQ(entry.from_ms, chunks[i]->from_ms());
    EXPECT_EQ(entry.to_ms, chunks[i]->to_ms());
    EXPECT_EQ(entry.times, chunks[i]->times());
    EXPECT_EQ(entry.values, chunks[i]->values());
  }
}

TEST(Page, takes_no_more_than_fits_and_any_series_when_it_is_empty) {
  std::vector<double> noise;
  for (int i = 0; i < 1000; ++i) noise.push_back(std::sin(i) * 1e9);
  std::vector<Chunk::Ptr> chunks;
  std::vector<const Chunk*> three;
  for (int i = 0; i < 3; ++i) {
    chunks.push_back(uneven_chunk(kT0 + i * 1'000'000'000, noise));
    three.push_back(chunks.back().get());
  }
  PageBuilder builder;
  EXPECT_TRUE(builder.add(1, three)) << "larger than a page";
  EXPECT_FALSE(builder.add(2, three));
  const auto large = Page::parse(builder.finish());
  ASSERT_TRUE(large);
  EXPECT_EQ(large->entries().size(), 3u);
  size_t taken = 0;
  const Chunk::Ptr small = uneven_chunk(kT0, {1, 2, 3.5});
  const Chunk* const one = small.get();
  while (builder.add(static_cast<StorageId>(taken), {&one, 1})) ++taken;
  const std::string bytes = builder.finish();
  EXPECT_LE(bytes.size(), kPageBytes);
  EXPECT_GT(bytes.size(), kPageBytes - 64);
  const auto page = Page::parse(bytes);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->entries().size(), taken);
}

TEST(Page, refuses_any_damaged_byte) {
  PageBuilder builder;
  const Chunk::Ptr chunk = Chunk::make(std::vector<int64_t>{1, 2, 4}, std::vector<double>{1, 2, 3});
  const Chunk* const one = chunk.get();
  builder.add(1, {&one, 1});
  builder.add(2, {&one, 1});
  const std::string bytes = builder.finish();
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    EXPECT_FALSE(Page::parse(damaged)) << at;
    EXPECT_FALSE(Page::parse(bytes.substr(0, at))) << at;
  }
}

TEST(Page, refuses_times_that_are_not_there) {
  const auto f = [](std::string_view payload) { EXPECT_FALSE(Page::parse(frame_header(payload) + std::string(payload))); };
  f({"\x05\x01\x00\x0d\x00", 5});      // the times before the first
  f({"\x05\x01\x00\x0e\x00", 5});      // those after none
  f({"\x05\x01\x00\x0f\x00\x00", 6});  // the first of none
  f({"\x05\x01\x00\x0f\x00\x7f", 6});
}

/// The worked example of docs/formats/metrics-partition.md.
TEST(Page, writes_the_bytes_of_the_document) {
  PageBuilder builder;
  const Chunk::Ptr chunk = Chunk::make(std::vector<int64_t>{1000, 2000, 3000}, std::vector<double>{10, 20, 30});
  const Chunk* const one = chunk.get();
  builder.add(5, {&one, 1});
  builder.add(7, {&one, 1});
  std::string hex;
  for (const char c : builder.finish()) hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
  EXPECT_EQ(hex.substr(16),
            "0502"
            "000c0506d00fd00f"
            "020d05"  // has the same times
            "01d00fd00f00"
            "0001141400"
            "0001141400");
}

TEST(Partitions, serve_what_left_memory) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 5, 4);
  EXPECT_GE(partition_folders(fixture).size(), 4u);
  EXPECT_EQ(fixture.everything(), model);
  const int64_t now = fixture.clock.now().ms;
  const auto f = [&](int64_t from, int64_t to) {
    const TimeRange range{{now - from * kHour / 4}, {now - to * kHour / 4}};
    EXPECT_EQ(fixture.everything(range), within(model, range)) << from << ".." << to;
  };
  f(20, 0);
  f(1, 0);
  f(3, 2);
  f(9, 7);
  f(18, 1);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  f(9, 7);
  fill(fixture, model, 1, 4);
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Partitions, one_that_cannot_be_written_costs_nothing_but_memory) {
  Fixture fixture(hourly());
  Fixture::Model model;
  const auto in_the_way = fixture.settings.folder / "2023-11-14T220000000";
  std::ofstream(in_the_way) << "a file where the folder should be";
  fill(fixture, model, 1, 2, false);
  EXPECT_FALSE(fixture.store->flush());
  EXPECT_GE(fixture.store->counters().persist_failures, 1u);
  ASSERT_TRUE(fixture.store->checkpoint());
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  std::filesystem::remove(in_the_way);
  ASSERT_TRUE(fixture.store->flush());
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Partitions, flush_moves_everything_and_the_log_begins_anew) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 1, 3, false);
  fixture.write(series_named("m"), {{{fixture.clock.now().ms - 90'000}, 77}});
  model[series_named("m").text()][fixture.clock.now().ms - 90'000] = 77;
  ASSERT_TRUE(fixture.store->flush());
  EXPECT_EQ(fixture.store->disk_usage().log_bytes, 8u);
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.store->replayed().batches, 0u);
  EXPECT_EQ(fixture.everything(), model);
  EXPECT_EQ(
      fixture.write(series_named("m"), {{{fixture.clock.now().ms}, model[series_named("m").text()][fixture.clock.now().ms]}}).duplicates,
      1u);
}

TEST(Partitions, retention_removes_whole_partitions_and_series_that_have_nothing_left) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 1, 1);
  fixture.write(series_named("ended"), {{{fixture.clock.now().ms}, 1}});
  fill(fixture, model, 13, 1);
  const int64_t oldest = fixture.clock.now().ms - 10 * kHour;
  EXPECT_LE(partition_folders(fixture).size(), 12u);
  EXPECT_EQ(fixture.store->series_count(), 1u);
  const auto got = fixture.everything();
  EXPECT_EQ(within(got, {{oldest}, {INT64_MAX}}), within(model, {{oldest}, {INT64_MAX}}));
  EXPECT_GT(got.begin()->second.begin()->first, oldest - 2 * kHour);
  EXPECT_GE(fixture.store->counters().partitions_removed, 2u);
  EXPECT_EQ(fixture.store->counters().series_removed, 1u);
  EXPECT_EQ(fixture.write(series_named("another"), {{{fixture.clock.now().ms}, 5}}).accepted, 1u);
  EXPECT_EQ(fixture.everything()[series_named("another").text()].size(), 1u);
}

TEST(Partitions, retention_by_size_keeps_the_newest) {
  Settings settings = hourly();
  settings.retention_bytes = 1;
  Fixture fixture(settings);
  Fixture::Model model;
  fill(fixture, model, 4, 2);
  EXPECT_LE(partition_folders(fixture).size(), 2u);
  const TimeRange recent{fixture.clock.now() - std::chrono::minutes(10), fixture.clock.now()};
  EXPECT_EQ(fixture.everything(recent), within(model, recent));
}

TEST(Partitions, a_finished_one_is_compacted) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 5, 40);
  EXPECT_GE(fixture.store->counters().compactions, 1u);
  const auto first = partition_folders(fixture).front();
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  EXPECT_FALSE(std::filesystem::exists(first / "compacting"));
}

TEST(Partitions, a_query_that_runs_while_one_is_compacted_finishes) {
  TemporaryDirectory folder;
  const auto partition = *Partition::open(folder.path(), {{kT0}, {kT0 + kHour}});
  const auto labels_of = [](size_t) { return std::vector<signals::LabelView>{{"__name__", "m"}}; };
  for (int batch = 0; batch < 3; ++batch) {
    const Chunk::Ptr chunk = Chunk::make(std::vector<int64_t>{kT0 + batch * 10, kT0 + batch * 10 + 1}, std::vector<double>{1, 2});
    const std::vector<Partition::Item> items{{1, chunk.get()}, {2, chunk.get()}};
    const std::vector<StorageId> fresh{1, 2};
    ASSERT_TRUE(partition->write(items, batch == 0 ? fresh : std::vector<StorageId>{}, labels_of));
  }
  EXPECT_FALSE(partition->is_compact());
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::jthread reader([&] {
    while (!done) {
      PageCache cache;
      Columns out;
      if (!partition->read(2, {{0}, {INT64_MAX}}, out, 0, cache) || out.times_ms.size() != 6) ++wrong;
    }
  });
  for (int round = 0; round < 5; ++round) ASSERT_TRUE(partition->compact(100, [](StorageId, Columns&) {}));
  done = true;
  reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(partition->is_compact());
}

TEST(Partitions, readers_miss_nothing_while_chunks_leave_memory) {
  Fixture fixture(hourly());
  constexpr int kSeries = 5;
  constexpr int kMinutes = 300;
  const int64_t begin = fixture.clock.now().ms;
  std::atomic<int> written{0};
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        while (!done) {
          const int least = written;
          const auto set = *fixture.store->select({}, {{0}, {INT64_MAX}});
          if (least > 0 && set->size() != kSeries) ++wrong;
          for (size_t s = 0; s < set->size(); ++s) {
            Columns columns;
            if (!set->read(s, {{0}, {INT64_MAX}}, columns) || static_cast<int>(columns.times_ms.size()) < least) ++wrong;
            for (size_t k = 0; k < columns.times_ms.size(); ++k)
              if (columns.times_ms[k] != begin + static_cast<int64_t>(k + 1) * 60'000 || columns.values[k] != static_cast<double>(k))
                ++wrong;
          }
        }
      });
    }
    threads.emplace_back([&] {
      for (int round = 0; !done; ++round) {
        if (!fixture.store->maintain()) ++wrong;
        if (round % 10 == 9 && !fixture.store->checkpoint()) ++wrong;
      }
    });
    for (int minute = 0; minute < kMinutes; ++minute) {
      fixture.clock.advance(std::chrono::minutes(1));
      for (int s = 0; s < kSeries; ++s) fixture.write(series_named("m", s), {{fixture.clock.now(), static_cast<double>(minute)}});
      written = minute + 1;
    }
    done = true;
  }
  EXPECT_EQ(wrong, 0);
  fixture.reopen();
  const auto after = fixture.everything();
  EXPECT_EQ(after.size(), static_cast<size_t>(kSeries));
  for (const auto& [series, samples] : after) EXPECT_EQ(samples.size(), static_cast<size_t>(kMinutes)) << series;
}

TEST(Partitions, a_damaged_one_is_set_aside_and_the_rest_serves) {
  const auto f = [](const std::function<void(const std::filesystem::path&)>& damage) {
    Fixture fixture(hourly());
    Fixture::Model model;
    fill(fixture, model, 4, 3);
    ASSERT_TRUE(fixture.store->flush());
    const auto folders = partition_folders(fixture);
    const auto victim = folders[1];
    fixture.store.reset();
    damage(victim / "metrics.db");
    fixture.reopen();
    (void)fixture.everything();
    (void)fixture.store->maintain();
    ASSERT_EQ(fixture.store->set_aside(), std::vector<std::string>{victim.filename().native() + ".damaged"});
    EXPECT_FALSE(std::filesystem::exists(victim));
    const TimeRange after{fixture.clock.now() - std::chrono::minutes(100), fixture.clock.now()};
    EXPECT_EQ(fixture.everything(after), within(model, after));
    EXPECT_EQ(fixture.write(series_named("m"), {{{fixture.clock.now().ms + 1000}, 1}}).accepted, 1u);
    fixture.reopen();
    EXPECT_EQ(fixture.store->set_aside().size(), 1u);
  };
  const auto overwrite = [](const std::filesystem::path& path, size_t from, size_t bytes) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(from));
    file << std::string(bytes, '\x5a');
  };
  f([&](const auto& path) { overwrite(path, 0, 100); });
  f([&](const auto& path) { overwrite(path, 0, std::filesystem::file_size(path)); });
  f([&](const auto& path) { overwrite(path, 8192, std::filesystem::file_size(path) - 8192); });
}

TEST(Partitions, a_damaged_page_is_found_by_its_checksum) {
  TemporaryDirectory folder;
  const auto labels_of = [](size_t) { return std::vector<signals::LabelView>{{"__name__", "m"}}; };
  {
    const auto partition = *Partition::open(folder.path(), {{kT0}, {kT0 + kHour}});
    const Chunk::Ptr chunk = Chunk::make(std::vector<int64_t>{kT0, kT0 + 1}, std::vector<double>{1, 0.12345678901234567});
    const std::vector<Partition::Item> items{{1, chunk.get()}};
    const std::vector<StorageId> fresh{1};
    ASSERT_TRUE(partition->write(items, fresh, labels_of));
    auto database = Database::open(folder.path() / "metrics.db", Database::Mode::read_write);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("UPDATE pages SET page = substr(page, 1, length(page) - 1) || x'ff'"));
  }
  const auto partition = *Partition::open(folder.path(), {{kT0}, {kT0 + kHour}});
  PageCache cache;
  Columns out;
  const auto read = partition->read(1, {{0}, {INT64_MAX}}, out, 0, cache);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::corrupt);
  EXPECT_TRUE(partition->damaged());
}

TEST(Partitions, without_a_checkpoint_they_bring_the_series_back) {
  const auto f = [](bool damaged) {
    Fixture fixture(hourly());
    Fixture::Model model;
    fill(fixture, model, 3, 3);
    ASSERT_TRUE(fixture.store->flush());
    fixture.store.reset();
    const auto checkpoint = fixture.settings.folder / "checkpoint";
    if (damaged)
      std::filesystem::resize_file(checkpoint, std::filesystem::file_size(checkpoint) / 2);
    else
      std::filesystem::remove(checkpoint);
    fixture.reopen();
    EXPECT_EQ(fixture.everything(), model);
    EXPECT_EQ(fixture.write(series_named("m"), {{fixture.clock.now(), model[series_named("m").text()][fixture.clock.now().ms]}}).duplicates,
              1u);
    fill(fixture, model, 1, 4);
    EXPECT_EQ(fixture.everything(), model);
  };
  f(false);
  f(true);
}

TEST(Deletion, hides_what_was_there_and_keeps_what_comes) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 3, 3);
  const std::vector<signals::Matcher> matchers{Fixture::matcher("instance", MatchOp::equal, "host-1:9090")};
  const int64_t now = fixture.clock.now().ms;
  ASSERT_EQ(*fixture.store->delete_series(matchers, {{now - 2 * kHour}, {now - kHour}}), 1u);
  std::erase_if(model[series_named("m", 1).text()],
                [&](const auto& sample) { return sample.first >= now - 2 * kHour && sample.first <= now - kHour; });
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  ASSERT_EQ(*fixture.store->delete_series(matchers, {{0}, {INT64_MAX}}), 1u);
  model.erase(series_named("m", 1).text());
  EXPECT_EQ(fixture.everything(), model);
  fill(fixture, model, 1, 3);
  EXPECT_EQ(fixture.everything(), model);
  ASSERT_TRUE(fixture.store->clean_tombstones());
  EXPECT_EQ(fixture.everything(), model);
  fixture.reopen();
  EXPECT_EQ(fixture.everything(), model);
  const std::vector<signals::Matcher> nothing{Fixture::matcher("job", MatchOp::equal, "none")};
  EXPECT_EQ(*fixture.store->delete_series(nothing, {{0}, {INT64_MAX}}), 0u);
}

TEST(Snapshot, is_a_store_of_its_own) {
  Fixture fixture(hourly());
  Fixture::Model model;
  fill(fixture, model, 3, 3);
  const auto path = fixture.store->snapshot();
  ASSERT_TRUE(path) << path.error().message;
  Fixture::Model later = model;
  fill(fixture, later, 1, 3);
  Settings settings = fixture.settings;
  settings.folder = *path;
  const auto copy = MetricStore::open(settings, fixture.clock, fixture.files);
  ASSERT_TRUE(copy) << copy.error().message;
  fixture.store.swap(const_cast<std::unique_ptr<MetricStore>&>(*copy));
  EXPECT_EQ(fixture.everything(), model);
}

TEST(Statistics, name_the_largest) {
  Fixture fixture(hourly());
  for (int i = 0; i < 5; ++i) fixture.write(series_named("many", i), {{{kT0}, 1}});
  fixture.write(series_named("few"), {{{kT0 + 5}, 1}});
  const Statistics statistics = fixture.store->statistics(2);
  EXPECT_EQ(statistics.series, 6u);
  EXPECT_EQ(statistics.samples->from.ms, kT0);
  EXPECT_EQ(statistics.samples->to.ms, kT0 + 5);
  ASSERT_EQ(statistics.series_by_metric.size(), 2u);
  EXPECT_EQ(statistics.series_by_metric[0].name, "many");
  EXPECT_EQ(statistics.series_by_metric[0].count, 5u);
  EXPECT_EQ(statistics.values_by_label[0].name, "instance");
  EXPECT_EQ(statistics.series_by_pair[0].name, "job=llm");
}

}  // namespace
}  // namespace monitorai::store

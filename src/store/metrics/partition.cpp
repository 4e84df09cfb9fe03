#include "store/metrics/partition.h"

#include "store/disk/bytes.h"
#include "store/metrics/columns.h"

namespace monitorai::store {

namespace fs = std::filesystem;
using signals::Columns;
using signals::LabelView;

namespace {

constexpr int64_t kVersion = 2;
constexpr size_t kLabelsOfSeriesMax = 255;
constexpr std::string_view kFile = "metrics.db";
constexpr std::string_view kCompacting = "compacting";

constexpr const char* kSchema = R"(
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS pairs  (number INTEGER PRIMARY KEY, name TEXT NOT NULL, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, pairs BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS batches(number INTEGER PRIMARY KEY, from_ms INTEGER NOT NULL, to_ms INTEGER NOT NULL, first_series BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS pages  (key INTEGER PRIMARY KEY, page BLOB NOT NULL);
)";

int64_t key_of(int64_t batch, StorageId first) { return (batch << 32) | first; }

}  // namespace

std::shared_ptr<const Page> PageCache::find(const Partition* partition, int64_t key) const {
  const auto found = pages_.find({partition, key >> 32});
  return found != pages_.end() && found->second->entries().front().id == static_cast<StorageId>(key) ? found->second : nullptr;
}

void PageCache::keep(const Partition* partition, int64_t key, std::shared_ptr<const Page> page) {
  if (pages_.size() >= kPagesMax) pages_.clear();
  pages_[{partition, key >> 32}] = std::move(page);
}

Result<std::shared_ptr<Partition>> Partition::open(fs::path folder, TimeRange range) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(fmt::format("cannot create {}", folder.native()), error.value());
  fs::remove_all(folder / kCompacting, error);
  std::shared_ptr<Partition> partition(new Partition(std::move(folder), range));
  MAI_TRY(partition->load());
  return partition;
}

Result<void> Partition::load() {
  MAI_TRY_ASSIGN(writer_, Database::open(folder() / kFile, Database::Mode::create));
  MAI_TRY(writer_->execute(kSchema));
  MAI_TRY_ASSIGN(Statement version, writer_->prepare("PRAGMA user_version"));
  MAI_TRY_ASSIGN(bool row, version.step());
  const int64_t found = row ? version.integer(0) : 0;
  version.reset();
  if (found == 0) MAI_TRY(writer_->execute(fmt::format("PRAGMA user_version = {}", kVersion).c_str()));
  if (found > 0 && found < kVersion)
    return Error{Code::corrupt,
                 fmt::format("cannot read {}: its version {} is no longer read, only {}", folder().native(), found, kVersion)};
  if (found > kVersion)
    return Error{Code::invalid, fmt::format("cannot read {}: it has version {}, newer than {}", folder().native(), found, kVersion)};

  MAI_TRY_ASSIGN(Statement all, writer_->prepare("SELECT number, from_ms, to_ms, first_series FROM batches ORDER BY number"));
  auto batches = std::make_shared<Batches>();
  for (;;) {
    MAI_TRY_ASSIGN(row, all.step());
    if (!row) break;
    auto batch = std::make_shared<Batch>();
    batch->number = all.integer(0);
    batch->samples = {{all.integer(1)}, {all.integer(2)}};
    const std::string_view first = all.bytes(3);
    batch->first_series.resize(first.size() / sizeof(StorageId));
    if (!first.empty()) std::memcpy(batch->first_series.data(), first.data(), batch->first_series.size() * sizeof(StorageId));
    if (!std::is_sorted(batch->first_series.begin(), batch->first_series.end()))
      return Error{Code::corrupt, fmt::format("cannot read {}: batch {} is not sorted", folder().native(), batch->number)};
    next_batch_ = std::max(next_batch_, batch->number + 1);
    batches->push_back(std::move(batch));
  }
  batches_.publish(std::move(batches));
  return {};
}

TimeRange Partition::samples() const {
  TimeRange all{{INT64_MAX}, {INT64_MIN}};
  const auto batches = batches_.read();  // held: a compaction may publish others meanwhile
  for (const auto& batch : *batches) all = {std::min(all.from, batch->samples.from), std::max(all.to, batch->samples.to)};
  return all;
}

bool Partition::is_compact() const {
  StorageId last = 0;
  const auto batches = batches_.read();
  for (const auto& batch : *batches) {
    if (batch->first_series.empty()) continue;
    if (batch->first_series.front() <= last) return false;
    last = batch->first_series.back();
  }
  return true;
}

Result<void> Partition::write_series(std::span<const StorageId> ids, const LabelsOf& labels_of) {
  MAI_TRY_ASSIGN(Statement add_pair, writer_->prepare("INSERT INTO pairs(name, value) VALUES (?1, ?2) RETURNING number"));
  MAI_TRY_ASSIGN(Statement add_series, writer_->prepare("INSERT OR REPLACE INTO series(id, pairs) VALUES (?1, ?2)"));
  std::string numbers;
  for (size_t i = 0; i < ids.size(); ++i) {
    numbers.clear();
    for (const LabelView& label : labels_of(i)) {
      auto [known, fresh] = pair_numbers_.try_emplace({std::string(label.name), std::string(label.value)}, 0);
      if (fresh) {
        add_pair.bind_text(1, label.name);
        add_pair.bind_text(2, label.value);
        MAI_TRY_ASSIGN(const bool row, add_pair.step());
        known->second = row ? add_pair.integer(0) : 0;
        add_pair.reset();
      }
      put_varint(numbers, static_cast<uint64_t>(known->second));
    }
    add_series.bind(1, ids[i]);
    add_series.bind_blob(2, numbers);
    MAI_TRY(add_series.run());
  }
  return {};
}

Result<std::shared_ptr<const Partition::Batch>> Partition::write_pages(std::span<const Item> items) {
  auto batch = std::make_shared<Batch>();
  batch->number = next_batch_;
  batch->samples = {{INT64_MAX}, {INT64_MIN}};
  MAI_TRY_ASSIGN(Statement add_page, writer_->prepare("INSERT INTO pages(key, page) VALUES (?1, ?2)"));
  PageBuilder builder;
  const auto flush = [&]() -> Result<void> {
    if (builder.empty()) return {};
    batch->first_series.push_back(builder.first());
    add_page.bind(1, key_of(batch->number, builder.first()));
    const std::string page = builder.finish();
    add_page.bind_blob(2, page);
    return add_page.run();
  };
  std::vector<const Chunk*> chunks;
  for (size_t at = 0; at < items.size();) {
    const StorageId id = items[at].id;
    chunks.clear();
    for (; at < items.size() && items[at].id == id; ++at) {
      const Chunk& chunk = *items[at].chunk;
      chunks.push_back(&chunk);
      batch->samples = {{std::min(batch->samples.from.ms, chunk.from_ms())}, {std::max(batch->samples.to.ms, chunk.to_ms())}};
    }
    if (builder.add(id, chunks)) continue;
    MAI_TRY(flush());
    builder.add(id, chunks);
  }
  MAI_TRY(flush());
  MAI_TRY_ASSIGN(Statement add_batch,
                 writer_->prepare("INSERT INTO batches(number, from_ms, to_ms, first_series) VALUES (?1, ?2, ?3, ?4)"));
  add_batch.bind(1, batch->number);
  add_batch.bind(2, batch->samples.from.ms);
  add_batch.bind(3, batch->samples.to.ms);
  add_batch.bind_blob(4, {reinterpret_cast<const char*>(batch->first_series.data()), batch->first_series.size() * sizeof(StorageId)});
  MAI_TRY(add_batch.run());
  return std::shared_ptr<const Batch>(std::move(batch));
}

Result<void> Partition::write(std::span<const Item> items, std::span<const StorageId> new_series, const LabelsOf& labels_of) {
  if (!writer_) return Error{Code::unavailable, fmt::format("cannot write {}: it could not be opened again", folder().native())};
  std::shared_ptr<const Batch> fresh;
  const auto written = writer_->transact([&]() -> Result<void> {
    MAI_TRY(write_series(new_series, labels_of));
    if (!items.empty()) { MAI_TRY_ASSIGN(fresh, write_pages(items)); }
    return {};
  });
  if (!written) {
    pair_numbers_.clear();  // some of them were rolled back
    return written;
  }
  if (fresh != nullptr) {
    auto batches = std::make_shared<Batches>(*batches_.read());
    batches->push_back(std::move(fresh));
    batches_.publish(std::move(batches));
    ++next_batch_;
  }
  // So that the write-ahead log does not keep the size of the largest batch. A reader in the way only puts it off.
  (void)writer_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return {};
}

Result<std::unique_ptr<Partition::Reader>> Partition::take_reader() const {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  MAI_TRY_ASSIGN(Database database, Database::open(folder() / kFile, Database::Mode::read_only));
  MAI_TRY_ASSIGN(Statement page, database.prepare("SELECT page FROM pages WHERE key = ?1"));
  return std::make_unique<Reader>(Reader{std::move(database), std::move(page)});
}

Result<std::shared_ptr<const Page>> Partition::load_page(int64_t key) const {
  const std::shared_lock file_lock(file_mutex_);
  MAI_TRY_ASSIGN(std::unique_ptr<Reader> reader, take_reader());
  reader->page.bind(1, key);
  MAI_TRY_ASSIGN(const bool row, reader->page.step());
  if (!row)
    return Error{Code::not_found, fmt::format("cannot read {}: page {}/{} is missing", folder().native(), key >> 32, key & UINT32_MAX)};
  std::string bytes(reader->page.bytes(0));
  reader->page.reset();
  {
    const std::lock_guard lock(readers_mutex_);
    readers_.push_back(std::move(reader));
  }
  auto page = Page::parse(std::move(bytes));
  if (!page) return wrap(page.error(), fmt::format("cannot read {}", folder().native()));
  return std::make_shared<const Page>(std::move(*page));
}

Result<void> Partition::read(StorageId id, TimeRange range, Columns& out, size_t begin, PageCache& cache) const {
  const auto batches = batches_.read();
  for (const auto& batch : *batches) {
    if (batch->samples.to < range.from || batch->samples.from > range.to) continue;
    const auto next = std::upper_bound(batch->first_series.begin(), batch->first_series.end(), id);
    if (next == batch->first_series.begin()) continue;
    const int64_t key = key_of(batch->number, *std::prev(next));
    std::shared_ptr<const Page> page = cache.find(this, key);
    if (page == nullptr) {
      auto loaded = load_page(key);
      // Compacted meanwhile: what was here stands in new batches, and what was merged already is merged again without harm.
      if (!loaded && loaded.error().code == Code::not_found && batches_.read() != batches) return read(id, range, out, begin, cache);
      if (!loaded) {
        if (loaded.error().code == Code::corrupt || loaded.error().code == Code::not_found) set_damaged();
        return loaded.error();
      }
      page = *loaded;
      cache.keep(this, key, page);
    }
    if (auto done = page->read(id, range, out, begin); !done) {
      set_damaged();
      return wrap(done.error(), fmt::format("cannot read {}", folder().native()));
    }
  }
  return {};
}

Result<void> Partition::visit_series(const VisitSeries& visit) const {
  MAI_TRY_ASSIGN(Database database, Database::open(folder() / kFile, Database::Mode::read_only));
  std::map<uint64_t, std::pair<std::string, std::string>> pairs;
  MAI_TRY_ASSIGN(Statement all_pairs, database.prepare("SELECT number, name, value FROM pairs"));
  for (;;) {
    MAI_TRY_ASSIGN(const bool row, all_pairs.step());
    if (!row) break;
    pairs[static_cast<uint64_t>(all_pairs.integer(0))] = {std::string(all_pairs.bytes(1)), std::string(all_pairs.bytes(2))};
  }
  MAI_TRY_ASSIGN(Statement all_series, database.prepare("SELECT id, pairs FROM series ORDER BY id"));
  std::vector<LabelView> labels;
  for (;;) {
    MAI_TRY_ASSIGN(const bool row, all_series.step());
    if (!row) return {};
    labels.clear();
    for (ByteReader in(all_series.bytes(1)); !in.at_end();) {
      const auto found = pairs.find(in.varint());
      if (!in.ok() || found == pairs.end() || labels.size() == kLabelsOfSeriesMax)
        return Error{Code::corrupt,
                     fmt::format("cannot read {}: the labels of series {} are damaged", folder().native(), all_series.integer(0))};
      labels.push_back({found->second.first, found->second.second});
    }
    MAI_TRY(visit(static_cast<StorageId>(all_series.integer(0)), labels));
  }
}

Result<void> Partition::rewrite(Partition& fresh, size_t chunk_samples, const Edit& edit) const {
  // Batches of bounded memory; they are in the order of series, so together they read like one.
  constexpr size_t kBatchBytes = 64 << 20;
  PageCache cache;
  std::vector<Chunk::Ptr> chunks;
  std::vector<Item> items;
  std::vector<StorageId> kept;
  std::vector<std::vector<signals::Label>> labels;
  size_t bytes = 0;
  const auto labels_of = [&](size_t i) {
    std::vector<LabelView> out;
    for (const signals::Label& label : labels[i]) out.push_back({label.name, label.value});
    return out;
  };
  const auto flush = [&]() -> Result<void> {
    MAI_TRY(fresh.write(items, kept, labels_of));
    items.clear();
    kept.clear();
    labels.clear();
    chunks.clear();
    bytes = 0;
    return {};
  };
  const auto take = [&](StorageId id, std::span<const LabelView> of) -> Result<void> {
    Columns columns;
    MAI_TRY(read(id, {{INT64_MIN}, {INT64_MAX}}, columns, 0, cache));
    edit(id, columns);
    if (columns.times_ms.empty()) return {};
    for (size_t at = 0; at < columns.times_ms.size(); at += chunk_samples) {
      const size_t n = std::min(chunk_samples, columns.times_ms.size() - at);
      chunks.push_back(Chunk::make(std::span(columns.times_ms).subspan(at, n), std::span(columns.values).subspan(at, n)));
      items.push_back({id, chunks.back().get()});
      bytes += chunks.back()->bytes();
    }
    kept.push_back(id);
    std::vector<signals::Label>& copies = labels.emplace_back();
    for (const LabelView& label : of) copies.push_back({std::string(label.name), std::string(label.value)});
    return bytes >= kBatchBytes ? flush() : Result<void>{};
  };
  MAI_TRY(visit_series(take));
  return flush();
}

Result<void> Partition::compact(size_t chunk_samples, const Edit& edit) {
  const fs::path beside = folder() / kCompacting;
  std::error_code error;
  fs::remove_all(beside, error);
  {
    MAI_TRY_ASSIGN(const auto fresh, Partition::open(beside, range()));
    // Keys of pages are never used again, so a page that a query remembers is never taken for another.
    fresh->next_batch_ = next_batch_;
    MAI_TRY(rewrite(*fresh, chunk_samples, edit));
    MAI_TRY(fresh->writer_->execute("PRAGMA journal_mode = DELETE"));
  }
  const std::lock_guard file_lock(file_mutex_);
  {
    const std::lock_guard lock(readers_mutex_);
    readers_.clear();
  }
  // The last connection to go takes the old file's write-ahead log with it: it must not be taken for the new file's.
  writer_.reset();
  pair_numbers_.clear();
  fs::rename(beside / kFile, folder() / kFile, error);
  const std::error_code renamed = error;
  fs::remove_all(beside, error);
  MAI_TRY(load());
  if (renamed) return system_error(fmt::format("cannot put compacted partition {} in its place", folder().native()), renamed.value());
  return {};
}

Result<void> Partition::copy_to(const fs::path& folder) const {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(fmt::format("cannot create {}", folder.native()), error.value());
  MAI_TRY_ASSIGN(Database database, Database::open(this->folder() / kFile, Database::Mode::read_only));
  MAI_TRY_ASSIGN(Statement copy, database.prepare("VACUUM INTO ?1"));
  const std::string target = (folder / kFile).native();
  copy.bind_text(1, target);
  return copy.run();
}

}  // namespace monitorai::store

#include "store/logs/log_partition.h"

#include "base/text.h"
#include "store/disk/bytes.h"
#include "store/disk/frame.h"

namespace monitorai::store {

namespace fs = std::filesystem;
using signals::Label;
using signals::LabelView;

namespace {

constexpr int64_t kVersion = 1;
constexpr std::string_view kFile = "logs.db";
/// A group of filters is closed when it has this many bytes.
constexpr size_t kFilterGroupBytes = 1 << 20;
/// Of the connections for reading: what they read once they rarely read again.
constexpr const char* kReaderSettings = "PRAGMA cache_size = -256";

constexpr const char* kSchema = R"(
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS streams(id INTEGER PRIMARY KEY, labels BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS blocks (key INTEGER PRIMARY KEY, stream INTEGER NOT NULL, end_seq INTEGER NOT NULL, from_ns INTEGER NOT NULL,
                                     to_ns INTEGER NOT NULL, lines INTEGER NOT NULL, text_bytes INTEGER NOT NULL, filters INTEGER NOT NULL,
                                     filter_at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS bodies (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS filters(key INTEGER PRIMARY KEY, filters BLOB NOT NULL);
)";

std::string encode_labels(const signals::Labels& labels) {
  std::string out;
  for (const Label& label : labels) {
    put_text(out, label.name);
    put_text(out, label.value);
  }
  return frame_header(out) + out;
}

bool decode_labels(std::string_view bytes, std::vector<LabelView>& out) {
  out.clear();
  const auto payload = take_frame(bytes);
  if (!payload || !bytes.empty()) return false;
  for (ByteReader in(*payload); !in.at_end();) {
    const std::string_view name = in.text();
    out.push_back({name, in.text()});
    if (!in.ok()) return false;
  }
  return !out.empty();
}

}  // namespace

Result<std::shared_ptr<LogPartition>> LogPartition::open(fs::path folder, int64_t begin_ms, int64_t end_ms,
                                                          std::shared_ptr<FilterCache> cache) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(fmt::format("cannot create {}", folder.native()), error.value());
  std::shared_ptr<LogPartition> partition(new LogPartition(std::move(folder), begin_ms, end_ms, std::move(cache)));
  MAI_TRY(partition->load());
  return partition;
}

LogPartition::~LogPartition() { cache_->forget(this); }

Result<void> LogPartition::load() {
  MAI_TRY_ASSIGN(writer_, Database::open(folder() / kFile, Database::Mode::create));
  MAI_TRY(writer_->execute(kSchema));
  MAI_TRY_ASSIGN(Statement version, writer_->prepare("PRAGMA user_version"));
  MAI_TRY_ASSIGN(const bool row, version.step());
  const int64_t found = row ? version.integer(0) : 0;
  version.reset();
  if (found == 0) MAI_TRY(writer_->execute("PRAGMA user_version = 1"));
  if (found > kVersion)
    return Error{Code::invalid, fmt::format("cannot read {}: it has version {}, newer than {}", folder().native(), found, kVersion)};
  MAI_TRY_ASSIGN(Statement last, writer_->prepare("SELECT (SELECT max(key) FROM blocks), (SELECT max(key) FROM filters)"));
  MAI_TRY_ASSIGN(const bool any, last.step());
  next_key_ = any ? last.integer(0) + 1 : 1;
  next_group_ = any ? last.integer(1) + 1 : 1;
  last.reset();
  return {};
}

Result<void> LogPartition::insert(std::span<Item> items, std::map<int64_t, FilterCache::Group>& groups) {
  MAI_TRY_ASSIGN(Statement add_stream, writer_->prepare("INSERT OR REPLACE INTO streams(id, labels) VALUES (?1, ?2)"));
  MAI_TRY_ASSIGN(Statement add_block, writer_->prepare("INSERT INTO blocks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  MAI_TRY_ASSIGN(Statement add_body, writer_->prepare("INSERT INTO bodies VALUES (?1, ?2)"));
  MAI_TRY_ASSIGN(Statement add_filters, writer_->prepare("INSERT INTO filters VALUES (?1, ?2)"));
  int64_t key = next_key_;
  int64_t group_key = next_group_;
  std::string group;
  const auto close_group = [&]() -> Result<void> {
    if (group.empty()) return {};
    add_filters.bind(1, group_key);
    add_filters.bind_blob(2, group);
    MAI_TRY(add_filters.run());
    groups[group_key++] = std::make_shared<const std::string>(std::move(group));
    group.clear();
    return {};
  };
  for (Item& item : items) {
    if (!known_.contains(item.stream)) {
      const std::string labels = encode_labels(*item.labels);
      add_stream.bind(1, item.stream);
      add_stream.bind_blob(2, labels);
      MAI_TRY(add_stream.run());
      known_[item.stream] = true;
    }
    if (group.size() >= kFilterGroupBytes) MAI_TRY(close_group());
    BlockEntry& entry = item.entry;
    entry.key = key++;
    entry.filters = group_key;
    entry.filter_at = static_cast<uint32_t>(group.size());
    group += item.filter;
    const int64_t values[] = {entry.key,   item.stream, static_cast<int64_t>(entry.end_seq), entry.from_ns, entry.to_ns, entry.lines,
                              entry.text_bytes, entry.filters, entry.filter_at};
    for (int i = 0; i < 9; ++i) add_block.bind(i + 1, values[i]);
    MAI_TRY(add_block.run());
  }
  MAI_TRY(close_group());
  for (const Item& item : items) {
    add_body.bind(1, item.entry.key);
    add_body.bind_blob(2, item.body);
    MAI_TRY(add_body.run());
  }
  return {};
}

Result<void> LogPartition::write(std::span<Item> items) {
  std::map<int64_t, FilterCache::Group> groups;
  const auto written = writer_->transact([&] { return insert(items, groups); });
  if (!written) {
    known_.clear();  // some of them were rolled back
    return judge(written.error());
  }
  next_key_ += static_cast<int64_t>(items.size());
  next_group_ += static_cast<int64_t>(groups.size());
  for (auto& [key, group] : groups) cache_->keep({this, key}, std::move(group));
  // So that the write-ahead log does not keep the size of the largest batch. A reader in the way only puts it off.
  (void)writer_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  return {};
}

Result<void> LogPartition::visit(const VisitStream& visit_stream, const Visit& visit_block) const {
  MAI_TRY_ASSIGN(Database database, Database::open(folder() / kFile, Database::Mode::read_only));
  MAI_TRY_ASSIGN(Statement streams, database.prepare("SELECT id, labels FROM streams ORDER BY id"));
  std::vector<LabelView> labels;
  for (;;) {
    MAI_TRY_ASSIGN(const bool row, streams.step());
    if (!row) break;
    const int64_t id = streams.integer(0);
    if (id < 0 || id > UINT32_MAX || !decode_labels(streams.bytes(1), labels))
      return Error{Code::corrupt, fmt::format("cannot read {}: the labels of stream {} are damaged", folder().native(), id)};
    visit_stream(static_cast<StreamId>(id), labels);
  }
  MAI_TRY_ASSIGN(Statement blocks, database.prepare("SELECT * FROM blocks ORDER BY key"));
  for (;;) {
    MAI_TRY_ASSIGN(const bool row, blocks.step());
    if (!row) return {};
    const auto number = [&](int column) { return blocks.integer(column); };
    const BlockEntry entry{.key = number(0),
                           .end_seq = static_cast<uint64_t>(number(2)),
                           .from_ns = number(3),
                           .to_ns = number(4),
                           .lines = static_cast<uint32_t>(number(5)),
                           .text_bytes = static_cast<uint32_t>(number(6)),
                           .filters = number(7),
                           .filter_at = static_cast<uint32_t>(number(8))};
    if (number(1) < 0 || number(1) > UINT32_MAX || entry.from_ns > entry.to_ns || entry.lines == 0)
      return Error{Code::corrupt, fmt::format("cannot read {}: the entry of block {} is damaged", folder().native(), entry.key)};
    visit_block(static_cast<StreamId>(number(1)), entry);
  }
}

Result<std::unique_ptr<LogPartition::Reader>> LogPartition::take_reader() const {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  MAI_TRY_ASSIGN(Database database, Database::open(folder() / kFile, Database::Mode::read_only));
  MAI_TRY(database.execute(kReaderSettings));
  MAI_TRY_ASSIGN(Statement body, database.prepare("SELECT body FROM bodies WHERE key = ?1"));
  MAI_TRY_ASSIGN(Statement filters, database.prepare("SELECT filters FROM filters WHERE key = ?1"));
  return std::make_unique<Reader>(Reader{std::move(database), std::move(body), std::move(filters)});
}

Result<void> LogPartition::read_body(const BlockEntry& entry, std::string& out) const {
  auto reader = take_reader();
  if (!reader) return judge(reader.error());
  Statement& body = (*reader)->body;
  body.bind(1, entry.key);
  const auto row = body.step();
  if (!row) return judge(row.error());
  if (*row) out = body.bytes(0);
  body.reset();
  {
    const std::lock_guard lock(readers_mutex_);
    readers_.push_back(std::move(*reader));
  }
  if (!*row) return judge({Code::corrupt, fmt::format("block {} is missing", entry.key)});
  return {};
}

Result<FilterCache::Group> LogPartition::read_filters(const BlockEntry& entry) const {
  if (auto kept = cache_->find({this, entry.filters})) return kept;
  auto reader = take_reader();
  if (!reader) return judge(reader.error());
  Statement& filters = (*reader)->filters;
  filters.bind(1, entry.filters);
  const auto row = filters.step();
  if (!row) return judge(row.error());
  FilterCache::Group group;
  if (*row) group = std::make_shared<const std::string>(filters.bytes(0));
  filters.reset();
  {
    const std::lock_guard lock(readers_mutex_);
    readers_.push_back(std::move(*reader));
  }
  if (group == nullptr) return judge({Code::corrupt, fmt::format("filters {} are missing", entry.filters)});
  cache_->keep({this, entry.filters}, group);
  return group;
}

}  // namespace monitorai::store

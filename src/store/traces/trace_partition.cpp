#include "store/traces/trace_partition.h"

#include "store/disk/frame.h"

namespace monitorai::store {

namespace fs = std::filesystem;

namespace {

constexpr int64_t kVersion = 1;
constexpr std::string_view kFile = "traces.db";
/// Connections for reading that are kept open.
constexpr size_t kReadersMax = 8;

constexpr const char* kSchema = R"(
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS blocks(key INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, duration_max_ns INTEGER NOT NULL,
                                    spans INTEGER NOT NULL, errors INTEGER NOT NULL, filter BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS indexes(key INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS bodies(key INTEGER PRIMARY KEY, ids BLOB NOT NULL, attributes BLOB NOT NULL, extras BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
)";

}  // namespace

Result<std::shared_ptr<TracePartition>> TracePartition::open(fs::path folder, int64_t begin_ms, int64_t end_ms) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return system_error(fmt::format("cannot create {}", folder.native()), error.value());
  std::shared_ptr<TracePartition> partition(new TracePartition(std::move(folder), begin_ms, end_ms));
  MAI_TRY(partition->load());
  return partition;
}

Result<void> TracePartition::load() {
  MAI_TRY_ASSIGN(writer_, Database::open(folder() / kFile, Database::Mode::create));
  MAI_TRY(writer_->execute(kSchema));
  MAI_TRY_ASSIGN(Statement version, writer_->prepare("PRAGMA user_version"));
  MAI_TRY_ASSIGN(const bool row, version.step());
  const int64_t found = row ? version.integer(0) : 0;
  version.reset();
  if (found == 0) MAI_TRY(writer_->execute("PRAGMA user_version = 1"));
  if (found > kVersion) return Error{Code::invalid, fmt::format("cannot read {}: it has version {}, newer than {}", folder().native(), found, kVersion)};
  MAI_TRY_ASSIGN(Statement state, writer_->prepare("SELECT value FROM state WHERE name = 'generation'"));
  MAI_TRY_ASSIGN(const bool known, state.step());
  if (known) generation_ = static_cast<uint64_t>(state.integer(0));
  state.reset();
  MAI_TRY_ASSIGN(Statement blocks, writer_->prepare("SELECT key, from_ns, to_ns, duration_max_ns, spans, errors, filter FROM blocks ORDER BY key"));
  Directory directory;
  for (;;) {
    MAI_TRY_ASSIGN(const bool more, blocks.step());
    if (!more) break;
    auto entry = std::make_shared<SpanBlockEntry>();
    entry->key = blocks.integer(0);
    entry->from_ns = blocks.integer(1);
    entry->to_ns = blocks.integer(2);
    entry->duration_max_ns = blocks.integer(3);
    entry->spans = static_cast<uint32_t>(blocks.integer(4));
    entry->errors = static_cast<uint32_t>(blocks.integer(5));
    std::string_view framed = blocks.bytes(6);
    const auto filter = take_frame(framed);
    if (!filter || entry->from_ns > entry->to_ns || entry->spans == 0)
      return Error{Code::corrupt, fmt::format("cannot read {}: the entry of block {} is damaged", folder().native(), entry->key)};
    entry->filter = *filter;
    next_key_ = entry->key + 1;
    directory.push_back(std::move(entry));
  }
  directory_.publish(std::make_shared<const Directory>(std::move(directory)));
  return {};
}

Result<TracePartition::Directory> TracePartition::insert(std::span<const EncodedBlock> blocks, uint64_t generation) {
  MAI_TRY_ASSIGN(Statement add_block, writer_->prepare("INSERT INTO blocks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  MAI_TRY_ASSIGN(Statement add_index, writer_->prepare("INSERT INTO indexes VALUES (?1, ?2)"));
  MAI_TRY_ASSIGN(Statement add_body, writer_->prepare("INSERT INTO bodies VALUES (?1, ?2, ?3, ?4)"));
  MAI_TRY_ASSIGN(Statement set_state, writer_->prepare("INSERT OR REPLACE INTO state VALUES ('generation', ?1)"));
  Directory out;
  for (const EncodedBlock& block : blocks) {
    auto entry = std::make_shared<SpanBlockEntry>();
    entry->key = next_key_ + static_cast<int64_t>(out.size());
    entry->from_ns = block.from_ns;
    entry->to_ns = block.to_ns;
    entry->duration_max_ns = block.duration_max_ns;
    entry->spans = block.spans;
    entry->errors = block.errors;
    entry->filter = block.filter;
    const std::string filter = frame_header(block.filter) + block.filter;
    const int64_t values[] = {entry->key, entry->from_ns, entry->to_ns, entry->duration_max_ns, entry->spans, entry->errors};
    for (int i = 0; i < 6; ++i) add_block.bind(i + 1, values[i]);
    add_block.bind_blob(7, filter);
    MAI_TRY(add_block.run());
    out.push_back(std::move(entry));
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    add_index.bind(1, out[i]->key);
    add_index.bind_blob(2, blocks[i].parts[0]);
    MAI_TRY(add_index.run());
  }
  for (size_t i = 0; i < blocks.size(); ++i) {
    add_body.bind(1, out[i]->key);
    for (int part = 1; part < static_cast<int>(kBlockParts); ++part) add_body.bind_blob(part + 1, blocks[i].parts[static_cast<size_t>(part)]);
    MAI_TRY(add_body.run());
  }
  set_state.bind(1, static_cast<int64_t>(generation));
  MAI_TRY(set_state.run());
  return out;
}

Result<void> TracePartition::write(std::span<const EncodedBlock> blocks, uint64_t generation) {
  Directory written;
  const auto done = writer_->transact([&]() -> Result<void> {
    MAI_TRY_ASSIGN(written, insert(blocks, generation));
    return {};
  });
  if (!done) return judge(done.error());
  next_key_ += static_cast<int64_t>(blocks.size());
  generation_ = generation;
  // So that the write-ahead log does not keep the size of the largest batch. A reader in the way only puts it off.
  (void)writer_->execute("PRAGMA wal_checkpoint(TRUNCATE)");
  unpublished_.insert(unpublished_.end(), written.begin(), written.end());
  return {};
}

void TracePartition::publish() {
  if (unpublished_.empty()) return;
  Directory wider = *directory_.read();
  wider.insert(wider.end(), unpublished_.begin(), unpublished_.end());
  unpublished_.clear();
  directory_.publish(std::make_shared<const Directory>(std::move(wider)));
}

Result<std::unique_ptr<TracePartition::Reader>> TracePartition::take_reader() const {
  {
    const std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return reader;
    }
  }
  MAI_TRY_ASSIGN(Database database, Database::open(folder() / kFile, Database::Mode::read_only));
  MAI_TRY(database.execute("PRAGMA cache_size = -256"));
  MAI_TRY_ASSIGN(Statement index, database.prepare("SELECT bytes FROM indexes WHERE key = ?1"));
  MAI_TRY_ASSIGN(Statement whole, database.prepare("SELECT bytes, ids, attributes, extras FROM indexes JOIN bodies USING (key) WHERE key = ?1"));
  return std::make_unique<Reader>(Reader{std::move(database), std::move(index), std::move(whole)});
}

Result<BlockBytes> TracePartition::read(const SpanBlockEntry& entry, bool whole) const {
  auto reader = take_reader();
  if (!reader) return judge(reader.error());
  Statement& statement = whole ? (*reader)->whole : (*reader)->index;
  statement.bind(1, entry.key);
  const auto row = statement.step();
  if (!row) return judge(row.error());
  BlockBytes out{.whole = whole};
  if (*row) {
    out.index = statement.bytes(0);
    if (whole) {
      out.ids = statement.bytes(1);
      out.attributes = statement.bytes(2);
      out.extras = statement.bytes(3);
    }
  }
  statement.reset();
  {
    const std::lock_guard lock(readers_mutex_);
    if (readers_.size() < kReadersMax) readers_.push_back(std::move(*reader));
  }
  if (!*row) return judge({Code::corrupt, fmt::format("block {} is missing", entry.key)});
  return out;
}

}  // namespace monitorai::store

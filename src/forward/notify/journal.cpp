#include "forward/notify/journal.h"

#include "base/text.h"
#include "forward/notify/alert_json.h"

namespace monitorai::forward {
namespace {

using store::Statement;

constexpr int64_t kVersion = 1;
constexpr const char* kSchema = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS format (version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alerts (fingerprint INTEGER PRIMARY KEY, alert TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS silences (id TEXT PRIMARY KEY, matchers TEXT NOT NULL, starts_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL, created_by TEXT NOT NULL, comment TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS acknowledgements (fingerprint INTEGER PRIMARY KEY, by TEXT NOT NULL, comment TEXT NOT NULL, at_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS heard (key TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, firing TEXT NOT NULL, resolved TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, receiver TEXT NOT NULL, kind TEXT NOT NULL, number INTEGER NOT NULL,
  group_key TEXT NOT NULL, group_labels TEXT NOT NULL, state TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  next_try_ms INTEGER NOT NULL, tries INTEGER NOT NULL, error TEXT NOT NULL, firing INTEGER NOT NULL, resolved INTEGER NOT NULL,
  alerts TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS deliveries_by_state ON deliveries (state, id);
)";

constexpr const char* kDeliveryColumns =
    "id, receiver, kind, number, group_key, group_labels, state, created_ms, updated_ms, next_try_ms, tries, error, firing, resolved";

std::optional<DeliveryState> state_of(std::string_view name) {
  for (const DeliveryState state :
       {DeliveryState::waiting, DeliveryState::sent, DeliveryState::failed, DeliveryState::superseded, DeliveryState::dropped})
    if (delivery_state_name(state) == name) return state;
  return std::nullopt;
}

std::string fingerprints_text(const std::set<uint64_t>& all) {
  std::string out;
  for (const uint64_t one : all) out += fingerprint_text(one);
  return out;
}
std::set<uint64_t> read_fingerprints(std::string_view text) {
  std::set<uint64_t> out;
  for (size_t at = 0; at + 16 <= text.size(); at += 16) {
    uint64_t one = 0;
    if (std::from_chars(text.data() + at, text.data() + at + 16, one, 16).ec == std::errc{}) out.insert(one);
  }
  return out;
}

std::string text(const Statement& row, int column) { return std::string(row.bytes(column)); }

Result<DeliveryEntry> entry_of(const Statement& row) {
  MAI_TRY_ASSIGN(signals::Labels labels, read_labels_json(row.bytes(5)));
  const auto state = state_of(row.bytes(6));
  if (!state) return Error{Code::corrupt, "cannot read a delivery: its state is unknown"};
  return DeliveryEntry{.id = row.integer(0),
                       .to = {text(row, 1), text(row, 2), static_cast<size_t>(row.integer(3))},
                       .state = *state,
                       .created = {row.integer(7)},
                       .updated = {row.integer(8)},
                       .next_try = {row.integer(9)},
                       .tries = static_cast<uint64_t>(row.integer(10)),
                       .error = text(row, 11),
                       .group_key = text(row, 4),
                       .group_labels = std::move(labels),
                       .firing = static_cast<uint64_t>(row.integer(12)),
                       .resolved = static_cast<uint64_t>(row.integer(13))};
}

Result<Delivery> delivery_of(const Statement& row) {
  MAI_TRY_ASSIGN(DeliveryEntry entry, entry_of(row));
  Delivery out{.id = entry.id,
               .to = entry.to,
               .notification = {},
               .state = entry.state,
               .created = entry.created,
               .updated = entry.updated,
               .next_try = entry.next_try,
               .tries = entry.tries,
               .error = entry.error};
  out.notification.receiver = entry.to.receiver;
  out.notification.group_key = entry.group_key;
  out.notification.group_labels = std::move(entry.group_labels);
  out.notification.time = entry.created;
  MAI_TRY_ASSIGN(out.notification.alerts, read_alerts_json(row.bytes(14)));
  return out;
}

}  // namespace

std::string_view delivery_state_name(DeliveryState state) {
  switch (state) {
    case DeliveryState::waiting:
      return "waiting";
    case DeliveryState::sent:
      return "sent";
    case DeliveryState::failed:
      return "failed";
    case DeliveryState::superseded:
      return "superseded";
    case DeliveryState::dropped:
      return "dropped";
  }
  return "";
}

std::string Addressee::text() const { return fmt::format("{}/{}/{}", receiver, kind, number); }
std::string heard_key(const std::string& group_key, const Addressee& to) { return fmt::format("{}:{}", group_key, to.text()); }

Result<Journal> Journal::open(const std::filesystem::path& path) {
  auto database = store::Database::open(path, store::Database::Mode::create);
  if (!database) return wrap(database.error(), "cannot open the journal of alerts");
  Journal out(std::move(*database));
  if (const auto made = out.database_.execute(kSchema); !made) return wrap(made.error(), "cannot open the journal of alerts");
  MAI_TRY_ASSIGN(auto version, out.database_.prepare("SELECT max(version) FROM format"));
  MAI_TRY_ASSIGN(const bool found, version.step());
  const int64_t number = found ? version.integer(0) : 0;
  version.reset();
  if (number > kVersion)
    return Error{Code::invalid, fmt::format("cannot open the journal of alerts {} (version {}): this program reads version {}", path.native(), number, kVersion)};
  if (number == 0) { MAI_TRY(out.run("INSERT INTO format (version) VALUES (?)", [](Statement& s) { s.bind(1, kVersion); })); }
  return out;
}

Result<void> Journal::run(const char* sql, const Bind& bind) {
  auto known = statements_.find(std::string_view(sql));
  if (known == statements_.end()) {
    MAI_TRY_ASSIGN(Statement made, database_.prepare(sql));
    known = statements_.emplace(sql, std::move(made)).first;
  }
  bind(known->second);
  return known->second.run();
}

Result<Journal::Content> Journal::read() {
  Content out;
  const auto each = [&](const std::string& sql, const auto& take) -> Result<void> {
    MAI_TRY_ASSIGN(Statement rows, database_.prepare(sql));
    for (;;) {
      MAI_TRY_ASSIGN(const bool more, rows.step());
      if (!more) return {};
      if (!take(rows)) ++out.damaged;
    }
  };
  MAI_TRY(each("SELECT alert FROM alerts", [&](const Statement& row) {
    auto read = read_alerts_json(row.bytes(0));
    if (!read || read->size() != 1) return false;
    out.alerts.push_back(std::move(read->front()));
    return true;
  }));
  MAI_TRY(each("SELECT id, matchers, starts_ms, ends_ms, updated_ms, created_by, comment FROM silences", [&](const Statement& row) {
    auto matchers = read_matchers_json(row.bytes(1));
    if (!matchers) return false;
    out.silences.push_back({text(row, 0), std::move(*matchers), {row.integer(2)}, {row.integer(3)}, {row.integer(4)}, text(row, 5), text(row, 6)});
    return true;
  }));
  MAI_TRY(each("SELECT fingerprint, by, comment, at_ms FROM acknowledgements", [&](const Statement& row) {
    out.acknowledgements[static_cast<uint64_t>(row.integer(0))] = {text(row, 1), text(row, 2), {row.integer(3)}};
    return true;
  }));
  MAI_TRY(each("SELECT key, at_ms, firing, resolved FROM heard", [&](const Statement& row) {
    out.heard[text(row, 0)] = {{row.integer(1)}, read_fingerprints(row.bytes(2)), read_fingerprints(row.bytes(3))};
    return true;
  }));
  MAI_TRY(each(fmt::format("SELECT {}, alerts FROM deliveries WHERE state = 'waiting' ORDER BY id", kDeliveryColumns), [&](const Statement& row) {
    auto delivery = delivery_of(row);
    if (!delivery) return false;
    out.waiting.push_back(std::move(*delivery));
    return true;
  }));
  return out;
}

Result<void> Journal::begin() { return database_.execute("BEGIN IMMEDIATE"); }
Result<void> Journal::commit() { return database_.execute("COMMIT"); }
void Journal::roll_back() { static_cast<void>(database_.execute("ROLLBACK").has_value()); }

Result<void> Journal::put_alert(const Alert& alert) {
  const std::string json = alerts_json({&alert, 1});
  return run("INSERT OR REPLACE INTO alerts (fingerprint, alert) VALUES (?, ?)", [&](Statement& s) {
    s.bind(1, static_cast<int64_t>(fingerprint(alert.labels)));
    s.bind_text(2, json);
  });
}
Result<void> Journal::remove_alert(uint64_t fingerprint) {
  return run("DELETE FROM alerts WHERE fingerprint = ?", [&](Statement& s) { s.bind(1, static_cast<int64_t>(fingerprint)); });
}
Result<void> Journal::put_silence(const Silence& silence) {
  const std::string matchers = matchers_json(silence.matchers);
  return run("INSERT OR REPLACE INTO silences (id, matchers, starts_ms, ends_ms, updated_ms, created_by, comment) VALUES (?, ?, ?, ?, ?, ?, ?)",
             [&](Statement& s) {
               s.bind_text(1, silence.id);
               s.bind_text(2, matchers);
               s.bind(3, silence.starts_at.ms);
               s.bind(4, silence.ends_at.ms);
               s.bind(5, silence.updated_at.ms);
               s.bind_text(6, silence.created_by);
               s.bind_text(7, silence.comment);
             });
}
Result<void> Journal::remove_silence(const std::string& id) {
  return run("DELETE FROM silences WHERE id = ?", [&](Statement& s) { s.bind_text(1, id); });
}
Result<void> Journal::put_acknowledgement(uint64_t fingerprint, const Acknowledgement& acknowledgement) {
  return run("INSERT OR REPLACE INTO acknowledgements (fingerprint, by, comment, at_ms) VALUES (?, ?, ?, ?)", [&](Statement& s) {
    s.bind(1, static_cast<int64_t>(fingerprint));
    s.bind_text(2, acknowledgement.by);
    s.bind_text(3, acknowledgement.comment);
    s.bind(4, acknowledgement.at.ms);
  });
}
Result<void> Journal::remove_acknowledgement(uint64_t fingerprint) {
  return run("DELETE FROM acknowledgements WHERE fingerprint = ?", [&](Statement& s) { s.bind(1, static_cast<int64_t>(fingerprint)); });
}
Result<void> Journal::put_heard(const std::string& key, const Heard& heard) {
  const std::string firing = fingerprints_text(heard.firing), resolved = fingerprints_text(heard.resolved);
  return run("INSERT OR REPLACE INTO heard (key, at_ms, firing, resolved) VALUES (?, ?, ?, ?)", [&](Statement& s) {
    s.bind_text(1, key);
    s.bind(2, heard.at.ms);
    s.bind_text(3, firing);
    s.bind_text(4, resolved);
  });
}
Result<void> Journal::remove_heard(const std::string& key) {
  return run("DELETE FROM heard WHERE key = ?", [&](Statement& s) { s.bind_text(1, key); });
}

Result<void> Journal::put_delivery(const Delivery& d) {
  const std::string labels = labels_json(d.notification.group_labels), alerts = alerts_json(d.notification.alerts);
  const auto firing = static_cast<int64_t>(d.notification.firing());
  return run(
      "INSERT OR REPLACE INTO deliveries (id, receiver, kind, number, group_key, group_labels, state, created_ms, updated_ms, next_try_ms, tries, "
      "error, firing, resolved, alerts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      [&](Statement& s) {
        s.bind(1, d.id);
        s.bind_text(2, d.to.receiver);
        s.bind_text(3, d.to.kind);
        s.bind(4, static_cast<int64_t>(d.to.number));
        s.bind_text(5, d.notification.group_key);
        s.bind_text(6, labels);
        s.bind_text(7, delivery_state_name(d.state));
        s.bind(8, d.created.ms);
        s.bind(9, d.updated.ms);
        s.bind(10, d.next_try.ms);
        s.bind(11, static_cast<int64_t>(d.tries));
        s.bind_text(12, d.error);
        s.bind(13, firing);
        s.bind(14, static_cast<int64_t>(d.notification.alerts.size()) - firing);
        s.bind_text(15, alerts);
      });
}

Result<void> Journal::update_delivery(const Delivery& d) {
  // What is over needs its alerts no more.
  return run(
      "UPDATE deliveries SET state = ?1, updated_ms = ?2, next_try_ms = ?3, tries = ?4, error = ?5, alerts = CASE ?1 WHEN 'waiting' THEN alerts "
      "ELSE '[]' END WHERE id = ?6",
      [&](Statement& s) {
        s.bind_text(1, delivery_state_name(d.state));
        s.bind(2, d.updated.ms);
        s.bind(3, d.next_try.ms);
        s.bind(4, static_cast<int64_t>(d.tries));
        s.bind_text(5, d.error);
        s.bind(6, d.id);
      });
}

Result<void> Journal::prune_deliveries() {
  return run("DELETE FROM deliveries WHERE state <> 'waiting' AND id <= (SELECT max(id) FROM deliveries) - ?", [](Statement& s) { s.bind(1, kDeliveriesKept); });
}

Result<std::vector<DeliveryEntry>> Journal::deliveries(size_t count_max, int64_t before, std::string_view state, std::string_view receiver) {
  MAI_TRY_ASSIGN(Statement rows, database_.prepare(fmt::format("SELECT {} FROM deliveries WHERE (?1 = 0 OR id < ?1) AND (?2 = '' OR state = ?2) AND "
                                                               "(?3 = '' OR receiver = ?3) ORDER BY id DESC LIMIT ?4",
                                                               kDeliveryColumns)));
  rows.bind(1, before);
  const std::string wanted_state(state), wanted_receiver(receiver);
  rows.bind_text(2, wanted_state);
  rows.bind_text(3, wanted_receiver);
  rows.bind(4, static_cast<int64_t>(count_max));
  std::vector<DeliveryEntry> out;
  for (;;) {
    MAI_TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    if (auto entry = entry_of(rows)) out.push_back(std::move(*entry));
  }
}

Result<int64_t> Journal::newest_delivery() {
  MAI_TRY_ASSIGN(Statement row, database_.prepare("SELECT coalesce(max(id), 0) FROM deliveries"));
  MAI_TRY_ASSIGN(const bool found, row.step());
  return found ? row.integer(0) : 0;
}

}  // namespace monitorai::forward

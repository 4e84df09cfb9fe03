#pragma once
// What notifying remembers over a restart, in one SQLite file: alerts, silences, acknowledgements, what each receiver heard last, and all
// deliveries, those that wait among them (docs/formats/alerts.md). A change is on the disk when commit() returned, so what a receiver
// acknowledged is not sent again after a crash. Thread: one at a time.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>

#include "forward/notify/delivery.h"
#include "forward/notify/silence.h"
#include "store/disk/sqlite.h"

namespace monitorai::forward {

inline constexpr int64_t kDeliveriesKept = 20'000;  ///< in the log, beyond those that wait

class Journal {
 public:
  static Result<Journal> open(const std::filesystem::path& path);

  /// What is there. Damaged rows are left out and counted.
  struct Content {
    std::vector<Alert> alerts;
    std::vector<Silence> silences;
    std::map<uint64_t, Acknowledgement> acknowledgements;
    std::map<std::string, Heard> heard;  ///< by heard_key()
    std::vector<Delivery> waiting;
    uint64_t damaged = 0;
  };
  Result<Content> read();

  Result<void> begin();
  Result<void> commit();
  void roll_back();

  Result<void> put_alert(const Alert& alert);
  Result<void> remove_alert(uint64_t fingerprint);
  Result<void> put_silence(const Silence& silence);
  Result<void> remove_silence(const std::string& id);
  Result<void> put_acknowledgement(uint64_t fingerprint, const Acknowledgement& acknowledgement);
  Result<void> remove_acknowledgement(uint64_t fingerprint);
  Result<void> put_heard(const std::string& key, const Heard& heard);
  Result<void> remove_heard(const std::string& key);
  Result<void> put_delivery(const Delivery& delivery);
  /// Its state, tries and error.
  Result<void> update_delivery(const Delivery& delivery);
  /// Forgets all but the newest kDeliveriesKept that do not wait.
  Result<void> prune_deliveries();
  /// Newest first, with an id below `before` (0: any); `state` "" is any.
  Result<std::vector<DeliveryEntry>> deliveries(size_t count_max, int64_t before, std::string_view state, std::string_view receiver);
  Result<int64_t> newest_delivery();

 private:
  explicit Journal(store::Database database) : database_(std::move(database)) {}
  using Bind = std::function<void(store::Statement&)>;
  Result<void> run(const char* sql, const Bind& bind);
  store::Database database_;
  std::map<std::string, store::Statement, std::less<>> statements_;
};

std::string heard_key(const std::string& group_key, const Addressee& to);

}  // namespace monitorai::forward

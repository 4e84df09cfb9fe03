#pragma once
// Notifying at work: the dispatcher with the threads that drive it. `notify` gives groups their turns, `notify-N` make the tries, each one
// at a time. Alerts, silences and questions come from any thread.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/threads.h"
#include "forward/notify/transport.h"

namespace monitorai::forward {

inline constexpr size_t kSenders = 4;
/// A try that is broken off may have arrived, and would be made again after the next start.
inline constexpr std::chrono::milliseconds kStopGrace{3'000};
/// Batches of alerts from the rules that wait for the notify thread.
inline constexpr size_t kBatchesWaitingMax = 1000;

class Notifier {
 public:
  /// Opens the journal and goes on with what it holds. The clock outlives it.
  static Result<std::unique_ptr<Notifier>> open(const std::filesystem::path& journal, NotifyConfig config, std::string external_url, const Clock& clock,
                                                std::function<std::unique_ptr<Transport>()> transports);
  ~Notifier();

  /// Starts the threads; once.
  void start();
  void configure(NotifyConfig config, std::string external_url);
  /// Lets the tries in flight come to their end, for kStopGrace; those that wait go on after the next start.
  void stop();

  /// Hands alerts over without waiting; false when kBatchesWaitingMax batches wait (they are counted, and the rules repeat them).
  bool post(std::vector<Alert> alerts);
  /// Takes alerts at once: a question after it sees them. Times that are absent (0) get Alertmanager's defaults.
  void put(std::vector<Alert> alerts);

  Result<std::string> put_silence(Silence silence);
  Result<void> expire_silence(const std::string& id);
  std::vector<Silence> silences() const;
  Result<void> acknowledge(uint64_t fingerprint, Acknowledgement acknowledgement);
  Result<void> unacknowledge(uint64_t fingerprint);
  std::vector<AlertStatus> alerts() const;
  std::vector<GroupStatus> groups() const;
  Result<std::vector<DeliveryEntry>> deliveries(size_t count_max, int64_t before, std::string_view state, std::string_view receiver) const;

  struct View {
    DispatchCounts counts;
    uint64_t batches_dropped = 0;
    size_t waiting = 0;
    size_t alerts = 0;
    size_t groups = 0;
    size_t silences_active = 0;
    std::string config_shown;
    std::vector<std::string> receivers;
  };
  View view() const;
  TimeMs started() const { return started_; }
  TimeMs now() const { return clock_.now(); }

 private:
  Notifier(Journal journal, Journal::Content content, std::shared_ptr<const NotifySetup> setup, const Clock& clock,
           std::function<std::unique_ptr<Transport>()> transports);
  void run(const std::stop_token& stop);
  void send(const std::stop_token& stop);
  void wake();

  const Clock& clock_;
  const TimeMs started_;
  const std::function<std::unique_ptr<Transport>()> transports_;
  Mailbox<std::vector<Alert>> batches_{kBatchesWaitingMax, WhenFull::drop_oldest};
  mutable std::mutex mutex_;  ///< guards what follows
  mutable Journal journal_;
  Dispatcher dispatcher_;
  std::condition_variable_any changed_;
  uint64_t changes_ = 0;
  size_t in_flight_ = 0;
  std::stop_source abort_;  ///< of tries
  std::vector<std::jthread> threads_;  // last: end before what they use
};

}  // namespace monitorai::forward

#include "forward/notify/notifier.h"

#include <algorithm>

namespace monitorai::forward {
namespace {

/// The wall clock may be set at any time, so nobody sleeps longer than this by it.
constexpr std::chrono::milliseconds kSleepMax{1000};

}  // namespace

Result<std::unique_ptr<Notifier>> Notifier::open(const std::filesystem::path& path, NotifyConfig config, std::string external_url, const Clock& clock,
                                                 std::function<std::unique_ptr<Transport>()> transports) {
  MAI_TRY_ASSIGN(Journal journal, Journal::open(path));
  MAI_TRY_ASSIGN(Journal::Content content, journal.read());
  auto setup = std::make_shared<const NotifySetup>(std::move(config), std::move(external_url));
  return std::unique_ptr<Notifier>(new Notifier(std::move(journal), std::move(content), std::move(setup), clock, std::move(transports)));
}

Notifier::Notifier(Journal journal, Journal::Content content, std::shared_ptr<const NotifySetup> setup, const Clock& clock,
                   std::function<std::unique_ptr<Transport>()> transports)
    : clock_(clock),
      started_(clock.now()),
      transports_(std::move(transports)),
      journal_(std::move(journal)),
      dispatcher_(journal_, std::move(content), std::move(setup), clock.now()) {}

Notifier::~Notifier() { stop(); }

void Notifier::start() {
  threads_.push_back(start_thread("notify", [this](const std::stop_token& stop) { run(stop); }));
  for (size_t i = 0; i < kSenders; ++i)
    threads_.push_back(start_thread(fmt::format("notify-{}", i), [this](const std::stop_token& stop) { send(stop); }));
}

void Notifier::stop() {
  for (std::jthread& thread : threads_) thread.request_stop();
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kStopGrace, [&] { return in_flight_ == 0; });
  }
  abort_.request_stop();
  threads_.clear();
}

/// With the mutex held.
void Notifier::wake() {
  ++changes_;
  changed_.notify_all();
}

void Notifier::configure(NotifyConfig config, std::string external_url) {
  auto setup = std::make_shared<const NotifySetup>(std::move(config), std::move(external_url));
  const std::lock_guard lock(mutex_);
  dispatcher_.configure(std::move(setup), clock_.now());
  wake();
}

bool Notifier::post(std::vector<Alert> alerts) {
  const uint64_t dropped = batches_.dropped();
  batches_.post(std::move(alerts));
  {
    const std::lock_guard lock(mutex_);
    wake();
  }
  return batches_.dropped() == dropped;
}

void Notifier::put(std::vector<Alert> alerts) {
  const std::lock_guard lock(mutex_);
  const TimeMs now = clock_.now();
  for (Alert& alert : alerts) alert = dispatcher_.complete(std::move(alert), now);
  dispatcher_.put(alerts, now);
  wake();
}

void Notifier::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const uint64_t seen = changes_;
    const TimeMs now = clock_.now();
    while (auto batch = batches_.try_take()) {
      for (Alert& alert : *batch) alert = dispatcher_.complete(std::move(alert), now);
      dispatcher_.put(*batch, now);
    }
    const size_t waiting = dispatcher_.waiting();
    dispatcher_.run_due(now);
    if (dispatcher_.waiting() != waiting) wake();
    const auto wait = std::clamp<std::chrono::milliseconds>(dispatcher_.due() - clock_.now(), std::chrono::milliseconds(1), kSleepMax);
    changed_.wait_for(lock, stop, wait, [&] { return changes_ != seen; });
  }
}

void Notifier::send(const std::stop_token& stop) {
  const auto transport = transports_();
  while (!stop.stop_requested()) {
    std::unique_lock lock(mutex_);
    const uint64_t seen = changes_;
    const auto job = dispatcher_.take(clock_.now());
    if (!job) {
      const auto wait = std::clamp<std::chrono::milliseconds>(dispatcher_.due() - clock_.now(), std::chrono::milliseconds(1), kSleepMax);
      changed_.wait_for(lock, stop, wait, [&] { return changes_ != seen; });
      continue;
    }
    ++in_flight_;
    lock.unlock();
    const TryOutcome outcome = transport->deliver(*job, abort_.get_token());
    lock.lock();
    --in_flight_;
    // A try that was broken off stays in the journal as one that waits.
    if (!abort_.stop_requested() || outcome.result) dispatcher_.finish(*job, outcome, clock_.now());
    wake();
  }
}

Result<std::string> Notifier::put_silence(Silence silence) {
  const std::lock_guard lock(mutex_);
  return dispatcher_.put_silence(std::move(silence), clock_.now());
}
Result<void> Notifier::expire_silence(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return dispatcher_.expire_silence(id, clock_.now());
}
std::vector<Silence> Notifier::silences() const {
  const std::lock_guard lock(mutex_);
  std::vector<Silence> out;
  for (const auto& [id, silence] : dispatcher_.silences()) out.push_back(silence);
  return out;
}
Result<void> Notifier::acknowledge(uint64_t fingerprint, Acknowledgement acknowledgement) {
  const std::lock_guard lock(mutex_);
  return dispatcher_.acknowledge(fingerprint, std::move(acknowledgement), clock_.now());
}
Result<void> Notifier::unacknowledge(uint64_t fingerprint) {
  const std::lock_guard lock(mutex_);
  return dispatcher_.unacknowledge(fingerprint);
}
std::vector<AlertStatus> Notifier::alerts() const {
  const std::lock_guard lock(mutex_);
  return dispatcher_.alerts(clock_.now());
}
std::vector<GroupStatus> Notifier::groups() const {
  const std::lock_guard lock(mutex_);
  return dispatcher_.groups(clock_.now());
}
Result<std::vector<DeliveryEntry>> Notifier::deliveries(size_t count_max, int64_t before, std::string_view state, std::string_view receiver) const {
  const std::lock_guard lock(mutex_);
  return journal_.deliveries(count_max, before, state, receiver);
}

Notifier::View Notifier::view() const {
  const std::lock_guard lock(mutex_);
  const TimeMs now = clock_.now();
  View out{.counts = dispatcher_.counts(),
           .batches_dropped = batches_.dropped(),
           .waiting = dispatcher_.waiting(),
           .alerts = dispatcher_.alerts_known(),
           .groups = dispatcher_.groups_known(),
           .config_shown = dispatcher_.setup().config.shown,
           .receivers = {}};
  for (const auto& [id, silence] : dispatcher_.silences()) out.silences_active += silence.active(now);
  for (const Receiver& receiver : dispatcher_.setup().config.receivers) out.receivers.push_back(receiver.name);
  return out;
}

}  // namespace monitorai::forward

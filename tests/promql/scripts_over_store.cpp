// The test scripts of PromQL over the real metric store: as it is written, with tiny chunks, and after a restart.

#include <gtest/gtest.h>

#include "base/pool.h"
#include "query/promql/testing/script_runner.h"
#include "store/metrics/fixture.h"

namespace monitorai {
namespace {

enum class How { plain, tiny_chunks, flushed_and_reopened };

class StoreStorage final : public query::ScriptStorage {
 public:
  explicit StoreStorage(How how) : how_(how), fixture_(settings(how)) {
    // Scripts begin in 1970 and go on for weeks: all of it is the past, and none of it too old.
    fixture_.clock.set({std::chrono::milliseconds(kNow).count()});
  }

  Result<void> add(const signals::Labels& labels, const std::vector<signals::Sample>& samples) override {
    changed_ = true;
    MAI_TRY_ASSIGN(const signals::WriteOutcome outcome, fixture_.try_write(labels, samples));
    // A second `load` of the same series may repeat times: the first value stays, as in Prometheus.
    const size_t lost = outcome.too_old + outcome.too_new + outcome.over_limit + outcome.invalid;
    if (lost > 0) return Error{Code::invalid, outcome.first_problem};
    return {};
  }

  const signals::MetricSource& source() override {
    if (std::exchange(changed_, false) && how_ == How::flushed_and_reopened) {
      EXPECT_TRUE(fixture_.store->flush().has_value());
      fixture_.reopen();
    }
    return *fixture_.store;
  }

 private:
  static constexpr std::chrono::hours kNow{24 * 365};
  static store::Settings settings(How how) {
    store::Settings out;
    out.retention = kNow * 2;
    out.out_of_order_window = kNow;
    if (how == How::tiny_chunks) out.chunk = {4, 1};
    return out;
  }

  How how_;
  store::Fixture fixture_;
  bool changed_ = false;
};

size_t run_all(const std::filesystem::path& folder, How how) {
  Pool pool(2);
  const query::Engine engine({}, pool, query::script_options());
  size_t passed = 0;
  if (!std::filesystem::exists(folder)) return 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".test") continue;
    const auto text = read_file(entry.path(), 64 << 20);
    EXPECT_TRUE(text.has_value());
    const auto report = query::run_script(*text, engine, [&] { return std::make_unique<StoreStorage>(how); });
    for (const auto& failure : report.failures)
      ADD_FAILURE() << entry.path().filename().string() << ":" << failure.line << ": " << failure.message;
    passed += report.passed;
  }
  return passed;
}

TEST(ScriptsOverStore, own_scripts) { EXPECT_GT(run_all(MAI_SOURCE_DIR "/tests/promql", How::plain), 390u); }
TEST(ScriptsOverStore, own_scripts_with_tiny_chunks) { run_all(MAI_SOURCE_DIR "/tests/promql", How::tiny_chunks); }
TEST(ScriptsOverStore, own_scripts_after_a_restart) { run_all(MAI_SOURCE_DIR "/tests/promql", How::flushed_and_reopened); }

TEST(ScriptsOverStore, scripts_of_prometheus) {
  if (!std::filesystem::exists(MAI_SOURCE_DIR "/../shared/promqltest")) GTEST_SKIP() << "../shared/promqltest is not there";
  EXPECT_GT(run_all(MAI_SOURCE_DIR "/../shared/promqltest", How::plain), 700u);
}

TEST(ScriptsOverStore, scripts_of_prometheus_after_a_restart) {
  if (!std::filesystem::exists(MAI_SOURCE_DIR "/../shared/promqltest")) GTEST_SKIP() << "../shared/promqltest is not there";
  run_all(MAI_SOURCE_DIR "/../shared/promqltest", How::flushed_and_reopened);
}

}  // namespace
}  // namespace monitorai

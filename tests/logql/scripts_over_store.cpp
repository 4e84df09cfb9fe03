// The test scripts of LogQL over the real log store: as it is written, with tiny blocks, and after a restart.

#include <gtest/gtest.h>

#include "base/pool.h"
#include "query/logql/testing/log_script_runner.h"
#include "store/logs/fixture.h"

namespace monitorai {
namespace {

enum class How { plain, tiny_blocks, flushed_and_reopened };

class StoreStorage final : public query::LogScriptStorage {
 public:
  explicit StoreStorage(How how) : how_(how), fixture_(settings(how)) {
    // Scripts begin in 1970 and go on for decades: all of it is the past, and none of it too old.
    fixture_.clock.set({std::chrono::milliseconds(kNow).count()});
  }

  Result<void> add(const signals::Labels& stream, std::vector<query::MemoryLogSource::StoredLine> lines) override {
    changed_ = true;
    std::vector<store::Line> stored;
    for (auto& line : lines) stored.push_back({line.time.ns, std::move(line.line), std::move(line.metadata)});
    MAI_TRY_ASSIGN(const signals::LogWriteOutcome outcome, fixture_.try_write(stream, stored));
    if (outcome.refused() + outcome.duplicates > 0) return Error{Code::invalid, outcome.first_problem + " (or a duplicate)"};
    return {};
  }

  const signals::LogSource& source() override {
    if (std::exchange(changed_, false) && how_ == How::flushed_and_reopened) {
      EXPECT_TRUE(fixture_.store->flush().has_value());
      fixture_.reopen();
    }
    return *fixture_.store;
  }

 private:
  static constexpr std::chrono::hours kNow{24 * 365 * 60};
  static store::LogSettings settings(How how) {
    store::LogSettings out;
    out.retention = kNow * 2;
    out.out_of_order_window = kNow;
    if (how == How::tiny_blocks) out.block_bytes = 64;
    return out;
  }

  How how_;
  store::LogFixture fixture_;
  bool changed_ = false;
};

size_t run_all(How how) {
  Pool pool(2);
  const query::LogQlEngine engine({}, pool);
  size_t passed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(MAI_SOURCE_DIR "/tests/logql")) {
    if (entry.path().extension() != ".test") continue;
    const auto text = read_file(entry.path(), 64 << 20);
    EXPECT_TRUE(text.has_value());
    const auto report = query::run_log_script(*text, engine, [&] { return std::make_unique<StoreStorage>(how); });
    for (const auto& failure : report.failures)
      ADD_FAILURE() << entry.path().filename().string() << ":" << failure.line << ": " << failure.message;
    passed += report.passed;
  }
  return passed;
}

TEST(LogScriptsOverStore, pass) { EXPECT_GT(run_all(How::plain), 540u); }
TEST(LogScriptsOverStore, pass_with_tiny_blocks) { run_all(How::tiny_blocks); }
TEST(LogScriptsOverStore, pass_after_a_restart) { run_all(How::flushed_and_reopened); }

}  // namespace
}  // namespace monitorai

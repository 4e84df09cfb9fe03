#include "app/demo/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace monitorai::app::demo {
namespace {

/// Sets variables of this process for one test and removes them again.
class Environment {
 public:
  explicit Environment(const std::vector<std::string>& variables) {
    for (const std::string& variable : variables) {
      const size_t equals = variable.find('=');
      names_.push_back(variable.substr(0, equals));
      ::setenv(names_.back().c_str(), variable.substr(equals + 1).c_str(), 1);
    }
  }
  ~Environment() {
    for (const std::string& name : names_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::string> names_;
};

ProcessSettings some() {
  return {.part = find_part("vllm-worker-1"), .folder = "/tmp/with space=and equals", .logs = "/x/logs", .port = 8123, .seed = 18'446'744'073'709'551'615U,
          .epoch_ns = 42, .parent_pid = 4711, .keep_logs = true};
}

std::string problem(std::vector<std::string> change) {
  std::vector<std::string> variables = to_environment(some());
  variables.insert(variables.end(), change.begin(), change.end());
  const Environment environment(variables);
  const auto read = settings_from_environment();
  if (!read) return "not simulated";
  return *read ? "fine" : read->error().message;
}

TEST(DemoSettings, travel_through_the_environment) {
  const Environment environment(to_environment(some()));
  const auto read = settings_from_environment();
  ASSERT_TRUE(read && *read);
  const ProcessSettings& settings = **read;
  EXPECT_EQ(settings.part, some().part);
  EXPECT_EQ(settings.folder, some().folder);
  EXPECT_EQ(settings.logs, some().logs);
  EXPECT_EQ(settings.port, some().port);
  EXPECT_EQ(settings.seed, some().seed);
  EXPECT_EQ(settings.epoch_ns, some().epoch_ns);
  EXPECT_EQ(settings.parent_pid, some().parent_pid);
  EXPECT_TRUE(settings.keep_logs);
  EXPECT_THAT(to_environment(some()), testing::Contains("MONITORAI_SIMULATED=1"));
}

TEST(DemoSettings, an_ordinary_process_is_not_simulated) { EXPECT_FALSE(settings_from_environment().has_value()); }

TEST(DemoSettings, a_wrong_variable_is_named) {
  const auto f = [](const char* change) { return problem({change}); };
  EXPECT_EQ(problem({}), "fine");
  EXPECT_EQ(f("MONITORAI_DEMO_PART="), "not simulated");
  EXPECT_EQ(f("MONITORAI_DEMO_PART=gpt5"), "cannot simulate \"gpt5\": there is no such part");
  EXPECT_EQ(f("MONITORAI_DEMO_PORT=65536"), "cannot read MONITORAI_DEMO_PORT: \"65536\" is no number in range");
  EXPECT_EQ(f("MONITORAI_DEMO_SEED=-1"), "cannot read MONITORAI_DEMO_SEED: \"-1\" is no number in range");
  EXPECT_EQ(f("MONITORAI_DEMO_PARENT="), "cannot read MONITORAI_DEMO_PARENT: \"\" is no number in range");
  EXPECT_EQ(f("MONITORAI_DEMO_LOGS=logs"), "cannot read MONITORAI_DEMO_FOLDER and MONITORAI_DEMO_LOGS: both must be absolute paths");
}

}  // namespace
}  // namespace monitorai::app::demo

#include "app/commands.h"

namespace monitorai::app {

std::vector<Command> all_commands() {
  // clang-format off: one a line, so that two additions do not meet
  return {
      serve_command(),
      detect_command(),
      ps_command(),
      query_command(),
      logs_command(),
      import_command(),
      backfill_command(),
      drift_command(),
      model_add_command(),
      model_list_command(),
      score_command(),
      demo_command(),
      check_config_command(),
      check_metrics_command(),
      check_rules_command(),
      check_alerting_command(),
      test_rules_command(),
      silence_add_command(),
      silence_list_command(),
      silence_expire_command(),
      passwd_command(),
      completion_command(),
      version_command(),
  };
  // clang-format on
}

}  // namespace monitorai::app

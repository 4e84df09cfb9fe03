#pragma once
// Every command of the program, one function a file in app/commands/.

#include "app/command.h"

namespace monitorai::app {

Command ps_command();
Command query_command();
Command logs_command();
Command import_command();
Command backfill_command();
Command model_add_command();
Command model_list_command();
Command drift_command();
Command score_command();
Command demo_command();
Command serve_command();
Command detect_command();
Command check_config_command();
Command check_metrics_command();
Command check_rules_command();
Command check_alerting_command();
Command silence_add_command();
Command silence_list_command();
Command silence_expire_command();
Command test_rules_command();
Command passwd_command();
Command completion_command();
Command version_command();

/// All of them, in the order in which --help lists them.
std::vector<Command> all_commands();

}  // namespace monitorai::app

#include "app/commands.h"

namespace monitorai::app {

std::vector<Command> all_commands() {
  return {
      serve_command(),
      detect_command(),
      demo_command(),
      check_config_command(),
      version_command(),
  };
}

}  // namespace monitorai::app

#include "app/commands.h"
#include "app/demo/process.h"

int main(int argc, char** argv) {
  if (const auto code = monitorai::app::demo::run_if_simulated()) return *code;
  return monitorai::app::run_command_line(monitorai::app::all_commands(), argc, argv);
}

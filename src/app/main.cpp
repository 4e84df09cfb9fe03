#include "app/commands.h"

int main(int argc, char** argv) { return monitorai::app::run_command_line(monitorai::app::all_commands(), argc, argv); }

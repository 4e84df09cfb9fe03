#include <cstdio>
#include <memory>

#include "app/commands.h"

namespace monitorai::app {

Command version_command() {
  auto json = std::make_shared<bool>(false);
  return {.name = "version",
          .summary = "Print the version",
          .description = "Prints the version of this program.",
          .declare = [json](Options& options) { options.flag("--json", *json, "Print one JSON object"); },
          .run =
              [json] {
                std::puts(*json ? R"({"version":")" MAI_VERSION R"("})" : "monitorai " MAI_VERSION);
                return 0;
              }};
}

}  // namespace monitorai::app

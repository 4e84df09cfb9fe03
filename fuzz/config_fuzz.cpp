// Configuration files: whatever the bytes are, reading ends with a configuration or with problems that name the file.

#include "app/config/schema.h"

using namespace monitorai;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::vector<app::Problem> problems;
  app::Config config;
  app::read_config(app::read_yaml({reinterpret_cast<const char*>(bytes), size}, "f.yml", problems), "f.yml", config, problems);
  for (const app::Problem& problem : problems) MAI_CHECK(problem.where.starts_with("f.yml:") && !problem.text.empty());
  // What was read is in range, so it prints, and what is printed reads back as the same.
  for (const app::Key& key : app::config_keys()) {
    std::vector<app::Problem> found;
    const std::string printed = key.print(config);
    const app::YamlNode node = app::read_yaml("k: " + printed, "f.yml", found);
    app::Config again;
    key.read(node.entries.at(0).value, "f.yml", again, found);
    MAI_CHECK(found.empty() && key.print(again) == printed);
  }
  return 0;
}

// Rule files and the templates in them: nothing a file holds may crash, hang or take the memory. The first byte chooses.

#include <string_view>

#include "judge/rules/alert_template.h"
#include "judge/rules/rule_file.h"
#include "judge/rules/unit_test_file.h"

namespace {

using namespace monitorai;

void expand(std::string_view text) {
  const auto made = judge::AlertTemplate::parse(text, "Fuzz");
  if (!made) return;
  const signals::Labels labels{{"__name__", "up"}, {"instance", "a.b:80"}};
  const judge::RuleQuery query = [](std::string_view, TimeMs) -> Result<std::vector<judge::VectorSample>> {
    return std::vector<judge::VectorSample>{{{{"i", "1"}}, 1}, {{{"i", "2"}}, -1e300}};
  };
  const judge::TemplateSurroundings around{{{"region", "eu"}}, "http://h/p"};
  const auto output = made->expand({labels, 1234.5, {1'700'000'000'000}, query, around});
  if (output && output->size() > (size_t{64} << 10)) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0: {
      const judge::ReadRules read = judge::read_rules(text, "f.yml");
      if (!read.problems.empty() && !read.groups.empty()) __builtin_trap();
      (void)judge::duplicate_rules(read.groups);
      break;
    }
    case 1:
      expand(text);
      break;
    default: {
      std::vector<yaml::Problem> problems;
      (void)judge::read_unit_tests(text, "f.yml", problems);
    }
  }
  return 0;
}

#include "app/serve/own_rules.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace monitorai::app {
namespace {

constexpr const char* kGood = "groups:\n- name: mine\n  rules:\n  - {alert: A, expr: up == 0}\n";

class OwnRulesTest : public testing::Test {
 protected:
  std::string kept() const { return read_file(file_, 1 << 20).value_or("(no file)"); }
  std::string version() const { return rules_.read()->version; }

  TemporaryDirectory folder_;
  const std::filesystem::path file_ = OwnRules::file_in(folder_.path());
  std::string wrong_;    ///< what a reload answers
  std::string running_;  ///< what stood in the file at the newest reload that went well
  OwnRules rules_{file_, [this] {
                    if (wrong_.empty()) running_ = kept();
                    return wrong_;
                  }};
};

TEST_F(OwnRulesTest, are_checked_with_the_place_of_each_problem) {
  const auto f = [&](const std::string& text) {
    std::string out;
    for (const auto& one : rules_.check(text).problems) out += fmt::format("{}:{} {}\n", one.line, one.column, one.text.substr(0, 40));
    return out;
  };
  EXPECT_EQ(f(kGood), "");
  EXPECT_EQ(f(""), "");
  EXPECT_EQ(f("groups:\n- name: g\n  rules:\n  - {alert: A, expr: 'sum('}\n").substr(0, 5), "4:22 ");
  EXPECT_EQ(f("groups: []\n\ngroups: []\n"), "3:1 key groups stands here a second time (th\n");
  EXPECT_EQ(f("groups:\n- name: [").substr(0, 2), "2:");
  EXPECT_NE(f("groups: [{name: g, rules: [{alert: A, expr: up, annotations: {a: '{{ $x }}'}}]}]"), "");
  EXPECT_NE(f("groups: [] #" + std::string(kOwnRulesBytesMax, 'x')).find("too long"), std::string::npos);
  const serve::RuleCheck twice = rules_.check("groups: [{name: g, rules: [{alert: A, expr: up}, {alert: A, expr: down}]}]");
  EXPECT_EQ(twice.warnings.size(), 1U);
  EXPECT_EQ(twice.rules, 2U);
  EXPECT_EQ(twice.groups, 1U);
}

TEST_F(OwnRulesTest, run_once_they_are_saved_and_end_with_an_empty_text) {
  EXPECT_EQ(rules_.read()->text, "");
  const auto saved = rules_.save(kGood, version());
  ASSERT_TRUE(saved && *saved);
  EXPECT_EQ((*saved)->text, kGood);
  EXPECT_EQ((*saved)->version, version());
  EXPECT_EQ(running_, kGood);
  ASSERT_TRUE(rules_.save(" \n", version()));
  EXPECT_EQ(kept(), "(no file)");
  EXPECT_EQ(running_, "(no file)");
}

TEST_F(OwnRulesTest, that_cannot_run_leave_what_was_kept) {
  ASSERT_TRUE(rules_.save(kGood, version()));
  wrong_ = "monitorai.yml:3: unknown key";
  const auto refused = rules_.save("groups: []\n", version());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("monitorai.yml:3"), std::string::npos);
  EXPECT_EQ(kept(), kGood);
  EXPECT_EQ(running_, kGood);
}

TEST_F(OwnRulesTest, of_an_older_version_are_not_overwritten) {
  const std::string old = version();
  ASSERT_TRUE(*rules_.save(kGood, old));
  const auto second = rules_.save("groups: []\n", old);
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second);
  EXPECT_EQ(kept(), kGood);
}

}  // namespace
}  // namespace monitorai::app

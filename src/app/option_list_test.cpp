#include "app/option_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace monitorai::app {
namespace {

using testing::HasSubstr;

bool g_flag;
std::string g_text;
std::vector<std::string> g_texts;

std::vector<Command> commands() {
  return {{.name = "look",
           .summary = "Look at it",
           .description = "Looks.",
           .declare =
               [](Options& options) {
                 options.flag("-w,--watch", g_flag, "Again and again, 'til the [end]: always");
                 options.value("--file", g_text, "Where", "FILE");
                 options.values("--set", g_texts, "A key", "KEY=VALUE");
                 options.positional("PID", g_text, "Which", true);
               },
           .run = [] { return 0; }},
          {.name = "check one", .summary = "Check one", .description = "Checks.", .declare = {}, .run = [] { return 0; }},
          {.name = "check two", .summary = "Check two", .description = "Checks.", .declare = {}, .run = [] { return 0; }}};
}

TEST(OptionList, tells_what_a_command_declares) {
  const auto options = options_of(commands()[0]);
  ASSERT_EQ(options.size(), 4u);
  EXPECT_THAT(options[0].names, testing::ElementsAre("-w", "--watch"));
  EXPECT_EQ(options[0].placeholder, "");
  EXPECT_EQ(options[1].placeholder, "FILE");
  EXPECT_TRUE(options[2].repeatable);
  EXPECT_TRUE(options[3].positional && options[3].required);
}

TEST(Help, lists_commands_and_options) {
  EXPECT_THAT(help_of(commands()), testing::AllOf(HasSubstr("\n  look        Look at it\n"), HasSubstr("\n  check one   Check one\n")));
  const std::string help = help_of(commands()[0]);
  EXPECT_THAT(help, HasSubstr("usage: monitorai look [options] PID\n"));
  EXPECT_THAT(help, HasSubstr("\n  -w, --watch                 Again and again"));
  EXPECT_THAT(help, HasSubstr("\n      --set KEY=VALUE         A key\n"));
}

TEST(Help, folds_long_texts_into_their_column) {
  std::string description;
  for (int i = 0; i < 60; ++i) description += "word ";
  Command command = commands()[1];
  command.declare = [&](Options& options) { options.flag("--long", g_flag, description); };
  const std::string help = help_of(command);
  for (size_t start = 0, end; (end = help.find('\n', start)) != std::string::npos; start = end + 1) EXPECT_LE(end - start, 100u);
}

TEST(FindCommand, takes_the_longest_name) {
  const auto f = [](std::vector<std::string> words) {
    const auto found = find_command(commands(), words);
    return found ? fmt::format("{} {}", found->index, found->words) : std::string("none");
  };
  EXPECT_EQ(f({"look"}), "0 1");
  EXPECT_EQ(f({"look", "4711"}), "0 1");
  EXPECT_EQ(f({"check", "two", "x"}), "2 2");
  EXPECT_EQ(f({"check"}), "none");
  EXPECT_EQ(f({"loo"}), "none");
  EXPECT_EQ(f({}), "none");
}

TEST(Completion, has_a_script_for_each_shell) {
  const auto f = [](std::string_view shell) { return completion_script(commands(), shell); };
  EXPECT_THAT(f("bash"), testing::AllOf(HasSubstr("'look check --help --version'"), HasSubstr("'check'*) words='one two'"),
                                        HasSubstr("--file) COMPREPLY")));
  EXPECT_THAT(f("zsh"),
              testing::AllOf(HasSubstr("#compdef monitorai"), HasSubstr("'--watch[Again and again, '\\''til the \\[end\\]\\: always]'")));
  EXPECT_THAT(f("fish"), testing::AllOf(HasSubstr("-n __fish_use_subcommand -a look -d 'Look at it'"), HasSubstr(" -s w -l watch "),
                                        HasSubstr("'\\''til")));
  EXPECT_EQ(f("tcsh"), "");
}

}  // namespace
}  // namespace monitorai::app

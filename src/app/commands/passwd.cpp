#include <termios.h>
#include <unistd.h>

#include <cstdio>

#include "app/commands.h"
#include "base/files.h"
#include "base/text.h"
#include "serve/password.h"

namespace monitorai::app {
namespace {

constexpr size_t kTokenBytes = 24;

/// Turns the echo of a terminal off while it lives.
class Unseen {
 public:
  Unseen() {
    if (!::isatty(STDIN_FILENO) || ::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~Unseen() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

/// A line of stdin without its end, at most `bytes_max` of it; nullopt at the end of input.
std::optional<std::string> read_line(size_t bytes_max) {
  std::string line;
  for (char c = 0;;) {
    const ssize_t n = ::read(STDIN_FILENO, &c, 1);
    if (n <= 0) return line.empty() ? std::nullopt : std::optional(line);
    if (c == '\n') return line;
    if (line.size() < bytes_max) line += c;
  }
}

std::optional<std::string> ask(std::string_view prompt) {
  const bool terminal = ::isatty(STDIN_FILENO) == 1;
  if (terminal) fmt::print(stderr, "{}", prompt);
  auto line = read_line(serve::kPasswordBytesMax + 1);
  if (terminal) fmt::print(stderr, "\n");
  return line;
}

int make_password() {
  const Unseen unseen;
  const auto password = ask("Password: ");
  if (!password) {
    fmt::print(stderr, "monitorai passwd: no password was given\n");
    return 1;
  }
  if (::isatty(STDIN_FILENO) && ask("Again: ") != password) {
    fmt::print(stderr, "monitorai passwd: the two differ\n");
    return 1;
  }
  const auto hash = serve::hash_password(*password);
  if (!hash) {
    fmt::print(stderr, "monitorai passwd: {}\n", hash.error().message);
    return 1;
  }
  if (::isatty(STDOUT_FILENO)) fmt::print("auth:\n  password_hash: ");
  fmt::print("{}\n", *hash);
  return 0;
}

int make_token(const std::string& name, bool write) {
  const std::string token = "mai_" + serve::random_hex(kTokenBytes);
  fmt::print("# the token, shown this once: {}\nauth:\n  tokens:\n    - name: {}\n      sha256: {}\n      scope: {}\n", token, json_string(name),
             serve::sha256_hex(token), write ? "write" : "read");
  return 0;
}

}  // namespace

Command passwd_command() {
  auto token = std::make_shared<std::string>();
  auto write = std::make_shared<bool>(false);
  return {.name = "passwd",
          .summary = "Make a password hash or a token for the configuration",
          .description =
              "Asks for a password (on a terminal twice, without showing it; otherwise one line of stdin) and prints its scrypt\n"
              "hash for the key auth.password_hash. With --token it makes a random token instead.",
          .declare =
              [token, write](Options& options) {
                options.value("--token", *token, "Make a token for this scraper or script", "NAME");
                options.flag("--write", *write, "Let the token push data, reload and silence, too; without it it may only read");
              },
          .run = [token, write] { return token->empty() ? make_password() : make_token(*token, *write); }};
}

}  // namespace monitorai::app

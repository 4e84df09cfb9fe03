#pragma once
// Secrets never leave the collector: what a command line or an environment carries is redacted before it is stored, shown or logged.
// Redacted are values of flags and variables whose names speak of secrets, passwords within URLs, and words that have the form of a
// known kind of token. When in doubt a word is redacted. Pure, thread-safe.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitorai::collect {

inline constexpr std::string_view kRedacted = "***";
/// Longer command lines are cut, with "..." at the end.
inline constexpr size_t kCommandLineBytesMax = 4096;

/// "api-key", "HF_TOKEN", "password", "db_passwd", ...: names of secrets. Not "tokenizer", "max-tokens", "tokens".
bool is_secret_name(std::string_view name);
/// One piece of text: tokens, URLs with a password, `NAME=secret` and `--flag secret` within it.
std::string redact_text(std::string_view text);
/// A command line, word by word; a secret value may stand in the word after its flag.
std::vector<std::string> redact_words(std::span<const std::string> argv);
/// The same as one line of valid UTF-8 for people: words with blanks are quoted, control characters escaped, at most kCommandLineBytesMax.
std::string redact_command_line(std::span<const std::string> argv);

/// The names of environment variables that may be read at all: those that name models, ports, ranks, containers. Nothing else is kept.
bool environment_name_allowed(std::string_view name);
/// Only allowed names, with redacted values.
std::map<std::string, std::string> redact_environment(const std::map<std::string, std::string>& environment);

}  // namespace monitorai::collect

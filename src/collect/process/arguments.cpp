#include "collect/process/arguments.h"

#include "base/text.h"
#include "collect/process/argv.h"

namespace monitorai::collect {
namespace {

constexpr size_t kArgumentsMax = 2048;  // further words of a command line are not looked at

// Switches of the programs we know that stand before a positional word in practice.
constexpr std::string_view kSwitches[] = {"trust-remote-code",
                                          "verbose",
                                          "debug",
                                          "help",
                                          "version",
                                          "quiet",
                                          "metrics",
                                          "reload",
                                          "standalone",
                                          "api",
                                          "listen-all",
                                          "share",
                                          "async-scheduling",
                                          "eager",
                                          "json-output",
                                          "sharded",
                                          "offline",
                                          "mlock",
                                          "embedding",
                                          "embeddings",
                                          "reranking",
                                          "jinja",
                                          "cont-batching",
                                          "fp16",
                                          "bf16",
                                          "fp8",
                                          "load-in-4bit",
                                          "load-in-8bit",
                                          "use-cpu",
                                          "cpu",
                                          "headless",
                                          "calculate-kv-scales",
                                          "data-parallel-hybrid-lb",
                                          "data-parallel-external-lb",
                                          "log-disable",
                                          "webui",
                                          "factory",
                                          "proxy-headers",
                                          "access-log",
                                          "multi-gpu",
                                          "mlx-engine",
                                          "ollama-engine",
                                          "force",
                                          "dev",
                                          "streaming",
                                          "stream",
                                          "interactive",
                                          "chat",
                                          "cnv",
                                          "fa",
                                          "oversubscribe",
                                          "allow-run-as-root",
                                          "tag-output",
                                          "use-hwthread-cpus"};
// Flags that take all the words up to the next flag.
constexpr std::string_view kListFlags[] = {"served-model-name", "lora-modules", "prompt-adapters", "allowed-origins", "hosts", "adapters"};

bool is_switch(std::string_view name) {
  return name.starts_with("enable-") || name.starts_with("disable-") || name.starts_with("no-") || name.starts_with("do-") ||
         name.starts_with("is-") || name.starts_with("skip-") ||
         std::find(std::begin(kSwitches), std::end(kSwitches), name) != std::end(kSwitches);
}

bool is_number(std::string_view word) {
  return word.find_first_of("0123456789") != std::string_view::npos && word.find_first_not_of("-+.0123456789eE") == std::string_view::npos;
}
bool is_flag_word(std::string_view word) { return word.size() > 1 && word[0] == '-' && !is_number(word); }

bool is_key(std::string_view key) {
  return !key.empty() &&
         key.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-") == std::string_view::npos;
}

std::string flag_name(std::string_view dashed) {
  if (!dashed.starts_with("--")) {
    std::string name(dashed.substr(1));
    for (char& c : name)
      if (c == '_') c = '-';
    return name;
  }
  return normalised(dashed.substr(2));
}

// What a shell would have taken away, in recorded lines that kept it.
std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
    return value.substr(1, value.size() - 2);
  return value;
}

}  // namespace

Arguments::Arguments(std::span<const std::string> arguments) {
  arguments = arguments.first(std::min(arguments.size(), kArgumentsMax));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (!is_flag_word(word)) {
      words_.push_back(unquoted(word));
      if (const size_t equals = word.find('='); equals != std::string_view::npos) {
        std::string_view key = word.substr(0, equals);
        while (key.starts_with('+')) key.remove_prefix(1);
        if (is_key(key)) flags_.push_back({normalised(key), unquoted(word.substr(equals + 1))});
      }
      continue;
    }
    if (word == "--") continue;  // what follows is for another program, and as telling
    const size_t equals = word.find('=');
    if (equals != std::string_view::npos) {
      flags_.push_back({flag_name(word.substr(0, equals)), unquoted(word.substr(equals + 1))});
      continue;
    }
    Flag flag{flag_name(word), {}};
    const bool takes_value = !is_switch(flag.name) && i + 1 < arguments.size() && !is_flag_word(arguments[i + 1]);
    if (takes_value) flag.value = unquoted(arguments[++i]);
    const bool list = std::find(std::begin(kListFlags), std::end(kListFlags), flag.name) != std::end(kListFlags);
    flags_.push_back(std::move(flag));
    while (list && takes_value && i + 1 < arguments.size() && !is_flag_word(arguments[i + 1])) ++i;
  }
}

bool Arguments::has(std::string_view name) const {
  return std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
}

std::string_view Arguments::value(std::string_view name) const {
  const size_t bracket = name.find('[');
  const std::string_view flag_part = name.substr(0, bracket);
  for (const Flag& flag : flags_) {
    if (flag.name != flag_part || flag.value.empty()) continue;
    if (bracket == std::string_view::npos) return flag.value;
    const std::string_view key = name.substr(bracket + 1, name.size() - bracket - 2);
    for (const std::string_view part : split(flag.value, ','))
      if (part.size() > key.size() && part.starts_with(key) && part[key.size()] == '=') return part.substr(key.size() + 1);
  }
  return {};
}

}  // namespace monitorai::collect

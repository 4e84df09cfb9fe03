#include "collect/process/redact.h"

#include <algorithm>

#include "base/text.h"

namespace monitorai::collect {
namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool is_name_char(char c) { return is_alnum(c) || c == '_' || c == '-' || c == '.'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_secret_word(std::string_view word) {
  for (const std::string_view whole :
       {"pass",  "pwd",  "pw",  "auth", "authorization", "bearer", "cookie",     "cookies", "credential", "credentials",
        "creds", "cred", "pat", "sas",  "jwt",           "dsn",    "passphrase", "keys",    "otp",        "connectionstring"})
    if (word == whole) return true;
  for (const std::string_view part : {"secret", "password", "passwd", "apikey", "accesskey", "privatekey", "authkey"})
    if (word.find(part) != std::string_view::npos) return true;
  if (word == "monkey" || word == "turkey" || word == "hotkey" || word == "donkey") return false;
  return word.ends_with("token") || word.ends_with("key");
}

// A secret's name in a text, followed by its value: where the value begins and ends.
struct Span {
  size_t begin = 0;
  size_t end = 0;
};

Span value_after(std::string_view text, size_t at) {
  if (at < text.size() && text[at] == '\\') ++at;  // an escaped quote
  if (at < text.size() && is_quote(text[at])) {
    const size_t end = text.find(text[at], at + 1);
    return {at + 1, end == std::string_view::npos ? text.size() : end};
  }
  size_t end = at;
  while (end < text.size() && !is_blank(text[end]) && !is_quote(text[end])) ++end;
  return {at, end};
}

size_t skip_blanks(std::string_view text, size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

// `NAME=value`, `--flag value`, `"name": "value"`, `Header: value` anywhere in a text.
std::string without_named_secrets(std::string_view text) {
  std::string out;
  size_t copied = 0, at = 0;
  while (at < text.size()) {
    if (!is_name_char(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && is_name_char(text[end])) ++end;
    const std::string_view name = text.substr(at, end - at);
    const bool flag = name.starts_with('-');
    size_t next = end;
    if (!is_secret_name(name)) {
      at = end;
      continue;
    }
    if (next < text.size() && text[next] == '\\') ++next;
    if (next < text.size() && is_quote(text[next])) ++next;  // "api_key": ...
    const size_t separator = skip_blanks(text, next);
    const bool assigned = separator < text.size() && (text[separator] == '=' || text[separator] == ':');
    if (!assigned && !(flag && separator > next)) {
      // "Bearer abc" needs no separator.
      if (!(lower(name) == "bearer" && separator > next)) {
        at = end;
        continue;
      }
    }
    const size_t begin = skip_blanks(text, assigned ? separator + 1 : separator);
    Span value = value_after(text, begin);
    const std::string first = lower(text.substr(value.begin, value.end - value.begin));
    if (first == "bearer" || first == "basic" || first == "token") {
      const Span second = value_after(text, skip_blanks(text, value.end));
      value.end = std::max(value.end, second.end);
    }
    // What follows a flag may be the next flag: the secret was missing.
    if (!assigned && first.starts_with("--")) {
      at = end;
      continue;
    }
    if (value.end > value.begin) {
      out += text.substr(copied, value.begin - copied);
      out += kRedacted;
      copied = value.end;
    }
    at = std::max(value.end, end);
  }
  out += text.substr(copied);
  return out;
}

struct TokenForm {
  std::string_view prefix;
  size_t length_min;  // of what follows the prefix
  bool dashes;        // whether '-' and '_' may occur in it
};
constexpr TokenForm kTokenForms[] = {
    {"hf_", 8, false},   {"api_org_", 8, false}, {"sk-", 6, true},   {"sk_", 8, true},      {"pk_live_", 8, true}, {"rk_live_", 8, true},
    {"nvapi-", 6, true}, {"ghp_", 8, false},     {"gho_", 8, false}, {"ghu_", 8, false},    {"ghs_", 8, false},    {"github_pat_", 8, true},
    {"glpat-", 6, true}, {"xoxb-", 6, true},     {"xoxp-", 6, true}, {"xoxa-", 6, true},    {"AKIA", 12, false},   {"ASIA", 12, false},
    {"AIza", 12, true},  {"gsk_", 8, true},      {"r8_", 8, false},  {"pplx-", 8, false},   {"ya29.", 8, true},    {"dckr_pat_", 8, true},
    {"npm_", 16, false}, {"dapi", 24, false},    {"eyJ", 16, true},  {"wandb_", 16, false}, {"tgp_v1_", 8, true},  {"csk-", 8, true},
    {"xai-", 8, true},   {"fw_", 12, false}};

constexpr size_t kTokenBytesMin = 9;  // "sk-" and six more

std::string without_known_tokens(std::string_view text) {
  std::string out;
  size_t copied = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (at > 0 && is_alnum(text[at - 1])) continue;
    if (text.size() - at < kTokenBytesMin) break;
    for (const TokenForm& form : kTokenForms) {
      if (!text.substr(at).starts_with(form.prefix)) continue;
      size_t end = at + form.prefix.size();
      bool marked = form.prefix == "AKIA" || form.prefix == "ASIA" || form.prefix == "eyJ" || form.prefix == "AIza";
      const size_t begin = end;
      while (end < text.size() && (is_alnum(text[end]) || (form.dashes && (text[end] == '-' || text[end] == '_')) ||
                                   (form.prefix == "eyJ" && (text[end] == '.' || text[end] == '-')))) {
        marked |= (text[end] >= '0' && text[end] <= '9') || (text[end] >= 'A' && text[end] <= 'Z');
        ++end;
      }
      // A long or a mixed word: "hf_transfer" is a package, "hf_aB3..." a token.
      if (end - begin < form.length_min || !(marked || end - begin >= 24)) continue;
      out += text.substr(copied, at - copied);
      out += kRedacted;
      copied = end;
      at = end - 1;
      break;
    }
  }
  out += text.substr(copied);
  return out;
}

// scheme://user:password@host, scheme://token@host.
std::string without_url_passwords(std::string_view text) {
  std::string out;
  size_t copied = 0;
  for (size_t scheme = text.find("://"); scheme != std::string_view::npos; scheme = text.find("://", scheme + 3)) {
    const size_t begin = scheme + 3;
    size_t word_end = begin;
    while (word_end < text.size() && !is_blank(text[word_end]) && !is_quote(text[word_end])) ++word_end;
    const std::string_view rest = text.substr(begin, word_end - begin);
    size_t authority = rest.find_first_of("/?#");
    if (authority == std::string_view::npos) authority = rest.size();
    size_t at_sign = rest.substr(0, authority).rfind('@');
    const size_t colon = rest.find(':');
    if (at_sign == std::string_view::npos && colon != std::string_view::npos && colon < authority) {
      // A password with a '/' in it: then what follows the colon is no port.
      const std::string_view port = rest.substr(colon + 1, authority - colon - 1);
      if (port.empty() || port.find_first_not_of("0123456789") != std::string_view::npos) at_sign = rest.rfind('@');
    }
    if (at_sign == std::string_view::npos || at_sign == 0) continue;
    const size_t from = colon != std::string_view::npos && colon < at_sign ? begin + colon + 1 : begin;
    if (from == begin && !text.substr(0, scheme).ends_with("http") && !text.substr(0, scheme).ends_with("https")) continue;
    if (from < copied) continue;
    out += text.substr(copied, from - copied);
    out += kRedacted;
    copied = begin + at_sign;
  }
  out += text.substr(copied);
  return out;
}

bool contains_word(std::string_view name, std::string_view word) {
  for (size_t at = name.find(word); at != std::string_view::npos; at = name.find(word, at + 1)) {
    const bool begins = at == 0 || name[at - 1] == '_';
    const size_t end = at + word.size();
    if (begins && (end == name.size() || name[end] == '_' || name[end] == 'S')) return true;
  }
  return false;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  std::string word;
  const auto done = [&] {
    const bool secret = !word.empty() && is_secret_word(word);
    word.clear();
    return secret;
  };
  std::string whole;  // "api-key" and "apiKey" as "apikey"
  bool was_lower = false;
  for (const char c : name) {
    if (!is_alnum(c)) {
      if (done()) return true;
      was_lower = false;
      continue;
    }
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && was_lower && done()) return true;
    was_lower = !upper;
    word += to_lower(c);
    whole += to_lower(c);
  }
  if (done()) return true;
  for (const std::string_view part : {"apikey", "accesskey", "secret", "password", "passwd", "accesstoken", "authtoken"})
    if (whole.find(part) != std::string::npos) return true;
  return false;
}

std::string redact_text(std::string_view text) {
  if (text.size() < 3) return std::string(text);
  // Most texts can hold no secret of a kind, and pay for one look at their characters.
  const bool named = text.find_first_of("=:") != std::string_view::npos || text.find("--") != std::string_view::npos ||
                     text.find(" -") != std::string_view::npos || text.starts_with('-') || text.find("earer") != std::string_view::npos ||
                     text.find("EARER") != std::string_view::npos;
  if (!named) return without_known_tokens(text);
  return without_known_tokens(without_named_secrets(without_url_passwords(text)));
}

std::vector<std::string> redact_words(std::span<const std::string> argv) {
  std::vector<std::string> out;
  out.reserve(argv.size());
  enum class Next { plain, secret, secrets } next = Next::plain;
  for (size_t i = 0; i < argv.size(); ++i) {
    const std::string_view word = argv[i];
    const bool flag = word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
    if (next != Next::plain && !(flag && (word.starts_with("--") || next == Next::secrets))) {
      out.emplace_back(kRedacted);
      if (next == Next::secret) next = Next::plain;
      continue;
    }
    next = Next::plain;
    const size_t equals = word.find('=');
    const std::string_view name = word.substr(0, equals);
    const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), is_name_char);
    if (equals != std::string_view::npos && is_name && is_secret_name(name)) {
      out.push_back(std::string(word.substr(0, equals + 1)) + std::string(kRedacted));
      continue;
    }
    if (equals == std::string_view::npos && flag && is_name && is_secret_name(name)) {
      // vLLM's --api-key takes several.
      next = lower(name).ends_with("key") || lower(name).ends_with("keys") ? Next::secrets : Next::secret;
    } else if (const std::string last = lower(word.substr(word.size() - std::min<size_t>(word.size(), 7)));
               last.ends_with("bearer") || last.ends_with(" basic")) {
      next = Next::secret;
    } else if (word.ends_with(':') && is_secret_name(word)) {
      next = Next::secrets;
    } else if (i > 0 && (argv[i - 1] == "-u" || argv[i - 1] == "--user" || argv[i - 1] == "--proxy-user") &&
               word.find(':') != std::string_view::npos) {
      out.push_back(std::string(word.substr(0, word.find(':') + 1)) + std::string(kRedacted));
      continue;
    } else if (i > 0 && argv[i - 1] == "-p" && basename(argv[0]) == "sshpass") {
      out.emplace_back(kRedacted);
      continue;
    }
    out.push_back(redact_text(word));
  }
  return out;
}

std::string redact_command_line(std::span<const std::string> argv) {
  std::string out;
  // Enough words to fill the limit: the rest is not looked at.
  size_t words = 0, bytes = 0;
  while (words < argv.size() && bytes <= kCommandLineBytesMax) bytes += argv[words++].size() + 1;
  for (const std::string& word : redact_words(argv.first(words))) {
    if (!out.empty()) out += ' ';
    const bool quoted = word.empty() || word.find_first_of(" \t\n\"") != std::string::npos;
    if (quoted) out += '\'';
    for (const char c : word) {
      if (c == '\n') {
        out += "\\n";
      } else if (c == '\t') {
        out += "\\t";
      } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
        out += '?';
      } else {
        out += c;
      }
    }
    if (quoted) out += '\'';
  }
  out = to_valid_utf8(out);
  if (out.size() > kCommandLineBytesMax) {
    size_t cut = kCommandLineBytesMax - 3;
    while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xC0) == 0x80) --cut;
    out.resize(cut);
    out += "...";
  }
  return out;
}

bool environment_name_allowed(std::string_view name) {
  if (is_secret_name(name)) return false;
  for (const std::string_view exact : {"PORT",
                                       "HOST",
                                       "HOSTNAME",
                                       "RANK",
                                       "LOCAL_RANK",
                                       "WORLD_SIZE",
                                       "LOCAL_WORLD_SIZE",
                                       "MASTER_ADDR",
                                       "MASTER_PORT",
                                       "NUM_SHARD",
                                       "SM_NUM_GPUS",
                                       "CUDA_VISIBLE_DEVICES",
                                       "NVIDIA_VISIBLE_DEVICES",
                                       "ROCR_VISIBLE_DEVICES",
                                       "HF_HOME",
                                       "HF_HUB_CACHE",
                                       "HF_TASK",
                                       "TASK",
                                       "QUANTIZE",
                                       "REVISION",
                                       "JPY_PARENT_PID",
                                       "OLLAMA_HOST",
                                       "VLLM_PROCESS_NAME_PREFIX",
                                       "DYN_SYSTEM_PORT",
                                       "BACKEND",
                                       "LLAMA_SERVER_ROUTER_PORT",
                                       "LLAMA_APP_CMD",
                                       "CONDA_DEFAULT_ENV",
                                       "TRANSFORMERS_CACHE",
                                       "MONITORAI_SIMULATED",
                                       "INVOCATION_ID",
                                       "OMPI_COMM_WORLD_RANK",
                                       "SLURM_JOB_ID"})
    if (name == exact) return true;
  return name.starts_with("LLAMA_ARG_") || contains_word(name, "MODEL") || name == "LLM" || contains_word(name, "CHECKPOINT");
}

std::map<std::string, std::string> redact_environment(const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : environment)
    if (environment_name_allowed(name)) out.emplace(name, redact_text(value));
  return out;
}

}  // namespace monitorai::collect

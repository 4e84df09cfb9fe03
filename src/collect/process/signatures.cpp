#include "collect/process/signatures.h"

#include <algorithm>

#include "base/text.h"
#include "collect/process/argv.h"
#include "collect/process/signature_table.h"

namespace monitorai::collect {
namespace {

// "text-generation-webui*" matches "text-generation-webui-main".
bool component_matches(std::string_view pattern, std::string_view component) {
  if (pattern.size() > 1 && pattern.starts_with('*') && pattern.ends_with('*'))
    return component.find(pattern.substr(1, pattern.size() - 2)) != std::string_view::npos;
  if (pattern.ends_with('*')) return component.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == component;
}

// Whether the directories of a pattern are the last ones of a path: "lib/ollama" in "/usr/local/lib/ollama".
bool directories_match(std::string_view pattern, std::string_view path) {
  while (!pattern.empty()) {
    const std::string_view want = basename(pattern), have = basename(path);
    if (have.empty() || !component_matches(want, have)) return false;
    pattern = dirname(pattern);
    path = dirname(path);
  }
  return true;
}

}  // namespace

const std::vector<Signature>& builtin_signatures() {
  static const std::vector<Signature> table = [] {
    std::vector<Signature> t;
    add_gpu_engines(t);
    add_local_engines(t);
    add_python_llm_programs(t);
    add_other_ai(t);
    add_tools(t);
    return t;
  }();
  return table;
}

SignatureIndex::Pattern SignatureIndex::parse(const std::string& text, const Signature& signature) {
  Pattern out;
  const size_t equals = text.rfind('=');
  std::string_view name = std::string_view(text).substr(0, equals);
  if (equals != std::string::npos) {
    std::string_view role = std::string_view(text).substr(equals + 1);
    out.negative = role.starts_with('-');
    if (out.negative) role.remove_prefix(1);
    out.role = role;
  }
  out.shown = name;
  out.signature = &signature;
  if (name.ends_with('*')) {
    out.prefix = true;
    name.remove_suffix(1);
  } else if (name.starts_with('*')) {
    out.suffix = true;
    name.remove_prefix(1);
  }
  out.text = normalised(name);
  if (const size_t slash = out.text.rfind('/'); slash != std::string::npos) {
    out.directories = out.text.substr(0, slash);
    out.text.erase(0, slash + 1);
  }
  return out;
}

bool SignatureIndex::matches(const Pattern& pattern, std::string_view text) {
  if (pattern.prefix) return text.starts_with(pattern.text);
  if (pattern.suffix) return text.ends_with(pattern.text);
  return text == pattern.text;
}

void SignatureIndex::add(Table& table, const std::vector<std::string>& patterns, const Signature& signature) {
  for (const std::string& text : patterns) {
    Pattern pattern = parse(text, signature);
    if (pattern.text.empty() || pattern.suffix) {
      table.others.push_back(std::move(pattern));
    } else if (pattern.prefix) {
      table.prefixes[pattern.text[0]].push_back(std::move(pattern));
    } else {
      table.exact[pattern.text].push_back(std::move(pattern));
    }
  }
}

SignatureIndex::SignatureIndex(std::vector<Signature> user) : signatures_(std::move(user)) {
  const auto& builtin = builtin_signatures();
  signatures_.insert(signatures_.end(), builtin.begin(), builtin.end());
  for (const Signature& signature : signatures_) {
    add(titles_, signature.titles, signature);
    add(executables_, signature.executables, signature);
    add(scripts_, signature.scripts, signature);
    add(modules_, signature.modules, signature);
    add(libraries_, signature.libraries, signature);
    if (signature.commands.empty()) continue;
    auto& commands = commands_[&signature];
    for (const std::string& text : signature.commands) commands.push_back(parse(text, signature));
  }
}

std::vector<SignatureHit> SignatureIndex::find(const Table& table, const std::string& name, std::string_view path) {
  std::vector<const Pattern*> found;
  std::string directories;  // made when a pattern asks for them
  const auto consider = [&](const std::vector<Pattern>& patterns) {
    for (const Pattern& pattern : patterns) {
      if (!matches(pattern, name)) continue;
      if (!pattern.directories.empty()) {
        if (directories.empty()) directories = normalised(dirname(path));
        if (!directories_match(pattern.directories, directories)) continue;
      }
      found.push_back(&pattern);
    }
  };
  if (const auto it = table.exact.find(name); it != table.exact.end()) consider(it->second);
  if (!name.empty())
    if (const auto it = table.prefixes.find(name[0]); it != table.prefixes.end()) consider(it->second);
  consider(table.others);
  std::stable_sort(found.begin(), found.end(), [](const Pattern* a, const Pattern* b) { return a->length() > b->length(); });
  std::vector<SignatureHit> out;
  out.reserve(found.size());
  for (const Pattern* pattern : found) out.push_back({pattern->signature, pattern->shown, pattern->role, pattern->negative});
  return out;
}

std::vector<SignatureHit> SignatureIndex::titles(std::string_view title) const { return find(titles_, normalised(title), {}); }

std::vector<SignatureHit> SignatureIndex::executables(std::string_view name, std::string_view path) const {
  return find(executables_, std::string(name), path);
}

std::vector<SignatureHit> SignatureIndex::scripts(std::string_view name, std::string_view path) const {
  return find(scripts_, std::string(name), path);
}

std::vector<SignatureHit> SignatureIndex::modules(std::string_view name) const { return find(modules_, std::string(name), {}); }

SignatureHit SignatureIndex::command(const Signature& signature, const std::vector<std::string_view>& words, size_t& words_used) const {
  words_used = 0;
  SignatureHit best;
  const auto it = commands_.find(&signature);
  if (it == commands_.end()) return best;
  size_t best_length = 0;
  for (const Pattern& pattern : it->second) {
    const auto parts = split(pattern.text, ' ');
    const size_t count = pattern.text.empty() ? 0 : parts.size();
    if (count > words.size()) continue;
    bool same = true;
    for (size_t i = 0; i < count && same; ++i) {
      const std::string word = normalised(words[i]);
      same = i + 1 == count ? (pattern.prefix ? word.starts_with(parts[i]) : word == parts[i]) : word == parts[i];
    }
    const size_t length = pattern.text.size() + 1;
    if (!same || length <= best_length) continue;
    best_length = length;
    words_used = count;
    best = {&signature, pattern.shown, pattern.role, pattern.negative};
  }
  return best;
}

const Signature* SignatureIndex::library(std::string_view base_name) const {
  const auto hits = find(libraries_, normalised(basename(base_name)), base_name);
  return hits.empty() ? nullptr : hits.front().signature;
}

const Signature* SignatureIndex::framework(std::string_view name) const {
  for (const Signature& signature : signatures_)
    if (signature.framework == name) return &signature;
  return nullptr;
}

}  // namespace monitorai::collect

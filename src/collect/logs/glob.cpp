#include "collect/logs/glob.h"

#include <dirent.h>
#include <sys/stat.h>

#include <set>

#include "base/text.h"

namespace monitorai::collect {
namespace {

bool is_special(char c) { return c == '*' || c == '?' || c == '[' || c == '{'; }

/// The pattern as a regular expression.
Result<std::string> translate(std::string_view pattern) {
  std::string out;
  size_t braces = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    switch (c) {
      case '*':
        if (pattern.substr(i, 3) == "**/") {
          out += "(?:[^/]*/)*";
          i += 2;
        } else if (pattern.substr(i, 2) == "**") {
          out += ".*";
          ++i;
        } else {
          out += "[^/]*";
        }
        break;
      case '?': out += "[^/]"; break;
      case '[': {
        const size_t end = pattern.find(']', i + 2);
        if (end == std::string_view::npos) return Error{Code::invalid, fmt::format("cannot read pattern \"{}\": [ is not closed", pattern)};
        std::string set(pattern.substr(i + 1, end - i - 1));
        if (set.starts_with('!')) set[0] = '^';
        out += "[";
        for (const char s : set) {
          if (s == '\\' || s == '[') out += '\\';
          out += s;
        }
        out += "]";
        i = end;
        break;
      }
      case '{': ++braces; out += "(?:"; break;
      case '}':
        if (braces == 0) {
          out += "\\}";
          break;
        }
        --braces;
        out += ")";
        break;
      case ',': out += braces > 0 ? "|" : ","; break;
      case '\\':
        if (i + 1 < pattern.size()) ++i;
        out += '\\';
        out += pattern[i];
        break;
      default:
        if (std::string_view(".+()|^$").find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
  }
  if (braces != 0) return Error{Code::invalid, fmt::format("cannot read pattern \"{}\": {{ is not closed", pattern)};
  return out;
}

/// The parts between slashes that are not inside braces.
std::vector<std::string> path_parts(std::string_view pattern) {
  std::vector<std::string> parts(1);
  size_t braces = 0;
  for (const char c : pattern) {
    if (c == '{') ++braces;
    if (c == '}' && braces > 0) --braces;
    if (c == '/' && braces == 0) parts.emplace_back();
    else parts.back() += c;
  }
  std::erase(parts, "");
  return parts;
}

enum class Kind { file, folder, link_to_folder, missing };

Kind kind_of(const std::string& path, unsigned char type) {
  if (type == DT_DIR) return Kind::folder;
  if (type != DT_LNK && type != DT_UNKNOWN) return Kind::file;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return Kind::missing;  // a dangling link, or one of a loop
  if (!S_ISDIR(status.st_mode)) return Kind::file;
  return type == DT_LNK ? Kind::link_to_folder : Kind::folder;
}

}  // namespace

struct Glob::Walk {
  const std::function<void(const std::string&)>& found;
  const std::function<void(const std::string&)>& folder;
  size_t entries = 0;
  std::set<std::string> told{};
};

Glob::Glob(std::string pattern, std::string base, std::vector<Regex> parts, std::vector<bool> any_depth, Regex regex)
    : pattern_(std::move(pattern)), base_(std::move(base)), parts_(std::move(parts)), any_depth_(std::move(any_depth)), regex_(std::move(regex)) {}

Result<Glob> Glob::parse(std::string_view pattern) {
  if (pattern.empty()) return Error{Code::invalid, "cannot read pattern \"\": it is empty"};
  std::error_code failed;
  const std::string absolute =
      pattern.starts_with('/') ? std::string(pattern) : (std::filesystem::current_path(failed) / std::string(pattern)).native();
  if (absolute.find("/../") != std::string::npos || absolute.find("/./") != std::string::npos)
    return Glob::parse(std::filesystem::path(absolute).lexically_normal().native());
  std::string base;
  std::vector<Regex> parts;
  std::vector<bool> any_depth;
  bool fixed = true;
  const std::vector<std::string> names = path_parts(absolute);
  for (size_t i = 0; i < names.size(); ++i) {
    fixed = fixed && i + 1 < names.size() && std::none_of(names[i].begin(), names[i].end(), is_special);
    if (fixed) {
      base += "/" + names[i];
      continue;
    }
    MAI_TRY_ASSIGN(const std::string source, translate(names[i]));
    MAI_TRY_ASSIGN(Regex regex, Regex::anchored(source));
    parts.push_back(std::move(regex));
    any_depth.push_back(names[i] == "**");
  }
  MAI_TRY_ASSIGN(const std::string source, translate(absolute));
  MAI_TRY_ASSIGN(Regex regex, Regex::anchored(source));
  if (parts.empty()) return Error{Code::invalid, fmt::format("cannot read pattern \"{}\": it names no file", pattern)};
  return Glob(absolute, base.empty() ? "/" : base, std::move(parts), std::move(any_depth), std::move(regex));
}

bool Glob::expand(const std::function<void(const std::string&)>& found, const std::function<void(const std::string&)>& folder) const {
  Walk state{found, folder};
  walk(state, base_, 0, 0);
  return state.entries < kGlobEntriesMax;
}

void Glob::walk(Walk& state, const std::string& folder, size_t part, size_t depth) const {
  if (depth > kGlobDepthMax || state.entries >= kGlobEntriesMax) return;
  if (any_depth_[part] && part + 1 < parts_.size()) walk(state, folder, part + 1, depth);
  DIR* const directory = ::opendir(folder.c_str());
  if (directory == nullptr) return;
  if (state.told.insert(folder).second) state.folder(folder);
  struct Name {
    std::string name;
    unsigned char type;
  };
  std::vector<Name> names;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (++state.entries >= kGlobEntriesMax) break;
    names.push_back({std::string(name), entry->d_type});
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.name < b.name; });
  for (const Name& name : names) {
    if (!parts_[part].matches(name.name)) continue;
    const std::string path = (folder == "/" ? "" : folder) + "/" + name.name;
    const Kind kind = kind_of(path, name.type);
    const bool last = part + 1 == parts_.size();
    if (kind == Kind::file && last) state.found(path);
    if (kind == Kind::folder && any_depth_[part]) walk(state, path, part, depth + 1);
    else if ((kind == Kind::folder || (kind == Kind::link_to_folder && !any_depth_[part])) && !last) walk(state, path, part + 1, depth + 1);
  }
}

}  // namespace monitorai::collect

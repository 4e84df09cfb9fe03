// The logfmt parser, with go-logfmt's rules: key=value, key="quoted value", key alone; a faulty pair is skipped up to the next space.

#include <map>

#include "base/text.h"
#include "query/logql/step.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

/// Reads pair by pair.
class Decoder {
 public:
  explicit Decoder(std::string_view line) : line_(line) {}
  bool at_end() const { return at_ >= line_.size(); }
  std::string_view key;
  std::string_view value;
  bool escaped = false;  ///< the value still has its quotes and escapes
  std::string_view fault;
  size_t fault_at = 0;

  /// False where there is no pair: at the end, or at a fault (told once in `fault`).
  bool next() {
    key = value = {};
    escaped = false;
    while (at_ < line_.size() && blank(line_[at_])) ++at_;
    if (at_end()) return false;
    const size_t start = at_;
    while (at_ < line_.size() && line_[at_] != '=' && line_[at_] != '"' && !blank(line_[at_])) ++at_;
    key = line_.substr(start, at_ - start);
    if (at_end() || blank(line_[at_])) return true;
    if (line_[at_] == '"') return skip("unexpected '\"'");
    if (key.empty()) return skip("unexpected '='");
    ++at_;
    if (at_end() || blank(line_[at_])) return true;
    if (line_[at_] == '"') return quoted();
    const size_t from = at_;
    while (at_ < line_.size() && !blank(line_[at_])) {
      if (line_[at_] == '=') return skip("unexpected '='");
      if (line_[at_] == '"') return skip("unexpected '\"'");
      ++at_;
    }
    value = line_.substr(from, at_ - from);
    return true;
  }

 private:
  static bool blank(char c) { return static_cast<unsigned char>(c) <= ' '; }
  bool skip(std::string_view why) {
    fault = why;
    fault_at = at_ + 1;
    while (at_ < line_.size() && !blank(line_[at_])) ++at_;
    return false;
  }
  bool quoted() {
    const size_t from = at_;
    for (size_t i = at_ + 1; i < line_.size(); ++i) {
      if (line_[i] == '\\') {
        escaped = true;
        ++i;
      } else if (line_[i] == '"') {
        at_ = i + 1;
        value = escaped ? line_.substr(from, at_ - from) : line_.substr(from + 1, i - from - 1);
        return true;
      }
    }
    at_ = line_.size();
    fault = "unterminated quoted value";
    fault_at = at_ + 1;
    return false;
  }
  std::string_view line_;
  size_t at_ = 0;
};

/// The text of a quoted value; nullopt when an escape is damaged.
std::optional<std::string_view> text_of(const Decoder& d, Arena& arena) {
  if (!d.escaped) return d.value;
  std::string out;
  std::string json(d.value);
  // JSON's escapes are Go's but for \/ .
  for (size_t at = 0; (at = json.find("\\/", at)) != std::string::npos; ++at) {
    size_t slashes = 0;
    while (at >= slashes + 1 && json[at - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) json.erase(at, 1);
  }
  if (!unquote(json, out)) return std::nullopt;
  return arena.copy(out);
}

void set_fault(Line& line, std::string_view fault, size_t at) {
  line.labels.fail(kLogfmtError, line.arena.copy(fmt::format("logfmt syntax error at pos {} : {}", at, fault)));
}

class LogfmtStep final : public Step {
 public:
  LogfmtStep(const LogfmtStage& stage, Wanted wanted, Demands demands)
      : strict_(stage.strict), keep_empty_(stage.keep_empty), wanted_(std::move(wanted)) {
    for (const signals::Matcher* m : demands) demands_.push_back(*m);
  }

  bool run(Line& line) const override {
    if (wanted_.kind == Wanted::Kind::nothing) return true;
    size_t left = wanted_.kind == Wanted::Kind::names ? wanted_.names.size() : SIZE_MAX;
    Decoder d(line.text);
    while (!d.at_end()) {
      std::optional<std::string_view> value;
      if (d.next() && !(value = text_of(d, line.arena))) d.fault = "invalid quoted value";
      if (!d.fault.empty() && strict_) return set_fault(line, d.fault, d.fault_at), true;
      if (!value || (value->empty() && !keep_empty_)) continue;
      const std::string_view name = sanitize_name(d.key, line.arena);
      if (name.empty() || !wanted_.name(name)) continue;
      const std::string_view as = line.labels.stored(name) ? line.arena.join(name, kExtractedSuffix) : name;
      if (!wanted_.name(as) || line.labels.extract(name, *value, line.arena).empty()) continue;
      for (const signals::Matcher& demand : demands_)
        if (demand.name() == as && !demand.matches(*value)) return false;
      if (--left == 0) return true;
    }
    return true;
  }

 private:
  bool strict_;
  bool keep_empty_;
  Wanted wanted_;
  std::vector<signals::Matcher> demands_;
};

/// logfmt label="key": each label gets its key's value, or "".
class LogfmtPickStep final : public Step {
 public:
  LogfmtPickStep(const LogfmtStage& stage, Wanted wanted) : stage_(stage), wanted_(std::move(wanted)) {}

  bool run(Line& line) const override {
    if (wanted_.kind == Wanted::Kind::nothing) return true;
    for (const Extraction& e : stage_.extractions)
      if (!line.labels.stored(e.name)) line.labels.set_parsed(e.name, {});
    Decoder d(line.text);
    while (!d.at_end()) {
      std::optional<std::string_view> value;
      if (d.next() && !(value = text_of(d, line.arena))) d.fault = "invalid quoted value";
      if (!d.fault.empty() && stage_.strict) return set_fault(line, d.fault, d.fault_at), true;
      if (!value) continue;
      const std::string_view key = sanitize_name(d.key, line.arena);
      for (const Extraction& e : stage_.extractions) {
        if (e.expression != key) continue;
        line.labels.set_parsed(line.labels.stored(e.name) ? line.arena.join(e.name, kExtractedSuffix) : e.name, *value);
      }
    }
    return true;
  }

 private:
  LogfmtStage stage_;
  Wanted wanted_;
};

}  // namespace

std::string_view sanitize_name(std::string_view key, Arena& arena) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!key.empty() && !digit(key[0]) && std::all_of(key.begin(), key.end(), good)) return key;
  key = trim(key);
  if (key.empty()) return {};
  char* const to = arena.take(key.size() + 1);
  char* at = to;
  if (digit(key[0])) *at++ = '_';
  for (const char c : key) {
    // A character of several bytes becomes one '_'.
    if ((static_cast<unsigned char>(c) & 0xc0u) == 0x80u) continue;
    *at++ = good(c) ? c : '_';
  }
  return {to, static_cast<size_t>(at - to)};
}

MadeStep make_logfmt(const LogfmtStage& stage, const Wanted& wanted, const Demands& demands) {
  if (stage.extractions.empty()) return StepPtr(std::make_unique<LogfmtStep>(stage, wanted, demands));
  return StepPtr(std::make_unique<LogfmtPickStep>(stage, wanted));
}

}  // namespace monitorai::query::logql

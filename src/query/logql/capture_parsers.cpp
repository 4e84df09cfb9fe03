// The regexp and pattern parsers, and decolorize.

#include "query/logql/line_pattern.h"
#include "query/logql/step.h"

namespace monitorai::query::logql {
namespace {

class RegexpStep final : public Step {
 public:
  RegexpStep(Regex regex, Wanted wanted) : regex_(std::move(regex)), names_(regex_.capture_names()), wanted_(std::move(wanted)) {}
  bool run(Line& line) const override {
    if (wanted_.kind == Wanted::Kind::nothing) return true;
    const auto captured = regex_.captures(line.text);
    if (!captured) return true;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (names_[i].empty()) continue;
      if (wanted_.name(line.labels.stored(names_[i]) ? line.arena.join(names_[i], kExtractedSuffix) : std::string_view(names_[i])))
        line.labels.extract(names_[i], (*captured)[i], line.arena);
    }
    return true;
  }

 private:
  Regex regex_;
  std::vector<std::string> names_;
  Wanted wanted_;
};

class PatternStep final : public Step {
 public:
  PatternStep(LinePattern pattern, Wanted wanted) : pattern_(std::move(pattern)), wanted_(std::move(wanted)) {}
  bool run(Line& line) const override {
    if (wanted_.kind == Wanted::Kind::nothing) return true;
    pattern_.captures(line.text, [&](std::string_view name, std::string_view value) {
      if (wanted_.name(line.labels.stored(name) ? line.arena.join(name, kExtractedSuffix) : name))
        line.labels.extract(name, value, line.arena);
    });
    return true;
  }

 private:
  LinePattern pattern_;
  Wanted wanted_;
};

/// Removes ANSI's control sequences: ESC [ ... letter, and those that begin with ESC ( or ] up to the bell.
class DecolorizeStep final : public Step {
 public:
  bool run(Line& line) const override {
    const std::string_view text = line.text;
    if (text.find('\x1b') == std::string_view::npos && text.find("\xc2\x9b") == std::string_view::npos) return true;
    char* const to = line.arena.take(text.size());
    char* at = to;
    for (size_t i = 0; i < text.size();) {
      const size_t width = sequence(text.substr(i));
      if (width == 0)
        *at++ = text[i++];
      else
        i += width;
    }
    line.set_text({to, static_cast<size_t>(at - to)});
    return true;
  }

 private:
  static size_t sequence(std::string_view text) {
    size_t i = 0;
    if (text.starts_with("\x1b["))
      i = 2;
    else if (text.starts_with("\xc2\x9b"))
      i = 2;
    else if (text.starts_with("\x1b]")) {
      const size_t end = text.find('\a');
      return end == std::string_view::npos ? 0 : end + 1;
    } else if (text.starts_with("\x1b(") || text.starts_with("\x1b)")) {
      return text.size() > 2 ? 3 : 0;
    } else {
      return 0;
    }
    // Parameters and intermediates, then one final byte.
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3f) ++i;
    return i < text.size() && text[i] >= 0x40 && text[i] <= 0x7e ? i + 1 : 0;
  }
};

}  // namespace

MadeStep make_regexp(const RegexpStage& stage, const Wanted& wanted) {
  auto regex = Regex::searching(stage.pattern);
  if (!regex) return StepError{regex.error().message};
  return StepPtr(std::make_unique<RegexpStep>(std::move(*regex), wanted));
}

MadeStep make_pattern(const PatternStage& stage, const Wanted& wanted) {
  auto pattern = LinePattern::parser(stage.pattern);
  if (!pattern) return StepError{pattern.error()};
  return StepPtr(std::make_unique<PatternStep>(std::move(*pattern), wanted));
}

MadeStep make_decolorize() { return StepPtr(std::make_unique<DecolorizeStep>()); }

}  // namespace monitorai::query::logql

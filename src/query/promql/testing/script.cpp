#include "query/promql/testing/script.h"

#include <algorithm>

#include "base/text.h"
#include "query/promql/token.h"

namespace monitorai::query {
namespace {

using Kind = Expectation::Kind;

/// The first word; `rest` becomes what follows it.
std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  size_t end = 0;
  while (end < rest.size() && rest[end] != ' ' && rest[end] != '\t') ++end;
  const std::string_view word = rest.substr(0, end);
  rest = trim(rest.substr(end));
  return word;
}

bool take_keyword(std::string_view& rest, std::string_view keyword) {
  std::string_view after = rest;
  if (take_word(after) != keyword) return false;
  rest = after;
  return true;
}

Result<int64_t> duration(std::string_view text) {
  MAI_TRY_ASSIGN(const std::chrono::milliseconds ms, parse_duration(text));
  return ms.count();
}

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) {
    for (std::string_view line : split(text, '\n')) {
      line = trim(line);
      lines_.push_back(line.starts_with("#") ? std::string_view{} : line);
    }
  }

  Result<std::vector<Command>> run() {
    std::vector<Command> out;
    for (at_ = 0; at_ < lines_.size(); ++at_) {
      if (lines_[at_].empty()) continue;
      const size_t line = at_ + 1;
      auto command = parse_command();
      if (!command) return wrap(command.error(), fmt::format("cannot read line {}", line));
      out.push_back(std::move(*command));
      out.back().line = line;
    }
    return out;
  }

 private:
  static Error wrong(std::string message) { return {Code::invalid, std::move(message)}; }

  Result<Command> parse_command() {
    std::string_view rest = lines_[at_];
    const std::string word = lower(take_word(rest));
    Command out;
    if (word == "clear") {
      out.what = ClearCommand{};
    } else if (word == "load" || word == "load_with_nhcb") {
      MAI_TRY_ASSIGN(LoadCommand load, parse_load(rest));
      load.with_nhcb = word != "load";
      out.what = std::move(load);
    } else if (word.starts_with("eval")) {
      MAI_TRY_ASSIGN(EvalCommand eval, parse_eval(word, rest));
      out.what = std::move(eval);
    } else {
      return wrong(fmt::format("invalid command \"{}\"", lines_[at_]));
    }
    return out;
  }

  /// The next line of this command's block; nullopt at its end.
  std::optional<std::string_view> next_line() {
    if (at_ + 1 >= lines_.size() || lines_[at_ + 1].empty()) return std::nullopt;
    return lines_[++at_];
  }

  Result<LoadCommand> parse_load(std::string_view rest) {
    LoadCommand out;
    MAI_TRY_ASSIGN(out.step_ms, duration(rest));
    while (const auto line = next_line()) {
      LoadCommand::Line parsed;
      const size_t gap = line->find_first_of(" \t");
      parsed.start_timestamps = gap != std::string_view::npos && line->substr(0, gap).ends_with("@st");
      const std::string only_labels = parsed.start_timestamps ? std::string(line->substr(0, gap - 3)) : std::string(*line);
      MAI_TRY_ASSIGN(parsed.series, parse_series(only_labels));
      out.lines.push_back(std::move(parsed));
    }
    return out;
  }

  Result<EvalCommand> parse_eval(std::string_view word, std::string_view rest) {
    EvalCommand out;
    if (const size_t underscore = word.find('_'); underscore != std::string_view::npos) {
      const std::string_view mode = word.substr(underscore + 1);
      if (mode == "fail")
        out.expectations.push_back({Kind::fail, {}, {}});
      else if (mode == "warn")
        out.expectations.push_back({Kind::warn, {}, {}});
      else if (mode == "info")
        out.expectations.push_back({Kind::info, {}, {}});
      else if (mode == "ordered")
        out.expectations.push_back({Kind::ordered, {}, {}});
      else
        return wrong(fmt::format("unknown command \"{}\"", word));
    }
    const std::string_view form = take_word(rest);
    if (form == "instant") {
      if (take_keyword(rest, "at")) { MAI_TRY_ASSIGN(out.start_ms, duration(take_word(rest))); }
      out.end_ms = out.start_ms;
    } else if (form == "range") {
      out.is_range = true;
      const auto part = [&](std::string_view keyword, int64_t& into) -> Result<void> {
        if (!take_keyword(rest, keyword)) return wrong(fmt::format("expected \"{}\" before \"{}\"", keyword, rest));
        MAI_TRY_ASSIGN(into, duration(take_word(rest)));
        return {};
      };
      MAI_TRY(part("from", out.start_ms));
      MAI_TRY(part("to", out.end_ms));
      MAI_TRY(part("step", out.step_ms));
    } else {
      return wrong("expected \"instant\" or \"range\"");
    }
    if (rest.empty()) return wrong("no query to evaluate");
    out.query = std::string(rest);
    while (const auto line = next_line()) MAI_TRY(parse_expected(out, *line));
    return out;
  }

  Result<void> parse_expected(EvalCommand& out, std::string_view line) {
    std::string_view rest = line;
    if (line.starts_with("expected_fail_message") || line.starts_with("expected_fail_regexp")) {
      const bool regex = line.starts_with("expected_fail_regexp");
      take_word(rest);
      std::erase_if(out.expectations, [](const Expectation& e) { return e.kind == Kind::fail; });
      return add_expectation(out, Kind::fail, regex ? "regex" : "msg", rest);
    }
    if (take_word(rest) == "expect") return parse_expect(out, rest);
    if (const auto number = parse_go_number(line)) {
      out.scalar = number;
      return {};
    }
    MAI_TRY_ASSIGN(NotatedSeries series, parse_series(line));
    out.series.push_back(std::move(series));
    return {};
  }

  Result<void> parse_expect(EvalCommand& out, std::string_view rest) {
    const std::string_view what = take_word(rest);
    if (what == "string") {
      std::string text;
      if (!unquote(rest, text)) return wrong("expected string literal not valid");
      out.text = std::move(text);
      return {};
    }
    if (what == "range") {
      if (!take_keyword(rest, "vector") || !take_keyword(rest, "from")) return wrong("invalid range vector definition");
      MAI_TRY_ASSIGN(out.start_ms, duration(take_word(rest)));
      if (!take_keyword(rest, "to")) return wrong("invalid range vector definition");
      MAI_TRY_ASSIGN(out.end_ms, duration(take_word(rest)));
      if (!take_keyword(rest, "step")) return wrong("invalid range vector definition");
      MAI_TRY_ASSIGN(out.step_ms, duration(take_word(rest)));
      out.range_vector = true;
      return {};
    }
    static constexpr std::array<std::pair<std::string_view, Kind>, 6> kKinds = {{{"ordered", Kind::ordered},
                                                                                 {"fail", Kind::fail},
                                                                                 {"warn", Kind::warn},
                                                                                 {"no_warn", Kind::no_warn},
                                                                                 {"info", Kind::info},
                                                                                 {"no_info", Kind::no_info}}};
    for (const auto& [name, kind] : kKinds) {
      if (what != name) continue;
      const size_t colon = rest.find(':');
      if (rest.empty()) return add_expectation(out, kind, "", "");
      if (colon == std::string_view::npos) return wrong(fmt::format("invalid expect statement \"{}\"", rest));
      return add_expectation(out, kind, trim(rest.substr(0, colon)), trim(rest.substr(colon + 1)));
    }
    return wrong(fmt::format("invalid expected error/annotation type {}", what));
  }

  static Result<void> add_expectation(EvalCommand& out, Kind kind, std::string_view how, std::string_view text) {
    Expectation expectation;
    expectation.kind = kind;
    if (how == "msg") {
      expectation.message = std::string(text);
    } else if (how == "regex") {
      MAI_TRY_ASSIGN(Regex regex, Regex::searching(text));
      expectation.regex = std::make_shared<const Regex>(std::move(regex));
    } else if (!how.empty()) {
      return wrong(fmt::format("invalid token {} in an expect statement", how));
    }
    out.expectations.push_back(std::move(expectation));
    return {};
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
};

}  // namespace

bool Expectation::matches(std::string_view text) const {
  if (message) return *message == text;
  return regex == nullptr || regex->matches(text);
}

bool EvalCommand::expects(Kind kind) const {
  return std::any_of(expectations.begin(), expectations.end(), [&](const Expectation& e) { return e.kind == kind; });
}

Result<std::vector<Command>> parse_script(std::string_view text) { return ScriptParser(text).run(); }

}  // namespace monitorai::query

#include "query/logql/testing/log_script.h"

#include <algorithm>

#include "base/text.h"
#include "query/logql/units.h"
#include "query/promql/quoting.h"

namespace monitorai::query {
namespace {

/// What follows # outside quotes is a comment.
std::string_view without_comment(std::string_view line) {
  char mark = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    if (mark != 0) {
      if (mark == '"' && line[i] == '\\')
        ++i;
      else if (line[i] == mark)
        mark = 0;
    } else if (line[i] == '"' || line[i] == '`') {
      mark = line[i];
    } else if (line[i] == '#') {
      return line.substr(0, i);
    }
  }
  return line;
}

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

Error wrong(std::string message) { return {Code::invalid, std::move(message)}; }

Result<int64_t> nanoseconds(std::string_view text) {
  if (const auto ns = query::logql::parse_any_duration(text)) return *ns;
  return wrong(fmt::format("\"{}\" is no time", text));
}

/// The quoted text at the front: "..." without escapes but \n, \t, \e, \" and \\, or `...`.
Result<std::string> take_text(std::string_view& rest) {
  rest = trim(rest);
  if (rest.empty() || (rest[0] != '"' && rest[0] != '`')) return wrong(fmt::format("expected a quoted line at \"{}\"", rest));
  const char mark = rest[0];
  size_t end = 1;
  while (end < rest.size() && rest[end] != mark) end += mark == '"' && rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) return wrong("a quoted line does not end");
  std::string out;
  if (!unquote(rest.substr(0, end + 1), out)) return wrong(fmt::format("cannot read {}", rest.substr(0, end + 1)));
  rest = trim(rest.substr(end + 1));
  return out;
}

/// `{...}` at the front.
Result<signals::Labels> take_labels(std::string_view& rest) {
  rest = trim(rest);
  if (!rest.starts_with("{")) return wrong(fmt::format("expected labels at \"{}\"", rest));
  char mark = 0;
  size_t end = 1;
  for (; end < rest.size() && (mark != 0 || rest[end] != '}'); ++end) {
    if (mark != 0) {
      if (rest[end] == '\\') ++end;
      else if (rest[end] == mark) mark = 0;
    } else if (rest[end] == '"' || rest[end] == '`') {
      mark = rest[end];
    }
  }
  if (end >= rest.size()) return wrong("labels do not end");
  MAI_TRY_ASSIGN(NotatedSeries series, parse_series(rest.substr(0, end + 1)));
  rest = trim(rest.substr(end + 1));
  return std::move(series.labels);
}

/// "[word ...]" at the front: what is inside.
std::optional<std::string_view> take_brackets(std::string_view& rest, std::string_view word) {
  if (!rest.starts_with("[" + std::string(word) + " ")) return std::nullopt;
  char mark = 0;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') mark = mark == 0 ? '"' : '\0';
    if (rest[i] != ']' || mark != 0) continue;
    const std::string_view inside = trim(rest.substr(word.size() + 1, i - word.size() - 1));
    rest = trim(rest.substr(i + 1));
    return inside;
  }
  return std::nullopt;
}

void replace_index(std::string& line, size_t index) {
  constexpr std::string_view kIndex = "{{.i}}";
  for (size_t at = 0; (at = line.find(kIndex, at)) != std::string::npos;) line.replace(at, kIndex.size(), std::to_string(index));
}

Result<LogLoadCommand::Stream> parse_stream(std::string_view rest) {
  constexpr size_t kRepeatMax = 1'000'000;
  LogLoadCommand::Stream out;
  MAI_TRY_ASSIGN(out.labels, take_labels(rest));
  MAI_TRY_ASSIGN(const std::string text, take_text(rest));
  if (!take_keyword(rest, "@")) return wrong(fmt::format("expected \"@ time\" at \"{}\"", rest));
  MAI_TRY_ASSIGN(const int64_t start, nanoseconds(take_word(rest)));
  int64_t every = 0;
  size_t times = 1;
  std::vector<signals::Label> metadata;
  while (!rest.empty()) {
    if (auto inside = take_brackets(rest, "repeat")) {
      if (!take_keyword(*inside, "every")) return wrong("expected [repeat every STEP for COUNT]");
      MAI_TRY_ASSIGN(every, nanoseconds(take_word(*inside)));
      if (!take_keyword(*inside, "for")) return wrong("expected [repeat every STEP for COUNT]");
      const auto count = parse_integer<size_t>(*inside);
      if (!count || *count > kRepeatMax) return wrong("bad count of repetitions");
      times = *count;
    } else if (auto pairs = take_brackets(rest, "metadata")) {
      while (!pairs->empty()) {
        std::string name;
        if ((*pairs)[0] == '"') {
          MAI_TRY_ASSIGN(name, take_text(*pairs));
        } else {
          const size_t equal = pairs->find('=');
          if (equal == std::string_view::npos) return wrong("expected name=\"value\" in [metadata ...]");
          name = std::string(pairs->substr(0, equal));
          *pairs = pairs->substr(equal);
        }
        if (!pairs->starts_with("=")) return wrong("expected name=\"value\" in [metadata ...]");
        *pairs = pairs->substr(1);
        MAI_TRY_ASSIGN(std::string value, take_text(*pairs));
        if (!value.empty()) metadata.push_back({std::move(name), std::move(value)});
      }
      std::sort(metadata.begin(), metadata.end());
    } else {
      return wrong(fmt::format("unexpected \"{}\"", rest));
    }
  }
  for (size_t i = 0; i < times; ++i) {
    std::string line = text;
    replace_index(line, i);
    out.lines.push_back({{start + static_cast<int64_t>(i) * every}, std::move(line), metadata});
  }
  return out;
}

class ScriptParser {
 public:
  explicit ScriptParser(std::string_view text) {
    for (const std::string_view line : split(text, '\n')) lines_.push_back(without_comment(line));
  }

  Result<std::vector<LogCommand>> run() {
    std::vector<LogCommand> out;
    for (at_ = 0; at_ < lines_.size(); ++at_) {
      if (trim(lines_[at_]).empty()) continue;
      const size_t line = at_ + 1;
      auto command = parse_command();
      if (!command) return wrap(command.error(), fmt::format("cannot read line {}", at_ + 1));
      out.push_back(std::move(*command));
      out.back().line = line;
    }
    return out;
  }

 private:
  /// The next indented line that is not empty; a block ends at a line that is not indented.
  std::optional<std::string_view> next_line() {
    size_t next = at_ + 1;
    while (next < lines_.size() && trim(lines_[next]).empty()) ++next;
    if (next >= lines_.size() || (lines_[next][0] != ' ' && lines_[next][0] != '\t')) return std::nullopt;
    at_ = next;
    return trim(lines_[at_]);
  }

  Result<LogCommand> parse_command() {
    std::string_view rest = lines_[at_];
    const std::string_view word = take_word(rest);
    LogCommand out;
    if (word == "clear") {
      out.what = LogClearCommand{};
      return out;
    }
    if (word == "load") {
      LogLoadCommand load;
      while (const auto line = next_line()) {
        MAI_TRY_ASSIGN(LogLoadCommand::Stream stream, parse_stream(*line));
        load.streams.push_back(std::move(stream));
      }
      out.what = std::move(load);
      return out;
    }
    if (word != "eval") return wrong(fmt::format("unknown command \"{}\"", word));
    MAI_TRY_ASSIGN(LogEvalCommand eval, parse_eval(rest));
    out.what = std::move(eval);
    return out;
  }

  static Result<void> part(std::string_view& rest, std::string_view keyword, int64_t& into) {
    if (!take_keyword(rest, keyword)) return wrong(fmt::format("expected \"{}\" at \"{}\"", keyword, rest));
    MAI_TRY_ASSIGN(into, nanoseconds(take_word(rest)));
    return {};
  }

  Result<LogEvalCommand> parse_eval(std::string_view rest) {
    LogEvalCommand out;
    const std::string_view form = take_word(rest);
    if (form == "instant") {
      MAI_TRY(part(rest, "at", out.from.ns));
      out.to = out.from;
    } else if (form == "range" || form == "logs") {
      out.kind = form == "range" ? LogEvalCommand::Kind::range : LogEvalCommand::Kind::logs;
      MAI_TRY(part(rest, "from", out.from.ns));
      MAI_TRY(part(rest, "to", out.to.ns));
      if (form == "range") {
        int64_t step = 0;
        MAI_TRY(part(rest, "step", step));
        out.step = std::chrono::milliseconds(step / 1'000'000);
      }
      while (form == "logs") {
        int64_t number = 0;
        if (take_keyword(rest, "backward")) {
          out.direction = signals::Direction::backward;
        } else if (take_keyword(rest, "limit")) {
          const auto limit = parse_integer<uint64_t>(take_word(rest));
          if (!limit) return wrong("bad limit");
          out.limit = *limit;
        } else if (std::string_view after = rest; take_word(after) == "interval") {
          MAI_TRY(part(rest, "interval", number));
          out.interval = std::chrono::nanoseconds(number);
        } else {
          break;
        }
      }
    } else {
      return wrong("expected \"instant\", \"range\" or \"logs\"");
    }
    if (rest.empty()) return wrong("no query to evaluate");
    out.query = std::string(rest);
    bool expects = false;
    while (const auto line = next_line()) {
      expects = true;
      MAI_TRY(parse_expected(out, *line));
    }
    // A forgotten expectation would pass over an empty result.
    if (!expects) return wrong("nothing is expected (\"expect empty\" for an empty result)");
    return out;
  }

  static Result<void> parse_expected(LogEvalCommand& out, std::string_view line) {
    std::string_view rest = line;
    if (take_keyword(rest, "expect")) {
      if (rest == "empty") {
        out.expects_empty = true;
      } else if (rest == "ordered") {
        out.ordered = true;
      } else if (take_keyword(rest, "fail")) {
        out.fails = true;
        if (take_keyword(rest, "msg:")) out.fail_message = std::string(rest);
        else if (!rest.empty()) return wrong(fmt::format("unexpected \"{}\"", rest));
      } else {
        return wrong(fmt::format("unknown expectation \"{}\"", rest));
      }
      return {};
    }
    if (out.kind == LogEvalCommand::Kind::logs) {
      LogEvalCommand::ExpectedLine expected;
      MAI_TRY_ASSIGN(expected.labels, take_labels(rest));
      if (!take_keyword(rest, "@")) return wrong(fmt::format("expected \"@ time\" at \"{}\"", rest));
      MAI_TRY_ASSIGN(expected.time.ns, nanoseconds(take_word(rest)));
      MAI_TRY_ASSIGN(expected.line, take_text(rest));
      out.lines.push_back(std::move(expected));
      return {};
    }
    if (const auto number = parse_go_number(line)) {
      out.scalar = *number;
      return {};
    }
    MAI_TRY_ASSIGN(NotatedSeries series, parse_series(line));
    out.series.push_back(std::move(series));
    return {};
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<LogCommand>> parse_log_script(std::string_view text) { return ScriptParser(text).run(); }

}  // namespace monitorai::query

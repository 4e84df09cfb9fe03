// Template text to tree.

#include "base/text.h"
#include "query/logql/template_tree.h"
#include "query/promql/quoting.h"

namespace monitorai::query::logql {
namespace {

constexpr size_t kDepthMax = 50;
constexpr size_t kNodesMax = 10'000;

bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80u) != 0; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool alphanumeric(char c) { return alpha(c) || digit(c); }

/// After a fault the parser stands at the end of the text, so that every loop ends; the first fault is kept.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tree_(std::make_unique<TemplateTree>()) { variables_.push_back("$"); }

  Result<std::unique_ptr<const TemplateTree>, std::string> run() {
    std::string_view stop;
    tree_->nodes = list(0, stop);
    if (!stop.empty()) fail(fmt::format("unexpected {{{{{}}}}}", stop));
    if (!error_.empty()) return error_;
    return std::unique_ptr<const TemplateTree>(std::move(tree_));
  }

 private:
  void fail(const std::string& message) {
    if (!error_.empty()) return;
    size_t line = 1;
    for (size_t i = 0; i < at_ && i < text_.size(); ++i) line += text_[i] == '\n';
    error_ = fmt::format("template: {}: {}", line, message);
    at_ = text_.size();
  }

  // ---- text and actions ----
  /// Nodes up to {{end}} or {{else ...}}, whose word goes to `stop` ("" at the end of the text).
  std::vector<TemplateNode> list(size_t depth, std::string_view& stop) {
    std::vector<TemplateNode> out;
    stop = {};
    if (depth > kDepthMax) return fail(fmt::format("nested too deeply (the limit is {} levels)", kDepthMax)), std::move(out);
    for (;;) {
      const size_t open = text_.find("{{", at_);
      std::string_view before = text_.substr(at_, open == std::string_view::npos ? open : open - at_);
      if (trim_next_) before = trim_left(before);
      trim_next_ = false;
      const bool trims = open != std::string_view::npos && open + 3 < text_.size() && text_[open + 2] == '-' && space(text_[open + 3]);
      if (trims) before = trim_right(before);
      if (!before.empty()) add(out).text = std::string(before);
      if (open == std::string_view::npos) {
        at_ = text_.size();
        return out;
      }
      at_ = open + (trims ? 3 : 2);
      skip_space();
      if (text_.substr(at_).starts_with("/*")) {
        const size_t end = text_.find("*/", at_);
        if (end == std::string_view::npos) return fail("unclosed comment"), std::move(out);
        at_ = end + 2;
        close();
        continue;
      }
      const std::string_view word = peek_word();
      if (word == "end" || word == "else") {
        at_ += word.size();
        skip_space();
        if (word == "end") close();
        if (!error_.empty()) return out;
        stop = word;
        return out;
      }
      action(out, word, depth);
    }
  }

  TemplateNode& add(std::vector<TemplateNode>& out) {
    if (++nodes_ > kNodesMax) fail(fmt::format("too many actions (the limit is {})", kNodesMax));
    return out.emplace_back();
  }

  void action(std::vector<TemplateNode>& out, std::string_view word, size_t depth) {
    TemplateNode& node = add(out);
    if (word == "if" || word == "with" || word == "range") {
      at_ += word.size();
      control(node, word, depth);
      return;
    }
    if (word == "break" || word == "continue") {
      if (loops_ == 0) return fail(fmt::format("{{{{{}}}}} outside {{{{range}}}}", word));
      at_ += word.size();
      node.kind = word == "break" ? TemplateNode::Kind::break_ : TemplateNode::Kind::continue_;
      close();
      return;
    }
    if (word == "define" || word == "template" || word == "block") return fail(fmt::format("{{{{{}}}}} is not supported", word));
    node.kind = TemplateNode::Kind::action;
    node.pipe = pipeline(false, 0);
    close();
  }

  void control(TemplateNode& node, std::string_view word, size_t depth) {
    node.kind = word == "if" ? TemplateNode::Kind::if_ : word == "with" ? TemplateNode::Kind::with : TemplateNode::Kind::range;
    const size_t scope = variables_.size();
    skip_space();
    node.pipe = pipeline(word == "range", 0);
    close();
    loops_ += word == "range";
    std::string_view stop;
    node.body = list(depth + 1, stop);
    loops_ -= word == "range";
    if (stop == "else") {
      const std::string_view chained = peek_word();
      if (chained == word && word != "range") {
        // {{else if}}: one more level, closed by the same {{end}}.
        TemplateNode& inner = add(node.otherwise);
        at_ += chained.size();
        control(inner, chained, depth + 1);
        variables_.resize(scope);
        return;
      }
      close();
      node.otherwise = list(depth + 1, stop);
      if (stop == "else") fail("a second {{else}}");
    }
    if (stop != "end") fail("unexpected EOF");
    variables_.resize(scope);
  }

  void close() {
    if (!error_.empty()) return;
    skip_space();
    if (text_.substr(at_).starts_with("-}}") && at_ > 0 && space(text_[at_ - 1])) {
      at_ += 3;
      trim_next_ = true;
    } else if (text_.substr(at_).starts_with("}}")) {
      at_ += 2;
    } else if (at_ >= text_.size()) {
      fail("unclosed action");
    } else {
      fail(fmt::format("unexpected {} in action", quote_rune(decode_rune(text_.substr(at_)).first)));
    }
  }

  // ---- pipelines ----
  std::unique_ptr<TemplatePipe> pipeline(bool in_range, size_t depth) {
    auto out = std::make_unique<TemplatePipe>();
    if (depth > kDepthMax) return fail(fmt::format("nested too deeply (the limit is {} levels)", kDepthMax)), std::move(out);
    std::vector<std::string> declared;
    assignment(*out, in_range, declared);
    for (;;) {
      skip_space();
      TemplateCommand command;
      while (!ends_command()) {
        command.operands.push_back(operand(depth));
        if (at_ < text_.size() && !space(text_[at_]) && !ends_command()) fail(fmt::format("unexpected {} in operand", here()));
        skip_space();
      }
      if (command.operands.empty()) fail("missing value for command");
      if (!error_.empty()) return out;
      check(command, !out->commands.empty());
      out->commands.push_back(std::move(command));
      if (at_ >= text_.size() || text_[at_] != '|') break;
      ++at_;
    }
    for (std::string& name : declared) variables_.push_back(std::move(name));
    return out;
  }

  /// `$x :=`, `$x =`, and for range `$i, $x :=`.
  void assignment(TemplatePipe& out, bool in_range, std::vector<std::string>& declared) {
    const size_t start = at_;
    std::vector<std::string> names;
    while (at_ < text_.size() && text_[at_] == '$') {
      size_t end = at_ + 1;
      while (end < text_.size() && alphanumeric(text_[end])) ++end;
      names.emplace_back(text_.substr(at_, end - at_));
      at_ = end;
      skip_space();
      if (names.size() == 1 && in_range && at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        skip_space();
        continue;
      }
      break;
    }
    const bool declares = text_.substr(at_).starts_with(":=");
    const bool sets = !declares && text_.substr(at_).starts_with("=");
    if (names.empty() || (!declares && !sets)) {
      at_ = start;
      return;
    }
    at_ += declares ? 2 : 1;
    out.declares = declares;
    for (std::string& name : names) {
      if (declares) {
        out.variables.push_back(variables_.size() + declared.size());
        declared.push_back(std::move(name));
      } else {
        out.variables.push_back(find_variable(name));
      }
    }
  }

  size_t find_variable(std::string_view name) {
    for (size_t i = variables_.size(); i-- > 0;)
      if (variables_[i] == name) return i;
    fail(fmt::format("undefined variable \"{}\"", name));
    return 0;
  }

  bool ends_command() const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return rest.empty() || rest[0] == '|' || rest[0] == ')' || rest.starts_with("}}") ||
           (rest.starts_with("-}}") && at_ > 0 && space(text_[at_ - 1]));
  }

  void check(const TemplateCommand& command, bool piped) {
    const TemplateOperand& first = command.operands[0];
    if (first.kind != TemplateOperand::Kind::function) {
      if (command.operands.size() > 1 || piped) fail("a value that is no function cannot have arguments");
      return;
    }
    const auto given = static_cast<int>(command.operands.size()) - 1 + (piped ? 1 : 0);
    const TemplateFunction& f = *first.function;
    if (given < f.args_min || (f.args_max >= 0 && given > f.args_max))
      fail(fmt::format("wrong number of args for {}: want {}{} got {}", f.name, f.args_max == f.args_min ? "" : "at least ", f.args_min, given));
  }

  TemplateOperand operand(size_t depth) {
    TemplateOperand out;
    const char c = text_[at_];
    if (c == '"' || c == '`') {
      out.value = TemplateValue::of(std::string_view(constant_string(c)));
      return out;
    }
    if (c == '\'') {
      const size_t end = text_.find('\'', at_ + (text_.substr(at_).starts_with("'\\") ? 3 : 1));
      std::string body;
      if (end == std::string_view::npos || !unquote(text_.substr(at_, end + 1 - at_), body) || body.empty())
        return fail("malformed character constant"), TemplateOperand{};
      at_ = end + 1;
      out.value = TemplateValue::of(static_cast<int64_t>(decode_rune(body).first));
      return out;
    }
    if (digit(c) || ((c == '-' || c == '+') && at_ + 1 < text_.size() && (digit(text_[at_ + 1]) || text_[at_ + 1] == '.')) ||
        (c == '.' && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) {
      out.value = number();
      return out;
    }
    if (c == '(') {
      ++at_;
      skip_space();
      out.kind = TemplateOperand::Kind::pipe;
      out.pipe = pipeline(false, depth + 1);
      if (!out.pipe->variables.empty()) fail("a variable cannot be declared in parentheses");
      if (at_ >= text_.size() || text_[at_] != ')') return fail("unclosed left paren"), TemplateOperand{};
      ++at_;
      fields(out);
      return out;
    }
    if (c == '.') {
      out.kind = TemplateOperand::Kind::dot;
      if (at_ + 1 < text_.size() && alpha(text_[at_ + 1]))
        fields(out);
      else
        ++at_;
      return out;
    }
    if (c == '$') {
      size_t end = at_ + 1;
      while (end < text_.size() && alphanumeric(text_[end])) ++end;
      out.kind = TemplateOperand::Kind::variable;
      out.variable = find_variable(text_.substr(at_, end - at_));
      at_ = end;
      fields(out);
      return out;
    }
    const std::string_view word = peek_word();
    if (word.empty()) return fail(fmt::format("unexpected {} in command", here())), TemplateOperand{};
    at_ += word.size();
    if (word == "true" || word == "false") {
      out.value = TemplateValue::of(word == "true");
      return out;
    }
    if (word == "nil") return out;
    out.kind = TemplateOperand::Kind::function;
    out.function = find_template_function(word);
    if (out.function == nullptr) fail(fmt::format("function \"{}\" not defined", word));
    out.is_and = word == "and";
    out.is_or = word == "or";
    return out;
  }

  void fields(TemplateOperand& out) {
    while (at_ + 1 < text_.size() && text_[at_] == '.' && alpha(text_[at_ + 1])) {
      size_t end = at_ + 1;
      while (end < text_.size() && alphanumeric(text_[end])) ++end;
      out.fields.emplace_back(text_.substr(at_ + 1, end - at_ - 1));
      at_ = end;
    }
  }

  const std::string& constant_string(char mark) {
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != mark) {
      if (mark == '"' && text_[end] == '\n') break;
      end += mark == '"' && text_[end] == '\\' ? 2 : 1;
    }
    std::string out;
    if (end >= text_.size() || text_[end] != mark)
      fail(mark == '"' ? "unterminated quoted string" : "unterminated raw quoted string");
    else if (!unquote(text_.substr(at_, end + 1 - at_), out))
      fail("invalid syntax in string");
    else
      at_ = end + 1;
    return tree_->strings.emplace_back(std::move(out));
  }

  TemplateValue number() {
    size_t end = at_ + 1;
    while (end < text_.size() && (alphanumeric(text_[end]) || text_[end] == '.' ||
                                  ((text_[end] == '+' || text_[end] == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E'))))
      ++end;
    std::string_view token = text_.substr(at_, end - at_);
    if (token[0] == '+') token.remove_prefix(1);
    at_ = end;
    if (const auto whole = parse_integer<int64_t>(token)) return TemplateValue::of(*whole);
    if (token.starts_with("0x")) {
      int64_t value = 0;
      const auto [stop, error] = std::from_chars(token.data() + 2, token.data() + token.size(), value, 16);
      if (error == std::errc{} && stop == token.data() + token.size()) return TemplateValue::of(value);
    }
    if (const auto real = parse_number(token)) return TemplateValue::of(*real);
    fail(fmt::format("bad number syntax: \"{}\"", token));
    return {};
  }

  // ---- characters ----
  std::string here() const { return at_ < text_.size() ? quote_rune(decode_rune(text_.substr(at_)).first) : "EOF"; }
  std::string_view peek_word() const {
    size_t end = at_;
    if (end < text_.size() && alpha(text_[end]))
      while (end < text_.size() && alphanumeric(text_[end])) ++end;
    return text_.substr(std::min(at_, text_.size()), end - at_);
  }
  void skip_space() {
    while (at_ < text_.size() && space(text_[at_])) ++at_;
  }
  static std::string_view trim_left(std::string_view t) {
    while (!t.empty() && space(t.front())) t.remove_prefix(1);
    return t;
  }
  static std::string_view trim_right(std::string_view t) {
    while (!t.empty() && space(t.back())) t.remove_suffix(1);
    return t;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool trim_next_ = false;
  size_t nodes_ = 0;
  size_t loops_ = 0;
  std::vector<std::string> variables_;
  std::string error_;
  std::unique_ptr<TemplateTree> tree_;
};

}  // namespace

Result<std::unique_ptr<const TemplateTree>, std::string> parse_template(std::string_view text) {
  return Parser(text).run();
}

}  // namespace monitorai::query::logql

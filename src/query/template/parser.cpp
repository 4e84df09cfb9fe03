// Template text to tree.

#include <algorithm>
#include <set>

#include "base/text.h"
#include "query/promql/quoting.h"
#include "query/template/tree.h"

namespace monitorai::query::templates {
namespace {

constexpr size_t kDepthMax = 50;
constexpr size_t kNodesMax = 10'000;

bool space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool alpha(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80u) != 0; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool alphanumeric(char c) { return alpha(c) || digit(c); }

/// After a fault the parser stands at the end of the text, so that every loop ends; the first fault is kept.
/// Why parsing stopped; caught in parse_tree. (Templates are small and parsed once: an exception keeps the descent readable.)
struct Fault {
  std::string message;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view name, std::span<const Function> functions)
      : text_(text), name_(name), functions_(functions), tree_(std::make_unique<Tree>()) {
    variables_.push_back("$");
  }

  std::unique_ptr<const Tree> run(std::span<const std::string_view> libraries) {
    const std::string_view own = text_;
    for (const std::string_view library : libraries) read(library);
    read(own);
    return std::move(tree_);
  }

 private:
  void read(std::string_view text) {
    text_ = text;
    at_ = 0;
    trim_next_ = false;
    variables_ = {"$"};
    defined_here_.clear();
    std::string_view stop;
    tree_->nodes = list(0, stop);
    if (!stop.empty()) fail(fmt::format("unexpected {{{{{}}}}}", stop));
  }

  [[noreturn]] void fail(std::string_view message) const {
    size_t line = 1;
    for (size_t i = 0; i < at_ && i < text_.size(); ++i) line += text_[i] == '\n';
    throw Fault{fmt::format("template: {}:{}: {}", name_, line, message)};
  }

  // ---- text and actions ----
  /// Nodes up to {{end}} or {{else ...}}, whose word goes to `stop` ("" at the end of the text).
  std::vector<Node> list(size_t depth, std::string_view& stop) {
    std::vector<Node> out;
    stop = {};
    if (depth > kDepthMax) fail(fmt::format("nested too deeply (the limit is {} levels)", kDepthMax));
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
        stop = word;
        return out;
      }
      action(out, word, depth);
    }
  }

  Node& add(std::vector<Node>& out) {
    if (++nodes_ > kNodesMax) fail(fmt::format("too many actions (the limit is {})", kNodesMax));
    return out.emplace_back();
  }

  void action(std::vector<Node>& out, std::string_view word, size_t depth) {
    if (word == "define") return define(depth);
    Node& node = add(out);
    if (word == "template" || word == "block") return call(node, word, depth);
    if (word == "if" || word == "with" || word == "range") {
      at_ += word.size();
      control(node, word, depth);
      return;
    }
    if (word == "break" || word == "continue") {
      if (loops_ == 0) fail(fmt::format("{{{{{}}}}} outside {{{{range}}}}", word));
      at_ += word.size();
      node.kind = word == "break" ? Node::Kind::break_ : Node::Kind::continue_;
      close();
      return;
    }
    node.kind = Node::Kind::action;
    node.pipe = pipeline(false, 0);
    close();
  }

  /// {{define "name"}} ... {{end}}
  void define(size_t depth) {
    if (depth > 0) fail("unexpected {{define}}");
    at_ += 6;
    std::string name = template_name("define");
    close();
    set_defined(std::move(name), depth);
  }
  /// {{template "name" pipeline}}, {{block "name" pipeline}} ... {{end}}
  void call(Node& node, std::string_view word, size_t depth) {
    node.kind = Node::Kind::call;
    at_ += word.size();
    node.text = template_name(word);
    skip_space();
    if (!ends_command()) node.pipe = pipeline(false, 0);
    if (word == "block" && !node.pipe) fail("missing value for block clause");
    close();
    if (word == "block") set_defined(std::string(node.text), depth);
  }
  std::string template_name(std::string_view word) {
    skip_space();
    const char mark = at_ < text_.size() ? text_[at_] : '\0';
    if (mark != '"' && mark != '`') fail(fmt::format("unexpected {} in {} clause", here(), word));
    std::string name = constant_string(mark);
    skip_space();
    return name;
  }
  void set_defined(std::string name, size_t depth) {
    // A template of its own: it sees no variable but $.
    const std::vector<std::string> outside = std::exchange(variables_, {"$"});
    const size_t loops = std::exchange(loops_, 0);
    std::string_view stop;
    std::vector<Node> body = list(depth + 1, stop);
    if (stop != "end") fail(stop.empty() ? "unexpected EOF" : "unexpected {{else}}");
    variables_ = outside;
    loops_ = loops;
    if (++nodes_ > kNodesMax) fail(fmt::format("too many actions (the limit is {})", kNodesMax));
    // Empty ones neither replace another nor are they in its way.
    const bool empty =
        std::all_of(body.begin(), body.end(), [](const Node& node) { return node.kind == Node::Kind::text && trim(node.text).empty(); });
    const auto known = tree_->defined.find(name);
    const bool fresh = !defined_here_.contains(name);
    if (known == tree_->defined.end() || (!empty && (fresh || defined_empty_.contains(name))))
      tree_->defined.insert_or_assign(name, std::move(body));
    else if (!empty)
      fail(fmt::format("template: multiple definition of template \"{}\"", name));
    defined_here_.insert(name);
    empty ? void(defined_empty_.insert(name)) : void(defined_empty_.erase(name));
  }

  void control(Node& node, std::string_view word, size_t depth) {
    node.kind = word == "if" ? Node::Kind::if_ : word == "with" ? Node::Kind::with : Node::Kind::range;
    const size_t scope = variables_.size();
    skip_space();
    node.pipe = pipeline(word == "range", 0, word);
    close();
    loops_ += word == "range";
    std::string_view stop;
    node.body = list(depth + 1, stop);
    loops_ -= word == "range";
    if (stop == "else") {
      const std::string_view chained = peek_word();
      if (chained == word && word != "range") {
        // {{else if}}: one more level, closed by the same {{end}}.
        Node& inner = add(node.otherwise);
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
    skip_space();
    if (text_.substr(at_).starts_with("-}}") && at_ > 0 && space(text_[at_ - 1])) {
      at_ += 3;
      trim_next_ = true;
    } else if (text_.substr(at_).starts_with("}}")) {
      at_ += 2;
    } else if (at_ >= text_.size()) {
      fail("unclosed action");
    } else {
      fail(text_[at_] == ')' ? std::string("unexpected right paren") : fmt::format("unexpected {} in action", here()));
    }
  }

  // ---- pipelines ----
  std::unique_ptr<Pipe> pipeline(bool in_range, size_t depth, std::string_view what = "command") {
    auto out = std::make_unique<Pipe>();
    if (depth > kDepthMax) fail(fmt::format("nested too deeply (the limit is {} levels)", kDepthMax));
    std::vector<std::string> declared;
    assignment(*out, in_range, declared);
    for (;;) {
      skip_space();
      Command command;
      while (!ends_command()) {
        command.operands.push_back(operand(depth));
        if (at_ < text_.size() && !space(text_[at_]) && !ends_command()) fail(fmt::format("unexpected {} in operand", here()));
        skip_space();
      }
      if (command.operands.empty()) fail(fmt::format("missing value for {}", what));
      check(command, out->commands.size());
      out->commands.push_back(std::move(command));
      if (at_ >= text_.size() || text_[at_] != '|') break;
      ++at_;
    }
    for (std::string& name : declared) variables_.push_back(std::move(name));
    return out;
  }

  /// `$x :=`, `$x =`, and for range `$i, $x :=`.
  void assignment(Pipe& out, bool in_range, std::vector<std::string>& declared) {
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
  }

  bool ends_command() const {
    const std::string_view rest = text_.substr(std::min(at_, text_.size()));
    return rest.empty() || rest[0] == '|' || rest[0] == ')' || rest.starts_with("}}") ||
           (rest.starts_with("-}}") && at_ > 0 && space(text_[at_ - 1]));
  }

  /// Numbers of arguments are checked when a function is called, as in Go.
  void check(const Command& command, size_t stage) {
    const Operand& first = command.operands[0];
    const bool constant = (first.kind == Operand::Kind::constant || first.kind == Operand::Kind::dot) && first.fields.empty();
    if (stage > 0 && constant) fail(fmt::format("non executable command in pipeline stage {}", stage + 1));
  }

  Operand operand(size_t depth) {
    Operand out;
    const char c = text_[at_];
    if (c == '"' || c == '`') {
      out.value = Value::of(std::string_view(constant_string(c)));
      return out;
    }
    if (c == '\'') {
      const size_t end = text_.find('\'', at_ + (text_.substr(at_).starts_with("'\\") ? 3 : 1));
      std::string body;
      if (end == std::string_view::npos || !unquote(text_.substr(at_, end + 1 - at_), body) || body.empty())
        fail("malformed character constant");
      at_ = end + 1;
      out.value = Value::of(static_cast<int64_t>(decode_rune(body).first));
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
      out.kind = Operand::Kind::pipe;
      out.pipe = pipeline(false, depth + 1);
      if (!out.pipe->variables.empty()) fail("a variable cannot be declared in parentheses");
      if (at_ >= text_.size() || text_[at_] != ')') fail("unclosed left paren");
      ++at_;
      fields(out);
      return out;
    }
    if (c == '.') {
      out.kind = Operand::Kind::dot;
      if (at_ + 1 < text_.size() && alpha(text_[at_ + 1]))
        fields(out);
      else
        ++at_;
      return out;
    }
    if (c == '$') {
      size_t end = at_ + 1;
      while (end < text_.size() && alphanumeric(text_[end])) ++end;
      out.kind = Operand::Kind::variable;
      out.variable = find_variable(text_.substr(at_, end - at_));
      at_ = end;
      fields(out);
      return out;
    }
    const std::string_view word = peek_word();
    if (word.empty()) fail(fmt::format("unexpected {} in command", here()));
    at_ += word.size();
    if (word == "true" || word == "false") {
      out.value = Value::of(word == "true");
      return out;
    }
    if (word == "nil") return out;
    out.kind = Operand::Kind::function;
    out.function = find(word);
    if (out.function == nullptr) fail(fmt::format("function \"{}\" not defined", word));
    out.is_and = word == "and";
    out.is_or = word == "or";
    return out;
  }

  const Function* find(std::string_view name) const {
    for (const std::span<const Function> table : {functions_, builtin_functions()})
      for (const Function& function : table)
        if (function.name == name) return &function;
    return nullptr;
  }

  void fields(Operand& out) {
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

  Value number() {
    size_t end = at_ + 1;
    while (end < text_.size() && (alphanumeric(text_[end]) || text_[end] == '.' ||
                                  ((text_[end] == '+' || text_[end] == '-') && (text_[end - 1] == 'e' || text_[end - 1] == 'E'))))
      ++end;
    std::string_view token = text_.substr(at_, end - at_);
    if (token[0] == '+') token.remove_prefix(1);
    at_ = end;
    if (const auto whole = parse_integer<int64_t>(token)) return Value::of(*whole);
    if (token.starts_with("0x")) {
      int64_t value = 0;
      const auto [stop, error] = std::from_chars(token.data() + 2, token.data() + token.size(), value, 16);
      if (error == std::errc{} && stop == token.data() + token.size()) return Value::of(value);
    }
    if (const auto real = parse_number(token)) return Value::of(*real);
    fail(fmt::format("bad number syntax: \"{}\"", token));
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
  std::string_view name_;
  std::span<const Function> functions_;
  size_t at_ = 0;
  bool trim_next_ = false;
  size_t nodes_ = 0;
  size_t loops_ = 0;
  std::set<std::string> defined_empty_;
  std::set<std::string> defined_here_;  ///< in the text that is being read
  std::vector<std::string> variables_;
  std::unique_ptr<Tree> tree_;
};

}  // namespace

Result<std::unique_ptr<const Tree>, std::string> parse_tree(std::string_view text, std::string_view name,
                                                            std::span<const Function> functions,
                                                            std::span<const std::string_view> libraries) {
  try {
    return Parser(text, name, functions).run(libraries);
  } catch (Fault& fault) { return std::move(fault.message); }
}

}  // namespace monitorai::query::templates

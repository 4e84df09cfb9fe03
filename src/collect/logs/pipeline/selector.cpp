#include "collect/logs/pipeline/selector.h"

#include "base/text.h"
#include "collect/logs/container_line.h"
#include "signals/labels.h"

namespace monitorai::collect {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  Error wrong(std::string_view expected) const {
    return Error{Code::invalid, fmt::format("cannot read selector {}: {} is expected at column {}", text_, expected, at_ + 1)};
  }
  bool end() {
    skip();
    return at_ == text_.size();
  }
  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  std::string_view name() {
    skip();
    const size_t begin = at_;
    while (at_ < text_.size() && (text_[at_] == '_' || (text_[at_] >= '0' && text_[at_] <= '9') || (text_[at_] >= 'a' && text_[at_] <= 'z') ||
                                  (text_[at_] >= 'A' && text_[at_] <= 'Z')))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  std::optional<std::string> quoted() {
    skip();
    if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '`')) return std::nullopt;
    const char quote = text_[at_];
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote) end += quote == '"' && text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size()) return std::nullopt;
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return quote == '"' ? json_unescaped(inside) : std::string(inside);
  }

 private:
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<LineSelector> LineSelector::parse(std::string_view text) {
  using signals::MatchOp;
  LineSelector out;
  Reader in(text);
  if (!in.take("{")) return in.wrong("{");
  while (!in.take("}")) {
    if (!out.matchers_.empty() && !in.take(",")) return in.wrong(", or }");
    const std::string_view name = in.name();
    if (!signals::valid_label_name(name)) return in.wrong("a label's name");
    MatchOp op = MatchOp::equal;
    if (in.take("=~")) op = MatchOp::regex;
    else if (in.take("!~")) op = MatchOp::not_regex;
    else if (in.take("!=")) op = MatchOp::not_equal;
    else if (!in.take("=")) return in.wrong("=, !=, =~ or !~");
    auto value = in.quoted();
    if (!value) return in.wrong("a text in quotes");
    MAI_TRY_ASSIGN(auto matcher, signals::Matcher::make(std::string(name), op, std::move(*value)));
    out.matchers_.push_back(std::move(matcher));
  }
  while (!in.end()) {
    Filter filter{true, {}, nullptr};
    bool regex = false;
    if (in.take("|=")) {
    } else if (in.take("!=")) {
      filter.wanted = false;
    } else if (in.take("|~")) {
      regex = true;
    } else if (in.take("!~")) {
      filter.wanted = false;
      regex = true;
    } else {
      return in.wrong("|=, !=, |~, !~ or the end");
    }
    auto value = in.quoted();
    if (!value) return in.wrong("a text in quotes");
    filter.text = std::move(*value);
    if (regex) {
      MAI_TRY_ASSIGN(Regex compiled, Regex::searching(filter.text));
      filter.regex = std::make_shared<const Regex>(std::move(compiled));
    }
    out.filters_.push_back(std::move(filter));
  }
  return out;
}

bool LineSelector::matches(const Extracted& labels, std::string_view line) const {
  for (const signals::Matcher& matcher : matchers_) {
    const auto label = labels.find(matcher.name());
    if (!matcher.matches(label == labels.end() ? std::string_view{} : std::string_view(label->second))) return false;
  }
  for (const Filter& filter : filters_) {
    const bool found = filter.regex ? filter.regex->matches(line) : line.find(filter.text) != std::string_view::npos;
    if (found != filter.wanted) return false;
  }
  return true;
}

}  // namespace monitorai::collect

#include "signals/matcher.h"

#include "base/text.h"

namespace monitorai::signals {

Result<Matcher> Matcher::make(std::string name, MatchOp op, std::string value) {
  std::shared_ptr<const Regex> regex;
  if (op == MatchOp::regex || op == MatchOp::not_regex) {
    MAI_TRY_ASSIGN(Regex compiled, Regex::anchored(value));
    regex = std::make_shared<const Regex>(std::move(compiled));
  }
  return Matcher(std::move(name), op, std::move(value), std::move(regex));
}

bool Matcher::matches(std::string_view label_value) const {
  switch (op_) {
    case MatchOp::equal: return label_value == value_;
    case MatchOp::not_equal: return label_value != value_;
    case MatchOp::regex: return regex_->matches(label_value);
    case MatchOp::not_regex: return !regex_->matches(label_value);
  }
  return false;
}

std::string Matcher::text() const {
  constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  return fmt::format("{}{}{}", name_, kOps[static_cast<size_t>(op_)], json_string(value_));
}

}  // namespace monitorai::signals

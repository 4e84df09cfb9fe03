// |= != |~ !~ |> !> and ip(): lines that contain, or do not contain.

#include "query/logql/ip_ranges.h"
#include "query/logql/line_pattern.h"
#include "query/logql/step.h"
#include "query/logql/text_search.h"

namespace monitorai::query::logql {
namespace {

/// One term of a filter.
class Test {
 public:
  virtual ~Test() = default;
  virtual bool in(std::string_view line) const = 0;
};

class Contains final : public Test {
 public:
  explicit Contains(std::string text) : finder_(std::move(text)) {}
  bool in(std::string_view line) const override { return finder_.in(line); }

 private:
  Finder finder_;
};

class Matches final : public Test {
 public:
  explicit Matches(Regex regex) : regex_(std::move(regex)), prefix_(regex_.literal_prefix()) {}
  bool in(std::string_view line) const override {
    // Only lines with the text that every match begins with are worth the automaton.
    if (!prefix_.literal().empty() && !prefix_.in(line)) return false;
    return regex_.matches(line);
  }

 private:
  Regex regex_;
  Finder prefix_;
};

class IsOfForm final : public Test {
 public:
  explicit IsOfForm(LinePattern pattern) : pattern_(std::move(pattern)), literal_(std::string(pattern_.longest_literal())) {}
  bool in(std::string_view line) const override { return literal_.in(line) && pattern_.matches(line); }

 private:
  LinePattern pattern_;
  Finder literal_;
};

class HasAddress final : public Test {
 public:
  explicit HasAddress(IpRange range) : range_(range) {}
  bool in(std::string_view line) const override { return range_.found_in(line); }

 private:
  IpRange range_;
};

class LineFilterStep final : public Step {
 public:
  LineFilterStep(bool wanted, std::vector<std::unique_ptr<const Test>> tests) : wanted_(wanted), tests_(std::move(tests)) {}
  bool run(Line& line) const override {
    for (const auto& test : tests_)
      if (test->in(line.text)) return wanted_;
    return !wanted_;
  }

 private:
  bool wanted_;
  std::vector<std::unique_ptr<const Test>> tests_;
};

}  // namespace

MadeStep make_line_filter(const LineFilter& stage) {
  std::vector<std::unique_ptr<const Test>> tests;
  for (const LineFilter::Term& term : stage.terms) {
    if (term.ip) {
      const auto range = IpRange::parse(term.text);
      if (!range) return StepError{"ip: invalid pattern: \"" + term.text + "\""};
      tests.push_back(std::make_unique<HasAddress>(*range));
      continue;
    }
    switch (stage.op) {
      case LineOp::contains:
      case LineOp::not_contains:
        tests.push_back(std::make_unique<Contains>(term.text));
        break;
      case LineOp::regex:
      case LineOp::not_regex: {
        auto regex = Regex::searching(term.text);
        if (!regex) return StepError{regex.error().message};
        if (const auto literals = regex->literal_alternatives())
          for (const std::string& literal : *literals) tests.push_back(std::make_unique<Contains>(literal));
        else
          tests.push_back(std::make_unique<Matches>(std::move(*regex)));
        break;
      }
      case LineOp::pattern:
      case LineOp::not_pattern: {
        auto pattern = LinePattern::filter(term.text);
        if (!pattern) return StepError{pattern.error()};
        tests.push_back(std::make_unique<IsOfForm>(std::move(*pattern)));
        break;
      }
    }
  }
  const bool wanted = stage.op == LineOp::contains || stage.op == LineOp::regex || stage.op == LineOp::pattern;
  return StepPtr(std::make_unique<LineFilterStep>(wanted, std::move(tests)));
}

}  // namespace monitorai::query::logql

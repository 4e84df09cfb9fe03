// Label filters, drop and keep.

#include "base/text.h"
#include "query/logql/ip_ranges.h"
#include "query/logql/step.h"
#include "query/logql/units.h"

namespace monitorai::query::logql {
namespace {

bool compare(Compare op, double a, double b) {
  switch (op) {
    case Compare::equal:
      return a == b;
    case Compare::not_equal:
      return a != b;
    case Compare::greater:
      return a > b;
    case Compare::greater_equal:
      return a >= b;
    case Compare::less:
      return a < b;
    case Compare::less_equal:
      return a <= b;
  }
  return false;
}

class MatcherStep final : public Step {
 public:
  explicit MatcherStep(signals::Matcher matcher) : matcher_(std::move(matcher)) {}
  bool run(Line& line) const override { return matcher_.matches(line.labels.value(matcher_.name())); }

 private:
  signals::Matcher matcher_;
};

/// A label that is absent drops the line; one that is no number keeps it, with __error__ set.
class CompareStep final : public Step {
 public:
  explicit CompareStep(const LabelFilter& f) : kind_(f.kind), name_(f.name), op_(f.op), number_(f.number) {}
  bool run(Line& line) const override {
    const auto value = line.labels.get(name_);
    if (!value) return false;
    const std::optional<double> number = read(*value);
    if (number) return compare(op_, *number, number_);
    if (line.labels.error().empty())
      line.labels.fail(kLabelFilterError, line.arena.copy(fault(*value)));
    return true;
  }

 private:
  std::optional<double> read(std::string_view text) const {
    if (kind_ == LabelFilter::Kind::number) return parse_number(text);
    if (kind_ == LabelFilter::Kind::bytes) return parse_bytes(text);
    const auto ns = parse_go_duration(text);
    return ns ? std::optional(static_cast<double>(*ns)) : std::nullopt;
  }
  std::string fault(std::string_view text) const {
    return kind_ == LabelFilter::Kind::number ? number_fault(text) : kind_ == LabelFilter::Kind::bytes ? bytes_fault(text) : duration_fault(text);
  }
  LabelFilter::Kind kind_;
  std::string name_;
  Compare op_;
  double number_;
};

class IpStep final : public Step {
 public:
  IpStep(std::string name, bool wanted, IpRange range) : name_(std::move(name)), wanted_(wanted), range_(range) {}
  bool run(Line& line) const override {
    if (!line.labels.error().empty()) return true;  // only string matchers filter lines with errors
    const auto value = line.labels.get(name_);
    return value && range_.found_in(*value) == wanted_;
  }

 private:
  std::string name_;
  bool wanted_;
  IpRange range_;
};

class JoinedStep final : public Step {
 public:
  JoinedStep(bool all, std::vector<StepPtr> parts) : all_(all), parts_(std::move(parts)) {}
  bool run(Line& line) const override {
    // With `and` every part is run, so that each may set its error, as in Loki.
    bool result = all_;
    for (const StepPtr& part : parts_) {
      const bool passed = part->run(line);
      if (!all_ && passed) return true;
      result = all_ ? result && passed : result || passed;
    }
    return result;
  }

 private:
  bool all_;
  std::vector<StepPtr> parts_;
};

class DropStep final : public Step {
 public:
  explicit DropStep(std::vector<ChoiceStage::Choice> choices) : choices_(std::move(choices)) {}
  bool run(Line& line) const override {
    for (const auto& choice : choices_)
      if (!choice.matcher || choice.matcher->matches(line.labels.value(choice.name))) line.labels.remove(choice.name);
    return true;
  }

 private:
  std::vector<ChoiceStage::Choice> choices_;
};

class KeepStep final : public Step {
 public:
  explicit KeepStep(std::vector<ChoiceStage::Choice> choices) : choices_(std::move(choices)) {}
  bool run(Line& line) const override {
    thread_local std::vector<LineLabels::Entry> all;
    line.labels.collect(all);
    for (const LineLabels::Entry& e : all) {
      if (e.name == kErrorLabel || e.name == kErrorDetailsLabel || e.name == kPreserveErrorLabel) continue;
      const auto kept = [&](const ChoiceStage::Choice& c) { return c.name == e.name && (!c.matcher || c.matcher->matches(e.value)); };
      if (std::none_of(choices_.begin(), choices_.end(), kept)) line.labels.remove(e.name);
    }
    return true;
  }

 private:
  std::vector<ChoiceStage::Choice> choices_;
};

}  // namespace

MadeStep make_label_filter(const LabelFilter& f) {
  switch (f.kind) {
    case LabelFilter::Kind::matcher:
      return StepPtr(std::make_unique<MatcherStep>(*f.matcher));
    case LabelFilter::Kind::ip: {
      const auto range = IpRange::parse(f.text);
      if (!range) return StepError{"ip: invalid pattern: \"" + f.text + "\""};
      return StepPtr(std::make_unique<IpStep>(f.name, f.op == Compare::equal, *range));
    }
    case LabelFilter::Kind::all:
    case LabelFilter::Kind::any: {
      std::vector<StepPtr> parts;
      for (const LabelFilter& part : f.parts) {
        MAI_TRY_ASSIGN(StepPtr made, make_label_filter(part));
        parts.push_back(std::move(made));
      }
      return StepPtr(std::make_unique<JoinedStep>(f.kind == LabelFilter::Kind::all, std::move(parts)));
    }
    default:
      return StepPtr(std::make_unique<CompareStep>(f));
  }
}

MadeStep make_choice(const ChoiceStage& stage) {
  if (stage.keep) return StepPtr(std::make_unique<KeepStep>(stage.choices));
  return StepPtr(std::make_unique<DropStep>(stage.choices));
}

}  // namespace monitorai::query::logql

#include "query/logql/pipeline.h"

#include <algorithm>

#include "query/logql/line_pattern.h"

namespace monitorai::query::logql {
namespace {

bool changes_text(const Stage& stage) {
  return std::holds_alternative<LineFormatStage>(stage.what) || std::holds_alternative<UnpackStage>(stage.what) ||
         std::holds_alternative<DecolorizeStage>(stage.what);
}

bool is_parser(const Stage& stage) {
  return std::holds_alternative<JsonStage>(stage.what) || std::holds_alternative<LogfmtStage>(stage.what) ||
         std::holds_alternative<RegexpStage>(stage.what) || std::holds_alternative<PatternStage>(stage.what);
}

/// The literal that every line which passes contains; "" when none is known.
std::string literal_of(const LineFilter& filter) {
  if (filter.terms.size() != 1 || filter.terms[0].ip) return {};
  switch (filter.op) {
    case LineOp::contains:
      return filter.terms[0].text;
    case LineOp::regex: {
      const auto regex = Regex::searching(filter.terms[0].text);
      if (!regex) return {};
      if (const auto literals = regex->literal_alternatives()) return literals->size() == 1 ? literals->front() : std::string{};
      return regex->literal_prefix();
    }
    case LineOp::pattern: {
      const auto pattern = LinePattern::filter(filter.terms[0].text);
      return pattern ? std::string(pattern->longest_literal()) : std::string{};
    }
    default:
      return {};
  }
}

/// The matchers that a label filter demands of single labels: `a="1" and b="2"` demands both.
void add_demands(const LabelFilter& filter, Demands& out) {
  if (filter.kind == LabelFilter::Kind::matcher) out.push_back(&*filter.matcher);
  if (filter.kind == LabelFilter::Kind::all)
    for (const LabelFilter& part : filter.parts) add_demands(part, out);
}

/// A value that stands in the text as it is, whatever the parser: no character of it has a short escape in JSON or logfmt.
bool literal_value(std::string_view value) {
  if (value.size() < 2) return false;
  return std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\' && c != '/'; });
}

const Finder& long_escape() {
  static const Finder finder("\\u00");
  return finder;
}

}  // namespace

void add_labels_read(const LabelFilter& filter, std::vector<std::string>& out) {
  if (filter.matcher)
    out.push_back(filter.matcher->name());
  else if (!filter.name.empty())
    out.push_back(filter.name);
  for (const LabelFilter& part : filter.parts) add_labels_read(part, out);
}

std::vector<std::string> labels_read(const std::vector<Stage>& stages) {
  std::vector<std::string> out;
  const auto fields = [&](const std::string& text) {
    for (std::string& name : template_fields(text)) out.push_back(std::move(name));
  };
  for (const Stage& stage : stages) {
    if (const auto* filter = std::get_if<LabelFilter>(&stage.what)) add_labels_read(*filter, out);
    if (const auto* format = std::get_if<LineFormatStage>(&stage.what)) fields(format->text);
    if (const auto* format = std::get_if<LabelFormatStage>(&stage.what)) {
      for (const auto& f : format->formats) {
        if (f.rename)
          out.push_back(f.value);
        else
          fields(f.value);
      }
    }
  }
  return out;
}

Result<Pipeline, ParseError> Pipeline::compile(const LogExpr& log, const Wanted& wanted, const PipelineLimits& limits) {
  Pipeline out;
  std::vector<const Stage*> stages;
  for (const Stage& stage : log.stages) {
    // |= "" passes everything.
    const auto* filter = std::get_if<LineFilter>(&stage.what);
    const bool idle = filter != nullptr && (filter->op == LineOp::contains || filter->op == LineOp::regex) &&
                      std::any_of(filter->terms.begin(), filter->terms.end(), [](const auto& t) { return !t.ip && t.text.empty(); });
    if (!idle) stages.push_back(&stage);
  }

  // What the text must contain, as long as no stage has changed it.
  const Stage* scanned = nullptr;
  std::string scan;
  bool parsed = false;
  for (const Stage* stage : stages) {
    if (changes_text(*stage) || std::holds_alternative<LabelFormatStage>(stage->what)) break;
    parsed = parsed || is_parser(*stage);
    if (const auto* filter = std::get_if<LineFilter>(&stage->what)) {
      std::string literal = literal_of(*filter);
      if (literal.empty()) continue;
      out.needles_.push_back(literal);
      const bool exact = filter->op == LineOp::contains;
      if (exact && (scanned == nullptr || literal.size() > scan.size())) {
        scanned = stage;
        scan = std::move(literal);
      }
    }
    if (const auto* filter = std::get_if<LabelFilter>(&stage->what); filter != nullptr && parsed && scanned == nullptr) {
      Demands demands;
      add_demands(*filter, demands);
      for (const signals::Matcher* m : demands) {
        // Errors are labels that never stand in the text.
        if (m->op() != signals::MatchOp::equal || m->name().starts_with("__") || !literal_value(m->value()) || m->value().size() <= scan.size()) continue;
        scan = m->value();
        out.scan_label_ = m->name();
      }
    }
  }
  if (scanned == nullptr && scan.empty()) {
    // A regex without its own literal filter: its beginning is worth the look.
    for (const std::string& needle : out.needles_)
      if (needle.size() > scan.size()) scan = needle;
  }
  out.scan_is_step_ = scanned != nullptr;
  if (scanned != nullptr) out.scan_label_.clear();
  if (!scan.empty()) out.scan_.emplace(std::move(scan));

  for (size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = *stages[i];
    if (!std::holds_alternative<LineFilter>(stage.what)) out.text_only_ = false;
    if (&stage == scanned) continue;
    Demands demands;
    for (size_t next = i + 1; next < stages.size(); ++next) {
      const auto* filter = std::get_if<LabelFilter>(&stages[next]->what);
      if (filter == nullptr) break;
      add_demands(*filter, demands);
    }
    struct Make {
      const Wanted& wanted;
      const Demands& demands;
      const PipelineLimits& limits;
      MadeStep operator()(const LineFilter& s) const { return make_line_filter(s); }
      MadeStep operator()(const LabelFilter& s) const { return make_label_filter(s); }
      MadeStep operator()(const JsonStage& s) const { return make_json(s, wanted, demands); }
      MadeStep operator()(const LogfmtStage& s) const { return make_logfmt(s, wanted, demands); }
      MadeStep operator()(const RegexpStage& s) const { return make_regexp(s, wanted); }
      MadeStep operator()(const PatternStage& s) const { return make_pattern(s, wanted); }
      MadeStep operator()(const UnpackStage&) const { return make_unpack(wanted); }
      MadeStep operator()(const LineFormatStage& s) const {
        return make_line_format(s, limits.line_bytes_max, limits.template_steps_max);
      }
      MadeStep operator()(const LabelFormatStage& s) const {
        return make_label_format(s, limits.line_bytes_max, limits.template_steps_max);
      }
      MadeStep operator()(const DecolorizeStage&) const { return make_decolorize(); }
      MadeStep operator()(const ChoiceStage& s) const { return make_choice(s); }
    };
    auto made = std::visit(Make{wanted, demands, limits}, stage.what);
    if (!made) return ParseError{stage.span, made.error().message};
    out.steps_.push_back(std::move(*made));
  }
  return out;
}

bool Pipeline::candidates(const signals::LogBlock& block, const signals::Labels& stream, std::vector<uint32_t>& out) const {
  out.clear();
  if (!scan_) return true;
  if (!scan_label_.empty()) {
    if (stream.has(scan_label_)) return true;
    for (const auto& set : block.sets)
      for (const signals::Label& label : set)
        if (label.name == scan_label_) return true;
    if (long_escape().in(block.text)) return true;
  }
  const bool inner_breaks = scan_->literal().find('\n') != std::string::npos;
  if (inner_breaks) {
    // The text of two lines may meet the literal together.
    for (size_t i = 0; i < block.size(); ++i)
      if (scan_->in(block.line(i))) out.push_back(static_cast<uint32_t>(i));
    return false;
  }
  size_t at = 0;
  size_t line = 0;
  while ((at = scan_->find(block.text, at)) != std::string_view::npos) {
    // Lines are found by doubling steps, then halving: hits may lie close together or far apart.
    size_t step = 1;
    while (line + step < block.size() && block.ends[line + step] < at) step *= 2;
    const auto* const from = block.ends.data() + line;
    const auto* const to = block.ends.data() + std::min(line + step + 1, block.size());
    line = static_cast<size_t>(std::lower_bound(from, to, static_cast<uint32_t>(at)) - block.ends.data());
    if (line >= block.size()) break;
    out.push_back(static_cast<uint32_t>(line));
    at = block.ends[line] + 1;
    if (++line >= block.size()) break;
  }
  return false;
}

}  // namespace monitorai::query::logql

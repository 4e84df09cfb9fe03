// line_format and label_format.

#include "query/logql/step.h"
#include "query/logql/template.h"

namespace monitorai::query::logql {
namespace {

void fail(Line& line, const std::string& why) { line.labels.fail(kTemplateError, line.arena.copy(why)); }

class LineFormatStep final : public Step {
 public:
  LineFormatStep(Template made, TemplateLimits limits) : template_(std::move(made)), limits_(limits) {}
  bool run(Line& line) const override {
    auto text = template_.run(line, limits_);
    if (text)
      line.set_text(*text);
    else
      fail(line, text.error());
    return true;
  }

 private:
  Template template_;
  TemplateLimits limits_;
};

class LabelFormatStep final : public Step {
 public:
  struct Format {
    std::string name;
    std::string from;  ///< of a rename
    std::optional<Template> made;
  };
  LabelFormatStep(std::vector<Format> formats, TemplateLimits limits) : formats_(std::move(formats)), limits_(limits) {}

  bool run(Line& line) const override {
    // All templates see the labels as they are when the first one runs: what one sets is not read by the next.
    std::vector<Result<std::string_view, std::string>> texts;
    for (const Format& format : formats_) {
      if (!format.made) {
        if (const auto value = line.labels.get(format.from)) {
          line.labels.set_parsed(format.name, *value);
          if (format.from != format.name) line.labels.remove(format.from);
        }
        continue;
      }
      if (texts.empty())
        for (const Format& later : std::span(&format, &formats_.back() + 1))
          texts.push_back(later.made ? later.made->run(line, limits_) : Result<std::string_view, std::string>(std::string_view{}));
      const auto& text = texts[texts.size() - static_cast<size_t>(&formats_.back() + 1 - &format)];
      if (text)
        line.labels.set_parsed(format.name, *text);
      else
        fail(line, text.error());
    }
    return true;
  }

 private:
  std::vector<Format> formats_;
  TemplateLimits limits_;
};

}  // namespace

MadeStep make_line_format(const LineFormatStage& stage, size_t line_bytes_max, size_t steps_max) {
  auto made = Template::parse(stage.text);
  if (!made) return StepError{"invalid line template: " + made.error()};
  return StepPtr(std::make_unique<LineFormatStep>(std::move(*made), TemplateLimits{line_bytes_max, steps_max}));
}

MadeStep make_label_format(const LabelFormatStage& stage, size_t line_bytes_max, size_t steps_max) {
  std::vector<LabelFormatStep::Format> formats;
  for (const auto& f : stage.formats) {
    LabelFormatStep::Format format{f.name, f.rename ? f.value : "", std::nullopt};
    if (!f.rename) {
      auto made = Template::parse(f.value);
      if (!made) return StepError{fmt::format("invalid template for label '{}': {}", f.name, made.error())};
      format.made.emplace(std::move(*made));
    }
    formats.push_back(std::move(format));
  }
  return StepPtr(std::make_unique<LabelFormatStep>(std::move(formats), TemplateLimits{line_bytes_max, steps_max}));
}

std::vector<std::string> template_fields(std::string_view text) {
  const auto made = Template::parse(text);
  return made ? made->fields() : std::vector<std::string>{};
}

}  // namespace monitorai::query::logql

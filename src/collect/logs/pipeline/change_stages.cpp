// Stages that change the line or its fields: output, template, replace, decolorize, pack.

#include "base/regex.h"
#include "base/text.h"
#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {
namespace {

/// Each group of each match is replaced, or the whole match where the pattern has no groups; a group's old text is {{ .Value }}.
class Replacer {
 public:
  Replacer(Regex regex, FieldTemplate replacement) : regex_(std::move(regex)), replacement_(std::move(replacement)) {}

  /// Named groups are noted as fields. nullopt: there is no match.
  std::optional<std::string> replace(const std::string& text, Extracted& fields) const {
    const std::vector<std::string> names = regex_.capture_names();
    std::string out;
    size_t copied = 0, from = 0;
    bool found_any = false;
    Extracted values = fields;
    while (from <= text.size()) {
      const auto found = regex_.captures_from(text, from);
      if (!found) break;
      found_any = true;
      const size_t begin = static_cast<size_t>((*found)[0].data() - text.data());
      from = begin + std::max<size_t>((*found)[0].size(), 1);
      for (size_t i = found->size() == 1 ? 0 : 1; i < found->size(); ++i) {
        const std::string_view group = (*found)[i];
        if (group.data() == nullptr || group.empty()) continue;
        const size_t at = static_cast<size_t>(group.data() - text.data());
        if (at < copied) continue;  // within a group that was replaced
        values["Value"] = std::string(group);
        const auto replaced = replacement_(values);
        if (!replaced) return std::nullopt;
        out.append(text, copied, at - copied);
        out += *replaced;
        copied = at + group.size();
        if (!names[i].empty()) fields[names[i]] = *replaced;
      }
    }
    if (!found_any) return std::nullopt;
    out.append(text, copied, std::string::npos);
    return out;
  }

 private:
  Regex regex_;
  FieldTemplate replacement_;
};

}  // namespace

StageResult compile(const OutputStage& settings, const StageTools&) {
  if (settings.source.empty()) return Error{Code::invalid, "cannot use an output stage without a source"};
  return stateless([source = settings.source](PipelineLine& line) {
    if (const std::string* text = line.source(source)) line.text = *text;
    return true;
  });
}

StageResult compile(const TemplateStage& settings, const StageTools& tools) {
  if (settings.source.empty()) return Error{Code::invalid, "cannot use a template stage without a source"};
  if (!tools.templates) return Error{Code::unavailable, "cannot use a template stage: there is no engine for templates"};
  MAI_TRY_ASSIGN(FieldTemplate made, tools.templates(settings.text));
  return stateless([made = std::move(made), source = settings.source](PipelineLine& line) {
    Extracted fields = line.extracted;
    if (const std::string* value = line.source(source)) fields["Value"] = *value;
    fields["Entry"] = line.text;
    const auto text = made(fields);
    if (!text) return true;
    // Nothing where there was nothing makes no field, as in promtail.
    if (text->empty()) line.extracted.erase(source);
    else line.extracted[source] = *text;
    return true;
  });
}

StageResult compile(const ReplaceStage& settings, const StageTools& tools) {
  MAI_TRY_ASSIGN(Regex regex, Regex::searching(settings.expression));
  FieldTemplate replacement = [text = settings.replace](const Extracted&) -> Result<std::string> { return text; };
  if (settings.replace.find("{{") != std::string::npos) {
    if (!tools.templates) return Error{Code::unavailable, "cannot use a template: there is no engine for templates"};
    MAI_TRY_ASSIGN(replacement, tools.templates(settings.replace));
  }
  return stateless([replacer = std::make_shared<const Replacer>(std::move(regex), std::move(replacement)), source = settings.source](PipelineLine& line) {
    const std::string* text = line.source(source);
    if (text == nullptr) return true;
    auto replaced = replacer->replace(*text, line.extracted);
    if (!replaced) return true;
    if (source.empty()) line.text = std::move(*replaced);
    else line.extracted[source] = std::move(*replaced);
    return true;
  });
}

StageResult compile(const DecolorizeStage&, const StageTools&) {
  return stateless([](PipelineLine& line) {
    // ECMA-48: ESC [ parameters, then one letter.
    if (line.text.find('\x1b') == std::string::npos) return true;
    std::string out;
    for (size_t i = 0; i < line.text.size(); ++i) {
      if (line.text[i] == '\x1b' && i + 1 < line.text.size() && line.text[i + 1] == '[') {
        size_t end = i + 2;
        while (end < line.text.size() && (line.text[end] < '@' || line.text[end] > '~')) ++end;
        i = end;
        continue;
      }
      out += line.text[i];
    }
    line.text = std::move(out);
    return true;
  });
}

StageResult compile(const PackStage& settings, const StageTools&) {
  return stateless([settings](PipelineLine& line) {
    std::string out = "{";
    for (const std::string& name : settings.labels) {
      const auto label = line.labels.find(name);
      const auto field = line.extracted.find(name);
      const std::string* value = label != line.labels.end() ? &label->second : field != line.extracted.end() ? &field->second : nullptr;
      if (value == nullptr) continue;
      append_json_string(out, name);
      out += ':';
      append_json_string(out, *value);
      out += ',';
      line.labels.erase(name);
    }
    out += "\"_entry\":";
    append_json_string(out, line.text);
    line.text = out + "}";
    if (settings.ingest_timestamp) line.time.reset();
    return true;
  });
}

StageResult compile(const TenantStage&, const StageTools&) {
  return stateless([](PipelineLine&) { return true; });
}

}  // namespace monitorai::collect

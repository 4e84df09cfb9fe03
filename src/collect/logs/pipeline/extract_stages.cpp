// Stages that find fields in a line: regex, json, logfmt, and the formats of containers.

#include "base/regex.h"
#include "base/text.h"
#include "collect/logs/container_line.h"
#include "collect/logs/pipeline/jmespath.h"
#include "collect/logs/pipeline/pipeline.h"
#include "collect/logs/pipeline/stage.h"

namespace monitorai::collect {
namespace {

/// All key=value pairs of a logfmt line, with quoted values unescaped.
std::vector<std::pair<std::string, std::string>> logfmt_pairs(std::string_view line) {
  std::vector<std::pair<std::string, std::string>> out;
  size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && static_cast<unsigned char>(line[at]) <= ' ') ++at;
    const size_t begin = at;
    while (at < line.size() && static_cast<unsigned char>(line[at]) > ' ' && line[at] != '=') ++at;
    if (at == begin) {
      ++at;
      continue;
    }
    std::string name(line.substr(begin, at - begin));
    if (at >= line.size() || line[at] != '=') continue;
    ++at;
    if (at < line.size() && line[at] == '"') {
      size_t end = at + 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      end = std::min(end, line.size());
      out.emplace_back(std::move(name), json_unescaped(line.substr(at + 1, end - at - 1)));
      at = end + 1;
    } else {
      const size_t value = at;
      while (at < line.size() && static_cast<unsigned char>(line[at]) > ' ') ++at;
      out.emplace_back(std::move(name), std::string(line.substr(value, at - value)));
    }
  }
  return out;
}

void unwrap(PipelineLine& line, ContainerLine&& unwrapped) {
  line.extracted["stream"] = std::string(unwrapped.stream);
  line.labels["stream"] = std::string(unwrapped.stream);
  if (unwrapped.time) line.time = unwrapped.time;
  line.text = std::move(unwrapped.text);
  line.extracted["output"] = line.text;
}

/// CRI lines, with partial ones joined by stream.
class CriRun final : public StageRun {
 public:
  explicit CriRun(size_t partial_lines_max) : partial_lines_max_(partial_lines_max) {}

  void process(PipelineLine&& line, const NextStage& next) override {
    auto unwrapped = read_cri_line(line.text);
    if (!unwrapped) return next(std::move(line));
    Waiting& waiting = waiting_[unwrapped->stream == "stderr" ? 1 : 0];
    const bool partial = unwrapped->partial;
    unwrap(line, std::move(*unwrapped));
    if (waiting.line) {
      waiting.line->text += line.text;
      waiting.line->end = line.end;
      waiting.line->time = line.time;
      line = std::move(*waiting.line);
      waiting.line.reset();
    } else {
      waiting.count = 0;
    }
    if (partial && ++waiting.count < partial_lines_max_ && line.text.size() < kExtractedBytesMax) {
      waiting.line = std::move(line);
      return;
    }
    line.extracted["output"] = line.text;
    next(std::move(line));
  }
  void flush(const NextStage& next) override {
    for (Waiting& waiting : waiting_) {
      if (!waiting.line) continue;
      PipelineLine line = std::move(*waiting.line);
      waiting.line.reset();
      next(std::move(line));
    }
  }
  std::optional<LineProcessor::Held> held() const override {
    constexpr std::chrono::milliseconds kWait{3000};
    std::optional<LineProcessor::Held> out;
    for (const Waiting& waiting : waiting_)
      if (waiting.line) out = LineProcessor::Held{out ? std::min(out->begin, waiting.line->begin) : waiting.line->begin, kWait};
    return out;
  }

 private:
  struct Waiting {
    std::optional<PipelineLine> line;
    size_t count = 0;
  };
  size_t partial_lines_max_;
  std::array<Waiting, 2> waiting_;
};

class Cri final : public Stage {
 public:
  explicit Cri(size_t partial_lines_max) : partial_lines_max_(partial_lines_max) {}
  std::unique_ptr<StageRun> start() const override { return std::make_unique<CriRun>(partial_lines_max_); }

 private:
  size_t partial_lines_max_;
};

}  // namespace

StageResult compile(const RegexStage& settings, const StageTools&) {
  MAI_TRY_ASSIGN(Regex regex, Regex::searching(settings.expression));
  std::vector<std::string> names = regex.capture_names();
  if (std::all_of(names.begin(), names.end(), [](const std::string& name) { return name.empty(); }))
    return Error{Code::invalid, "cannot use a regex stage without a named group: (?P<name>...)"};
  return stateless([regex = std::make_shared<const Regex>(std::move(regex)), names = std::move(names), source = settings.source](PipelineLine& line) {
    const std::string* text = line.source(source);
    if (text == nullptr) return true;
    if (const auto captured = regex->captures(*text)) {
      std::vector<std::pair<std::string, std::string>> found;
      for (size_t i = 1; i < names.size(); ++i)
        if (!names[i].empty()) found.emplace_back(names[i], std::string((*captured)[i]));
      for (auto& [name, value] : found) line.extracted[name] = std::move(value);
    }
    return true;
  });
}

StageResult compile(const JsonStage& settings, const StageTools& tools) {
  std::vector<std::pair<std::string, JmesPath>> paths;
  for (const auto& [name, expression] : settings.expressions) {
    // A name that is no JMESPath is looked up as it is.
    auto path = JmesPath::parse(expression.empty() ? json_string(name) : expression);
    if (!path) return path.error();
    paths.emplace_back(name, std::move(*path));
  }
  if (paths.empty()) return Error{Code::invalid, "cannot use a json stage without expressions"};
  return stateless([paths = std::move(paths), source = settings.source, drop = settings.drop_malformed, counts = tools.counts](PipelineLine& line) {
    const std::string* text = line.source(source);
    if (text == nullptr) return true;
    const auto json = parse_json(*text);
    if (!json || json->kind != JsonValue::Kind::object) {
      if (drop) ++counts->dropped;
      return !drop;
    }
    for (const auto& [name, path] : paths)
      if (const JsonValue* value = path.find(*json)) line.extracted[name] = plain_text(*value);
    return true;
  });
}

StageResult compile(const LogfmtStage& settings, const StageTools&) {
  if (settings.mapping.empty()) return Error{Code::invalid, "cannot use a logfmt stage without a mapping"};
  return stateless([settings](PipelineLine& line) {
    const std::string* text = line.source(settings.source);
    if (text == nullptr) return true;
    const auto pairs = logfmt_pairs(*text);
    for (const auto& [name, field] : settings.mapping)
      for (const auto& [key, value] : pairs)
        if (key == (field.empty() ? name : field)) line.extracted[name] = value;
    return true;
  });
}

StageResult compile(const CriStage& settings, const StageTools&) { return std::make_unique<Cri>(settings.max_partial_lines); }

StageResult compile(const DockerStage&, const StageTools&) {
  return stateless([](PipelineLine& line) {
    if (auto unwrapped = read_docker_line(line.text)) unwrap(line, std::move(*unwrapped));
    return true;
  });
}

}  // namespace monitorai::collect

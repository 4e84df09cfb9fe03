#include "judge/quality/watch/log_texts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "judge/quality/watch/message_texts.h"
#include "judge/quality/watch/span_texts.h"

namespace monitorai::judge {
namespace {

constexpr std::array<std::string_view, 8> kGroups{"prompt", "answer", "facts", "id", "model", "service", "route", "trace_id"};
constexpr size_t kPatternsMax = 50;
constexpr std::string_view kUser = "[USER]", kModel = "[MODEL]";

/// The end of the text: of the line, or of the JSON string that it stands in.
size_t text_end(std::string_view line, size_t begin) {
  if (!line.starts_with('{')) return line.size();
  for (size_t i = begin; i < line.size(); ++i) {
    if (line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      return i;
  }
  return line.size();
}

/// What stands behind a mark: " Request #278: Hello" gives the number and the text.
struct Marked {
  std::string_view id, text;
};
Marked marked(std::string_view line, size_t behind) {
  constexpr size_t kTitleBytesMax = 64;
  Marked out;
  size_t begin = behind;
  const size_t colon = line.substr(behind, kTitleBytesMax).find(": ");
  if (colon != std::string_view::npos) {
    const std::string_view title = trim(line.substr(behind, colon));
    if (title.starts_with("Request") || title.starts_with("Response")) {
      out.id = trim(title.substr(title.find_first_of(" #") == std::string_view::npos ? title.size() : title.find_first_of(" #")));
      if (out.id.starts_with('#')) out.id.remove_prefix(1);
      begin = behind + colon + 2;
    }
  }
  out.text = trim(line.substr(begin, text_end(line, begin) - begin));
  return out;
}

bool names_texts(std::string_view line) {
  return line.find("\"answer\"") != std::string_view::npos || line.find("\"response\"") != std::string_view::npos ||
         line.find("\"prompt\"") != std::string_view::npos || line.find("\"question\"") != std::string_view::npos;
}

/// The submission that a line holds, or a part of one; nullopt where it holds none.
std::optional<Submission> built_in(std::string_view line) {
  Submission out{.answer = {}, .source = TextSource::log};
  for (const std::string_view mark : {kUser, kModel}) {
    const size_t at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const Marked found = marked(line, at + mark.size());
    (mark == kUser ? out.answer.prompt : out.answer.text) = std::string(found.text);
    out.answer.id = std::string(found.id);
    return out;
  }
  if (!line.starts_with('{') || !names_texts(line)) return std::nullopt;
  auto parsed = parse_logged_answer(line);
  if (!parsed) return std::nullopt;
  out.answer = std::move(*parsed);
  return out;
}

Submission of_groups(const std::vector<std::string>& groups, const std::vector<std::string_view>& captured) {
  Submission out{.answer = {}, .source = TextSource::log};
  Answer& answer = out.answer;
  for (size_t i = 0; i < groups.size() && i < captured.size(); ++i) {
    const std::string_view text = captured[i];
    if (text.empty()) continue;
    const std::string& name = groups[i];
    if (name == "prompt")
      answer.prompt = std::string(text);
    else if (name == "answer")
      answer.text = std::string(text);
    else if (name == "facts")
      answer.facts = texts_of_documents(text);
    else if (name == "id")
      answer.id = std::string(text);
    else if (name == "model")
      answer.origin.model = std::string(text.substr(0, kOriginBytesMax));
    else if (name == "service")
      answer.origin.service = std::string(text.substr(0, kOriginBytesMax));
    else if (name == "route")
      answer.origin.route = std::string(text.substr(0, kOriginBytesMax));
    else if (name == "trace_id")
      answer.origin.trace_id = std::string(text.substr(0, kOriginBytesMax));
  }
  return out;
}

/// OTLP's events of calls of models carry the messages beside the line.
std::optional<Submission> of_metadata(std::span<const signals::LabelView> metadata) {
  Submission out{.answer = {}, .source = TextSource::log};
  for (const signals::LabelView& one : metadata) {
    if (one.name == "gen_ai_input_messages") out.answer.prompt = text_of_messages(one.value, "user");
    if (one.name == "gen_ai_output_messages") out.answer.text = text_of_messages(one.value, "assistant");
    if (one.name == "gen_ai_response_model" || (one.name == "gen_ai_request_model" && out.answer.origin.model.empty()))
      out.answer.origin.model = std::string(one.value.substr(0, kOriginBytesMax));
  }
  return out.answer.prompt.empty() && out.answer.text.empty() ? std::nullopt : std::optional(std::move(out));
}

void place(const signals::Labels& stream, const signals::LogLineView& line, AnswerOrigin& origin) {
  const auto first = [&](std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names)
      if (const std::string_view value = stream.value(name); !value.empty()) return std::string(value.substr(0, kOriginBytesMax));
    return std::string();
  };
  if (origin.model.empty()) origin.model = first({"model_name", "model"});
  if (origin.service.empty()) origin.service = first({"service", "service_name", "job"});
  for (const signals::LabelView& one : line.metadata) {
    if (one.name == "trace_id" && origin.trace_id.empty()) origin.trace_id = std::string(one.value.substr(0, kOriginBytesMax));
    if (one.name == "span_id" && origin.span_id.empty()) origin.span_id = std::string(one.value.substr(0, kOriginBytesMax));
  }
  if (!origin.time) origin.time = TimeMs{line.time.ns / 1'000'000};
}

}  // namespace

std::string pattern_problem(const LogPattern& pattern) {
  if (pattern.name.empty()) return "name is missing";
  const auto regex = Regex::searching(pattern.pattern);
  if (!regex) return fmt::format("pattern: {}", regex.error().message);
  bool any = false;
  for (const std::string& group : regex->capture_names()) {
    any |= group == "prompt" || group == "answer";
    if (!group.empty() && std::find(kGroups.begin(), kGroups.end(), group) == kGroups.end())
      return fmt::format("pattern: the group {} is none of {}", group, fmt::join(kGroups, ", "));
  }
  return any ? "" : "pattern: it names neither a group prompt nor a group answer: (?P<prompt>...)";
}

Result<std::unique_ptr<LogTexts>> LogTexts::make(const std::vector<LogPattern>& patterns) {
  auto out = std::make_unique<LogTexts>();
  if (patterns.size() > kPatternsMax)
    return Error{Code::exhausted, fmt::format("cannot take {} patterns for logs: the limit is {}", patterns.size(), kPatternsMax)};
  for (const LogPattern& pattern : patterns) {
    if (const std::string problem = pattern_problem(pattern); !problem.empty())
      return Error{Code::invalid, fmt::format("cannot read logs by {}: {}", pattern.name, problem)};
    MAI_TRY_ASSIGN(Regex regex, Regex::searching(pattern.pattern));
    auto groups = regex.capture_names();
    out->patterns_.push_back({std::move(regex), std::move(groups)});
  }
  return out;
}

void LogTexts::give_up(TimeNs now, std::vector<Submission>& out) {
  while (!waiting_.empty()) {
    Waiting& oldest = waiting_.front();
    if (!oldest.key.empty()) {
      if (oldest.time + std::chrono::nanoseconds(kAnswerWait) >= now && by_key_.size() <= kPromptsWaitingMax &&
          bytes_ <= kPromptBytesWaitingMax)
        break;
      bytes_ -= oldest.prompt.answer.prompt.size();
      if (const auto found = by_key_.find(oldest.key); found != by_key_.end() && found->second == first_) by_key_.erase(found);
      out.push_back(std::move(oldest.prompt));
    }
    waiting_.pop_front();
    ++first_;
  }
}

void LogTexts::take(const signals::Labels& stream, Submission&& found, TimeNs time, std::vector<Submission>& out) {
  Answer& answer = found.answer;
  const std::string key = fmt::format("{}\n{}", stream.text(), answer.id);
  if (answer.text.empty()) {
    bytes_ += answer.prompt.size();
    by_key_[key] = first_ + waiting_.size();
    waiting_.push_back({key, std::move(found), time});
    return;
  }
  if (const auto waits = by_key_.find(key); answer.prompt.empty() && waits != by_key_.end()) {
    Waiting& one = waiting_[waits->second - first_];
    bytes_ -= one.prompt.answer.prompt.size();
    answer.prompt = std::move(one.prompt.answer.prompt);
    if (answer.facts.empty()) answer.facts = std::move(one.prompt.answer.facts);
    one.key.clear();
    by_key_.erase(waits);
  }
  out.push_back(std::move(found));
}

std::vector<Submission> LogTexts::read(const signals::Labels& stream, std::span<const signals::LogLineView> lines) {
  std::vector<Submission> out;
  for (const signals::LogLineView& line : lines) {
    std::optional<Submission> found;
    for (const Pattern& pattern : patterns_) {
      const auto captured = pattern.regex.captures(line.line);
      if (!captured) continue;
      found = of_groups(pattern.groups, *captured);
      break;
    }
    if (!found) found = built_in(line.line);
    if (!found && line.metadata.size() > 0) found = of_metadata(line.metadata);
    if (!found) continue;
    Answer& answer = found->answer;
    if (is_length_only(answer.prompt)) answer.prompt.clear();
    if (is_length_only(answer.text)) answer.text.clear();
    if (answer.prompt.empty() && answer.text.empty()) continue;
    place(stream, line, answer.origin);
    const std::lock_guard lock(mutex_);
    take(stream, std::move(*found), line.time, out);
  }
  if (lines.empty()) return out;
  const std::lock_guard lock(mutex_);
  give_up(lines.back().time, out);
  return out;
}

}  // namespace monitorai::judge

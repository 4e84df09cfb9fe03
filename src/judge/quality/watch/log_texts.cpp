#include "judge/quality/watch/log_texts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "judge/quality/watch/message_texts.h"
#include "judge/quality/watch/span_texts.h"
#include "judge/quality/watch/text_signs.h"

namespace monitorai::judge {
namespace {

constexpr std::array<std::string_view, 8> kGroups{"prompt", "answer", "facts", "id", "model", "service", "route", "trace_id"};
constexpr size_t kPatternsMax = 50;

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

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The end of a JSON value that begins here: behind its string, its bracket, or before the comma or bracket that ends it.
size_t value_end(std::string_view line, size_t at) {
  size_t depth = 0;
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      at = text_end(line, at + 1);
      if (depth == 0) return std::min(at + 1, line.size());
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) return at;
      if (--depth == 0) return at + 1;
    } else if (c == ',' && depth == 0) {
      return at;
    }
  }
  return line.size();
}

/// The values of a JSON line that hold texts, under whatever of their names.
void add_json_places(std::string_view line, std::vector<LogPlace>& out) {
  constexpr std::array<std::string_view, 12> kKeys{"prompt", "question", "input",    "answer",  "response", "output",
                                                   "facts",  "context",  "contexts", "samples", "logprobs", "token_logprobs"};
  const auto skip_space = [&](size_t at) {
    while (at < line.size() && is_space(line[at])) ++at;
    return at;
  };
  for (size_t at = 1; at < line.size();) {
    const size_t key = line.find('"', at);
    if (key == std::string_view::npos) return;
    const size_t key_end = text_end(line, key + 1);
    const size_t colon = skip_space(key_end + 1);
    if (colon >= line.size() || line[colon] != ':') return;
    const size_t begin = skip_space(colon + 1), end = value_end(line, begin);
    at = end;
    if (begin >= line.size() || std::find(kKeys.begin(), kKeys.end(), line.substr(key + 1, key_end - key - 1)) == kKeys.end()) continue;
    if (line[begin] == '"')
      out.push_back({begin + 1, text_end(line, begin + 1) - begin - 1});
    else if (line[begin] == '[' || line[begin] == '{')
      out.push_back({begin, end - begin, true});
  }
}

/// OpenTelemetry's events of calls of models: their body is what was said.
bool is_content_event(std::string_view name) {
  return name.starts_with("gen_ai.") &&
         (name.ends_with(".message") || name == "gen_ai.choice" || name == "gen_ai.client.inference.operation.details");
}

std::string_view metadata_of(const signals::LogLineView& line, std::string_view name) {
  for (const signals::LabelView& one : line.metadata)
    if (one.name == name) return one.value;
  return {};
}

/// The submission that a line holds, or a part of one; nullopt where it holds none.
std::optional<Submission> built_in(std::string_view line) {
  const TextSigns signs = text_signs(line);
  if (!signs.any()) return std::nullopt;
  Submission out{.answer = {}, .source = TextSource::log};
  for (const std::string_view mark : {kUserMark, kModelMark}) {
    const size_t at = signs.marked ? line.find(mark) : std::string_view::npos;
    if (at == std::string_view::npos) continue;
    const Marked found = marked(line, at + mark.size());
    (mark == kUserMark ? out.answer.prompt : out.answer.text) = std::string(found.text);
    out.answer.id = std::string(found.id);
    return out;
  }
  if (!signs.named) return std::nullopt;
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

/// OpenTelemetry's events of calls of models. Today's carry the messages beside the line; those before 1.37 were one event for each message
/// (gen_ai.user.message, gen_ai.choice) with the message as body, and named the model in their span alone; a few carry them in attributes
/// of their own. Source: open-telemetry/semantic-conventions, docs/gen-ai/gen-ai-events.md of 1.28 to 1.41.
std::optional<Submission> of_event(const signals::LogLineView& line) {
  Submission out{.answer = {}, .source = TextSource::log};
  Answer& answer = out.answer;
  std::string_view event, span, embedded;
  for (const signals::LabelView& one : line.metadata) {
    if (one.name == "event_name") event = one.value;
    if (one.name == "span_id") span = one.value;
    if (one.name == "gen_ai_event_content") embedded = one.value;
    if (one.name == "gen_ai_input_messages" || one.name == "gen_ai_prompt") answer.prompt = text_of_messages(one.value, "user");
    if (one.name == "gen_ai_output_messages" || one.name == "gen_ai_completion") answer.text = text_of_messages(one.value, "assistant");
    if (one.name == "gen_ai_retrieval_documents") answer.facts = texts_of_documents(one.value);
    if (one.name == "gen_ai_response_model" || (one.name == "gen_ai_request_model" && answer.origin.model.empty()))
      answer.origin.model = std::string(one.value.substr(0, kOriginBytesMax));
  }
  const std::string_view body = embedded.empty() ? line.line : embedded;
  // gen_ai.assistant.message and gen_ai.system.message are the conversation before.
  if (event == "gen_ai.user.message") answer.prompt = text_of_messages(body, "user");
  if (event == "gen_ai.choice") answer.text = text_of_messages(body, "assistant");
  if (answer.prompt.empty() && answer.text.empty()) return std::nullopt;
  answer.id = std::string(span);
  return out;
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

bool is_content_label(std::string_view name) {
  constexpr std::array<std::string_view, 22> kPrefixes{"gen_ai_prompt",
                                                       "gen_ai_completion",
                                                       "gen_ai_input_messages",
                                                       "gen_ai_output_messages",
                                                       "gen_ai_system_instructions",
                                                       "gen_ai_tool_call_arguments",
                                                       "gen_ai_tool_call_result",
                                                       "gen_ai_retrieval_query_text",
                                                       "gen_ai_retrieval_documents",
                                                       "gen_ai_event_content",
                                                       "gen_ai_content",
                                                       "llm_prompts",
                                                       "llm_completions",
                                                       "llm_input_messages",
                                                       "llm_output_messages",
                                                       "llm_prompt_template_variables",
                                                       "input_value",
                                                       "output_value",
                                                       "traceloop_entity_input",
                                                       "traceloop_entity_output",
                                                       "retrieval_documents",
                                                       "embedding_text"};
  constexpr std::array<std::string_view, 5> kWhole{"prompt", "completion", "prompt_text", "answer", "response_text"};
  if (std::find(kWhole.begin(), kWhole.end(), name) != kWhole.end()) return true;
  if (name == "gen_ai_prompt_name" || name == "gen_ai_completion_tokens") return false;
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

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
    // Of a conversation that one span sends again and again, the last message is asked.
    if (const auto before = by_key_.find(key); before != by_key_.end() && !answer.id.empty() && answer.id == answer.origin.span_id) {
      std::string& prompt = waiting_[before->second - first_].prompt.answer.prompt;
      bytes_ = bytes_ - prompt.size() + answer.prompt.size();
      prompt = std::move(answer.prompt);
      return;
    }
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

std::vector<LogPlace> LogTexts::content_of(const signals::LogLineView& line) const {
  std::vector<LogPlace> out;
  const std::string_view text = line.line;
  if (text.empty()) return out;
  if (is_content_event(metadata_of(line, "event_name"))) return {{0, text.size()}};
  for (const Pattern& pattern : patterns_) {
    const auto captured = pattern.regex.captures(text);
    if (!captured) continue;
    for (size_t i = 0; i < pattern.groups.size() && i < captured->size(); ++i)
      if (const std::string& name = pattern.groups[i]; (name == "prompt" || name == "answer" || name == "facts") && !(*captured)[i].empty())
        out.push_back({static_cast<size_t>((*captured)[i].data() - text.data()), (*captured)[i].size()});
    break;
  }
  const TextSigns signs = text_signs(text);
  for (const std::string_view mark : {kUserMark, kModelMark}) {
    const size_t at = signs.marked ? text.find(mark) : std::string_view::npos;
    if (at == std::string_view::npos) continue;
    const std::string_view said = marked(text, at + mark.size()).text;
    if (!said.empty()) out.push_back({static_cast<size_t>(said.data() - text.data()), said.size()});
    break;
  }
  if (signs.named) add_json_places(text, out);
  if (out.empty()) return out;
  std::sort(out.begin(), out.end(),
            [](const LogPlace& a, const LogPlace& b) { return a.begin != b.begin ? a.begin < b.begin : a.size > b.size; });
  size_t end = 0;
  std::erase_if(out, [&](const LogPlace& place) {
    const bool inside = place.begin < end;
    if (!inside) end = place.begin + place.size;
    return inside;
  });
  return out;
}

std::vector<Submission> LogTexts::read(const signals::Labels& stream, std::span<const signals::LogLineView> lines) {
  std::vector<Submission> out;
  for (const signals::LogLineView& stored : lines) {
    const signals::LogLineView& line = stored.original == nullptr ? stored : *stored.original;
    std::optional<Submission> found;
    for (const Pattern& pattern : patterns_) {
      const auto captured = pattern.regex.captures(line.line);
      if (!captured) continue;
      found = of_groups(pattern.groups, *captured);
      break;
    }
    // An event's body may look like a line of ours: what it is stands beside it.
    if (!found && !line.metadata.empty()) found = of_event(line);
    if (!found) found = built_in(line.line);
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

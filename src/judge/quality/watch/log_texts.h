#pragma once
// Prompts and answers out of log lines: `[USER] Request #278: ...` and `[MODEL] Response #278: ...`, JSON lines that have them by name,
// OpenTelemetry's events of calls of models, and whatever patterns of the user's find. A prompt and its answer often stand in two lines:
// they are put together by their number (an event's: its span) within their stream. Thread: any; one lock.

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "base/regex.h"
#include "judge/quality/watch/evaluation.h"
#include "signals/logs.h"

namespace monitorai::judge {

/// A regular expression (RE2) whose named groups say what is what: prompt, answer, facts, id, model, service, route, trace_id.
struct LogPattern {
  std::string name;
  std::string pattern;
  bool operator==(const LogPattern&) const = default;
};

/// "" or what is wrong with it.
std::string pattern_problem(const LogPattern& pattern);

/// A part of a line that holds what a person or a model wrote.
struct LogPlace {
  size_t begin = 0, size = 0;
  bool json_value = false;  ///< a list or an object of JSON, whole; else text
};

/// Whether metadata of a line, of this name, holds what people or models wrote: OTLP's attributes, named as Loki names them.
bool is_content_label(std::string_view name);

class LogTexts {
 public:
  /// Code::invalid: a pattern that does not compile, or without a prompt and an answer.
  static Result<std::unique_ptr<LogTexts>> make(const std::vector<LogPattern>& patterns);

  /// What these lines of one stream complete: answers, with their prompts; and prompts whose answer did not come for kAnswerWait. Lines
  /// that were masked are read as they came.
  std::vector<Submission> read(const signals::Labels& stream, std::span<const signals::LogLineView> lines);
  /// All places of the line that read() would take for a prompt, an answer or facts; in order, apart from each other.
  std::vector<LogPlace> content_of(const signals::LogLineView& line) const;

 private:
  static constexpr size_t kPromptsWaitingMax = 4096;
  static constexpr size_t kPromptBytesWaitingMax = size_t{8} << 20;
  static constexpr std::chrono::minutes kAnswerWait{10};
  struct Pattern {
    Regex regex;
    std::vector<std::string> groups;
  };
  struct Waiting {
    std::string key;  ///< stream and number
    Submission prompt;
    TimeNs time;
  };
  void take(const signals::Labels& stream, Submission&& found, TimeNs time, std::vector<Submission>& out);
  void give_up(TimeNs now, std::vector<Submission>& out);

  std::vector<Pattern> patterns_;
  std::mutex mutex_;
  std::deque<Waiting> waiting_;           ///< oldest first; an answered one has no key
  std::map<std::string, size_t> by_key_;  ///< where, counted from first_
  size_t first_ = 0;
  size_t bytes_ = 0;
};

}  // namespace monitorai::judge

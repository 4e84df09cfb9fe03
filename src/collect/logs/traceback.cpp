#include "collect/logs/traceback.h"

#include "base/text.h"

namespace monitorai::collect {
namespace {

std::string_view without_indent(std::string_view line) {
  const size_t at = line.find_first_not_of(" \t|+-");
  return at == std::string_view::npos ? std::string_view{} : line.substr(at);
}

bool is_indented(std::string_view line) { return !line.empty() && (line[0] == ' ' || line[0] == '\t'); }
bool starts_traceback(std::string_view line) {
  const std::string_view text = without_indent(line);
  return text.starts_with("Traceback (most recent call last)") || text.starts_with("Exception Group Traceback (most recent call last)");
}
bool chains(std::string_view line) {
  return line.starts_with("During handling of the above exception") || line.starts_with("The above exception was the direct cause");
}
/// "\tat com.example.Main.run(Main.java:7)", "\t... 12 more", "Caused by: ...", "\tSuppressed: ...".
bool is_java_frame(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.starts_with("Caused by: ") || text.starts_with("Suppressed: ")) return true;
  if (!is_indented(line)) return false;
  return (text.starts_with("at ") && text.find('(') != std::string_view::npos) || (text.starts_with("... ") && text.ends_with(" more"));
}
/// "java.lang.IllegalStateException: message", "Exception in thread "main" java...".
bool starts_java(std::string_view line) {
  if (line.starts_with("Exception in thread ")) return true;
  const std::string_view word = line.substr(0, line.find_first_of(": \t"));
  return word.find('.') != std::string_view::npos && (word.ends_with("Exception") || word.ends_with("Error") || word.ends_with("Throwable"));
}

}  // namespace

void TracebackState::begin(std::string_view line, std::string_view level) {
  if (starts_traceback(line)) state_ = State::frames;
  else if (level == "error" || level == "critical" || level == "warn" || starts_java(line)) state_ = State::error;
  else state_ = State::closed;
}

bool TracebackState::continues(std::string_view line) {
  switch (state_) {
    case State::closed: return false;
    case State::error:
      if (starts_traceback(line)) state_ = State::frames;
      else if (is_java_frame(line) || starts_java(line)) state_ = State::java;
      else return false;
      return true;
    case State::frames:
      if (!is_indented(line) && !line.empty() && !starts_traceback(line)) state_ = State::exception;
      return true;
    case State::exception:
      if (starts_traceback(line)) state_ = State::frames;
      else if (!line.empty() && !chains(line) && !is_indented(line)) return false;
      return true;
    case State::java: return is_java_frame(line) || starts_java(line);
  }
  return false;
}

}  // namespace monitorai::collect

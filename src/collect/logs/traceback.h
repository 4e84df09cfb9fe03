#pragma once
// Which lines belong to the entry before them: tracebacks of Python (chained ones and exception groups too) and stack traces of Java. Pure.

#include <string_view>

namespace monitorai::collect {

/// Follows the lines of one file. Only lines behind an error, or behind a traceback's own first line, are ever joined: any other line is
/// complete at once.
class TracebackState {
 public:
  /// Whether the line continues the entry, which began with begin().
  bool continues(std::string_view line);
  /// A line that begins an entry, and its level.
  void begin(std::string_view line, std::string_view level);
  /// Whether further lines may come, ...
  bool open() const { return state_ != State::closed; }
  /// ... and must: the traceback has no last line yet.
  bool incomplete() const { return state_ == State::frames; }

 private:
  enum class State {
    closed,
    error,      ///< a message that a traceback may follow
    frames,     ///< between "Traceback" and the exception's line
    exception,  ///< behind the exception's line: a chained one may follow
    java,       ///< in a stack trace of Java
  };
  State state_ = State::closed;
};

}  // namespace monitorai::collect

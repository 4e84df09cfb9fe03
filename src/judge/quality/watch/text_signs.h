#pragma once
// Whether a log line may hold what a person or a model wrote, by the built-in patterns: looked for in every line that is stored, so at
// memory speed.

#include <string_view>

namespace monitorai::judge {

struct TextSigns {
  bool marked = false;  ///< "[USER]" or "[MODEL]" stands somewhere
  bool named =
      false;  ///< the line begins with '{', and behind "answer", "response", "prompt" or "question" (with its quotes) stands a colon
  bool any() const { return marked || named; }
};

/// Before what a person asked, and before what a model said.
inline constexpr std::string_view kUserMark = "[USER]", kModelMark = "[MODEL]";

/// Exact in both.
TextSigns text_signs(std::string_view line);

}  // namespace monitorai::judge

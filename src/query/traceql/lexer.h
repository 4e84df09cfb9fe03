#pragma once
// The words of TraceQL. One pass, no state behind it; the parser asks for a word at a time, because '-' and '.' belong to names in an
// attribute and nowhere else.

#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::query {

struct TraceToken {
  enum class Type { end, word, field, text, integer, real, duration, symbol } type = Type::end;
  std::string text{};       ///< of a word or symbol; of a text without its quotes
  std::string_view scope{};  ///< of a field: "", "span", "resource", ...; its key is `text`
  bool intrinsic = false;    ///< of a field: written with a colon (`span:name`)
  int64_t integer = 0;       ///< integer; duration in ns
  double real = 0;
  size_t at = 0;             ///< first byte
  std::string_view source{};
};

class TraceLexer {
 public:
  explicit TraceLexer(std::string_view text) : text_(text) {}
  Result<TraceToken> next();
  /// "parse error at line 1, col 5: <what>".
  Error error_at(size_t at, std::string_view what) const;

 private:
  Result<TraceToken> quoted(char quote);
  Result<TraceToken> number();
  Result<TraceToken> word();
  Result<std::string> key();

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace monitorai::query

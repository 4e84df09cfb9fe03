#pragma once
// The rules that people write on the Alerts page: one rule file of their own, which is checked as it is typed, and taken only as a whole.
// Handlers run on the HTTP workers and keep no state.

#include <memory>
#include <string>
#include <vector>

#include "net/http.h"

namespace monitorai::serve {

/// Lines and columns count from 1.
struct RuleRemark {
  int line = 1;
  int column = 1;
  std::string text;
};

struct RuleCheck {
  std::vector<RuleRemark> problems;  ///< with one the text is not taken
  std::vector<RuleRemark> warnings;
  size_t groups = 0;
  size_t rules = 0;
};

struct OwnRulesText {
  std::string file;  ///< where it is kept
  std::string text;  ///< "" when there is none
  std::string version;
};

/// Keeps the file. Any thread.
class RuleShelf {
 public:
  virtual ~RuleShelf() = default;
  virtual RuleCheck check(std::string_view text) const = 0;
  virtual Result<OwnRulesText> read() const = 0;
  /// Keeps a text without problems and lets it run; nullopt when `based_on` is not the version that is kept. An error: nothing has changed,
  /// neither the file nor the running rules.
  virtual Result<std::optional<OwnRulesText>> save(const std::string& text, std::string_view based_on) = 0;
};

/// POST /api/v1/rules/check     a rule file as body: {"problems": [{"line", "column", "text"}], "warnings": [...], "groups", "rules"}
/// GET  /api/v1/rules/own       {"file", "text", "version"}
/// PUT  /api/v1/rules/own ?version     the text as body; 400 with what a check says, 409 when another version is kept
void add_rule_editor(net::Router& router, std::shared_ptr<RuleShelf> shelf);

}  // namespace monitorai::serve

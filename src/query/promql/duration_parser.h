#pragma once
// Numbers and durations of a query, and arithmetic over durations.

#include "query/promql/token_cursor.h"

namespace monitorai::query {

/// 1 (or) to 6 (^); 0 for what is no operator.
int precedence(Token op);
inline constexpr int kPrecedenceAdd = 4;
inline constexpr int kPrecedenceMul = 5;
inline constexpr int kPrecedencePow = 6;

class DurationParser : protected TokenCursor {
 protected:
  using TokenCursor::TokenCursor;

  std::unique_ptr<NumberLiteral> number_or_duration();
  /// Of a range or a step: greater than 0.
  bool positive_duration(Duration& out);
  /// Of an offset: a literal with a sign; only what begins with a parenthesis or a word may go on as arithmetic, so that
  /// `a offset -2^2` is (a offset -2)^2.
  bool offset_duration(Duration& out);

 private:
  std::unique_ptr<DurationExpr> duration_expression(int min_precedence);
  std::unique_ptr<DurationExpr> duration_unary();
  std::unique_ptr<DurationExpr> duration_primary();
  bool experimental(const DurationExpr& expr);
};

}  // namespace monitorai::query

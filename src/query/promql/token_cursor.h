#pragma once
// Reads the tokens of a query one by one and keeps the first error. Where Prometheus's grammar has an error production, a context is
// pushed, so that an unexpected token is reported with the words of the innermost one ("... in aggregation", "... in offset, expected
// ...").

#include "query/promql/parser.h"

namespace monitorai::query {

class TokenCursor {
 protected:
  TokenCursor(std::string_view query, const ParseOptions& options) : options_(options), tokens_(lex(query)) {}

  const Lexeme& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Lexeme& take() {
    const Lexeme& token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    last_end_ = token.end();
    return token;
  }
  bool accept(Token type) {
    if (peek().type != type) return false;
    take();
    return true;
  }
  std::nullptr_t fail(Span span, std::string message) {
    if (!error_) error_ = ParseError{span, std::move(message)};
    return nullptr;
  }
  static Span span_of(const Lexeme& token) { return {token.position, token.end()}; }

  std::nullptr_t unexpected(std::string_view place, std::string_view expected) {
    const Lexeme& token = peek();
    if (token.type == Token::error) return fail({token.position, token.position}, token.text);
    std::string message = "unexpected " + token.description();
    if (!place.empty()) message += fmt::format(" in {}", place);
    if (!expected.empty()) message += fmt::format(", expected {}", expected);
    return fail(span_of(token), std::move(message));
  }
  std::nullptr_t unexpected() {
    if (contexts_.empty()) return unexpected("", "");
    return unexpected(contexts_.back().place, contexts_.back().expected);
  }
  bool expect(Token type) {
    if (accept(type)) return true;
    unexpected();
    return false;
  }

  struct Within {
    Within(TokenCursor& parser, std::string_view place, std::string_view expected = {}) : p(parser) {
      p.contexts_.push_back({place, expected});
    }
    ~Within() { p.contexts_.pop_back(); }
    void now(std::string_view place, std::string_view expected) { p.contexts_.back() = {place, expected}; }
    TokenCursor& p;
  };
  struct Deeper {
    explicit Deeper(TokenCursor& parser) : p(parser) { ++p.depth_; }
    ~Deeper() { --p.depth_; }
    TokenCursor& p;
  };

  std::nullptr_t too_deep(Span span) {
    return fail(span, fmt::format("expression is nested too deeply (the limit is {} levels)", kDepthMax));
  }

  ParseOptions options_;
  std::optional<ParseError> error_;
  uint32_t last_end_ = 0;  ///< where the token taken last ends
  uint32_t depth_ = 0;

 private:
  struct Context {
    std::string_view place;
    std::string_view expected;
  };
  std::vector<Lexeme> tokens_;
  size_t at_ = 0;
  std::vector<Context> contexts_;
};

}  // namespace monitorai::query

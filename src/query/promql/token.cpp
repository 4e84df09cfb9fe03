#include "query/promql/token.h"

#include <array>

#include "base/text.h"

namespace monitorai::query {
namespace {

struct Word {
  std::string_view text;
  Token token;
};
constexpr std::array kWords = std::to_array<Word>({
    {"and", Token::and_},
    {"or", Token::or_},
    {"unless", Token::unless},
    {"atan2", Token::atan2},
    {"sum", Token::sum},
    {"avg", Token::avg},
    {"count", Token::count},
    {"min", Token::min},
    {"max", Token::max},
    {"group", Token::group},
    {"stddev", Token::stddev},
    {"stdvar", Token::stdvar},
    {"topk", Token::topk},
    {"bottomk", Token::bottomk},
    {"count_values", Token::count_values},
    {"quantile", Token::quantile},
    {"limitk", Token::limitk},
    {"limit_ratio", Token::limit_ratio},
    {"offset", Token::offset},
    {"by", Token::by},
    {"without", Token::without},
    {"on", Token::on},
    {"ignoring", Token::ignoring},
    {"group_left", Token::group_left},
    {"group_right", Token::group_right},
    {"fill", Token::fill},
    {"fill_left", Token::fill_left},
    {"fill_right", Token::fill_right},
    {"bool", Token::bool_},
    {"anchored", Token::anchored},
    {"smoothed", Token::smoothed},
    {"start", Token::start},
    {"end", Token::end_word},
    {"step", Token::step},
    {"range", Token::range},
    {"min_of", Token::min_of},
    {"max_of", Token::max_of},
    {"inf", Token::number},
    {"nan", Token::number},
});

struct Sign {
  Token token;
  std::string_view text;
};
constexpr std::array kSigns = std::to_array<Sign>({
    {Token::left_paren, "("},   {Token::right_paren, ")"},   {Token::left_brace, "{"},   {Token::right_brace, "}"},
    {Token::left_bracket, "["}, {Token::right_bracket, "]"}, {Token::comma, ","},        {Token::colon, ":"},
    {Token::equal, "="},        {Token::equal_regex, "=~"},  {Token::not_regex, "!~"},   {Token::at, "@"},
    {Token::add, "+"},          {Token::sub, "-"},           {Token::mul, "*"},          {Token::div, "/"},
    {Token::mod, "%"},          {Token::pow, "^"},           {Token::equal_equal, "=="}, {Token::not_equal, "!="},
    {Token::less, "<"},         {Token::less_equal, "<="},   {Token::greater, ">"},      {Token::greater_equal, ">="},
    {Token::trim_upper, "</"},  {Token::trim_lower, ">/"},
});

}  // namespace

std::optional<Token> find_word(std::string_view text) {
  const std::string small = lower(text);
  for (const Word& word : kWords)
    if (word.text == small) return word.token;
  return std::nullopt;
}

bool is_operator(Token token) { return token >= Token::add && token <= Token::unless; }
bool is_comparison(Token token) { return token >= Token::equal_equal && token <= Token::greater_equal; }
bool is_set_operator(Token token) { return token == Token::and_ || token == Token::or_ || token == Token::unless; }
bool is_aggregator(Token token) { return token >= Token::sum && token <= Token::limit_ratio; }
bool takes_parameter(Token token) { return token >= Token::topk && token <= Token::limit_ratio; }

std::string_view token_text(Token token) {
  if (token == Token::number) return {};
  for (const Word& word : kWords)
    if (word.token == token) return word.text;
  for (const Sign& sign : kSigns)
    if (sign.token == token) return sign.text;
  return {};
}

std::string Lexeme::description() const {
  switch (type) {
    case Token::end:
      return "end of input";
    case Token::error:
      return text;
    case Token::identifier:
      return "identifier " + quote(text);
    case Token::metric_identifier:
      return "metric identifier " + quote(text);
    default:
      break;
  }
  std::string shown = text.size() > 10 ? quote(std::string_view(text).substr(0, 10)) + "..." : quote(text);
  if (type == Token::string) return "string " + shown;
  if (type == Token::number) return "number " + shown;
  if (type == Token::duration) return "duration " + shown;
  if (is_operator(type)) return "<op:" + text + ">";
  if (is_aggregator(type)) return "<aggr:" + text + ">";
  if (type >= Token::offset && type <= Token::smoothed) return "<" + text + ">";
  return shown;
}

}  // namespace monitorai::query

// The functions that text/template has by itself, and how values are told and compared.

#include <algorithm>
#include <array>

#include "base/text.h"
#include "query/template/go_format.h"
#include "query/template/value.h"

namespace monitorai::query::templates {
namespace {

using Kind = Value::Kind;

/// Orders two values of like kinds; the error names the difference.
Result<int, std::string> compare(const Value& a, const Value& b) {
  if (a.kind != b.kind) return std::string("incompatible types for comparison");
  switch (a.kind) {
    case Kind::integer:
      return a.integer < b.integer ? -1 : a.integer > b.integer;
    case Kind::real:
      return a.real < b.real ? -1 : a.real > b.real;
    case Kind::text:
      return a.text < b.text ? -1 : a.text > b.text;
    default:
      return std::string("invalid type for comparison");
  }
}
Result<bool, std::string> equal(const Value& a, const Value& b) {
  if (a.is(Kind::boolean) && b.is(Kind::boolean)) return a.boolean == b.boolean;
  if (a.is(Kind::nil) || b.is(Kind::nil)) return a.kind == b.kind;
  if (a.is(Kind::time) && b.is(Kind::time)) return a.time->ns == b.time->ns;
  if (a.is(Kind::real) && b.is(Kind::real)) return a.real == b.real;
  MAI_TRY_ASSIGN(const int order, compare(a, b));
  return order == 0;
}
/// NaN is neither below nor above anything.
bool unordered(Args args) {
  return args[0].is(Kind::real) && args[1].is(Kind::real) && (args[0].real != args[0].real || args[1].real != args[1].real);
}
template <class F>
ValueResult ordered(Args args, F&& f) {
  MAI_TRY_ASSIGN(const int order, compare(args[0], args[1]));
  return Value::of(!unordered(args) && static_cast<bool>(f(order)));
}

ValueResult length(const Value& value) {
  if (value.is(Kind::text)) return Value::of(static_cast<int64_t>(value.text.size()));
  if (value.is(Kind::object))
    if (const auto size = value.object->length()) return Value::of(*size);
  return fmt::format("len of type {}", type_name(value));
}

ValueResult index_into(Run& run, Args args) {
  Value at = args[0];
  for (const Value& key : args.subspan(1)) {
    if (at.is(Kind::text)) {
      if (!key.is(Kind::integer)) return fmt::format("cannot index slice/array with type {}", type_name(key));
      if (key.integer < 0 || key.integer >= static_cast<int64_t>(at.text.size())) return fmt::format("index out of range: {}", key.integer);
      at = Value::of(static_cast<int64_t>(static_cast<unsigned char>(at.text[static_cast<size_t>(key.integer)])));
    } else if (at.is(Kind::object)) {
      MAI_TRY_ASSIGN(at, at.object->index(run, key));
    } else {
      return at.is(Kind::nil) ? std::string("index of untyped nil") : fmt::format("can't index item of type {}", type_name(at));
    }
  }
  return at;
}

ValueResult slice(Args args) {
  if (!args[0].is(Kind::text)) return fmt::format("can't slice item of type {}", type_name(args[0]));
  const std::string_view text = args[0].text;
  std::array<int64_t, 2> bounds{0, static_cast<int64_t>(text.size())};
  for (size_t i = 1; i < args.size(); ++i) {
    if (!args[i].is(Kind::integer)) return fmt::format("cannot index slice/array with type {}", type_name(args[i]));
    const int64_t bound = args[i].integer;
    if (bound < 0 || bound > static_cast<int64_t>(text.size())) return fmt::format("index out of range: {}", bound);
    bounds[i - 1] = bound;
  }
  if (bounds[0] > bounds[1]) return fmt::format("invalid slice index: {} > {}", bounds[0], bounds[1]);
  return Value::of(text.substr(static_cast<size_t>(bounds[0]), static_cast<size_t>(bounds[1] - bounds[0])));
}

std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (c == '"')
      out += "&#34;";
    else if (c == '\'')
      out += "&#39;";
    else
      out += c;
  }
  return out;
}

// clang-format off: a table, an entry a line
#define F [](Run & run, Args args) -> ValueResult
#define G [](Run&, Args args) -> ValueResult
const std::array kFunctions = std::to_array<Function>({
    {"and", 1, -1, G { for (const Value& v : args) if (!truth(v)) return v; return args.back(); }},
    {"or", 1, -1, G { for (const Value& v : args) if (truth(v)) return v; return args.back(); }},
    {"not", 1, 1, G { return Value::of(!truth(args[0])); }},
    {"eq", 2, -1, G {
       for (const Value& v : args.subspan(1)) {
         MAI_TRY_ASSIGN(const bool same, equal(args[0], v));
         if (same) return Value::of(true);
       }
       return Value::of(false);
     }},
    {"ne", 2, 2, G { MAI_TRY_ASSIGN(const bool same, equal(args[0], args[1])); return Value::of(!same); }},
    {"lt", 2, 2, G { return ordered(args, [](int o) { return o < 0; }); }},
    {"le", 2, 2, G { return ordered(args, [](int o) { return o <= 0; }); }},
    {"gt", 2, 2, G { return ordered(args, [](int o) { return o > 0; }); }},
    {"ge", 2, 2, G { return ordered(args, [](int o) { return o >= 0; }); }},
    {"len", 1, 1, G { return length(args[0]); }},
    {"index", 1, -1, F { return index_into(run, args); }},
    {"slice", 1, 3, G { return slice(args); }},
    {"print", 0, -1, F { return run.text(printed(args, false)); }},
    {"println", 0, -1, F { return run.text(printed(args, true) + "\n"); }},
    {"printf", 1, -1, F {
       if (!args[0].is(Kind::text)) return wrong_type("string", args[0]);
       const std::string out = go_sprintf(args[0].text, args.subspan(1));
       if (out.size() > run.limits.output_bytes_max) return fmt::format("the text would be too long ({} bytes, the limit bytes of output is {})", out.size(), run.limits.output_bytes_max);
       return run.text(out);
     }},
    {"html", 1, -1, F { return run.text(html_escaped(printed(args, false))); }},
    {"urlquery", 1, -1, F { return run.text(url_query_escaped(printed(args, false))); }},
});
#undef F
#undef G
// clang-format on

}  // namespace

std::span<const Function> builtin_functions() { return kFunctions; }

void Run::append(std::string& out, const Value& value) {
  if (value.is(Kind::text))
    out += value.text;
  else
    out += text_of(value);
}

ValueResult Object::index(Run&, const Value&) const { return fmt::format("can't index item of type {}", type_name()); }

bool truth(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return false;
    case Kind::boolean:
      return v.boolean;
    case Kind::integer:
      return v.integer != 0;
    case Kind::real:
      return v.real != 0;
    case Kind::text:
      return !v.text.empty();
    case Kind::time:
      return true;
    case Kind::object:
      return v.object->truth();
  }
  return false;
}

std::string text_of(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return "<no value>";
    case Kind::boolean:
      return v.boolean ? "true" : "false";
    case Kind::integer:
      return fmt::format("{}", v.integer);
    case Kind::real:
      return go_number(v.real);
    case Kind::text:
      return std::string(v.text);
    case Kind::time:
      return monitorai::text::format_time(*v.time, "2006-01-02 15:04:05.999999999 -0700 MST");
    case Kind::object:
      return v.object->text();
  }
  return {};
}

std::string_view type_name(const Value& v) {
  switch (v.kind) {
    case Kind::nil:
      return "nil";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int";
    case Kind::real:
      return "float64";
    case Kind::text:
      return "string";
    case Kind::time:
      return "time.Time";
    case Kind::object:
      return v.object->type_name();
  }
  return {};
}

std::string wrong_type(std::string_view wanted, const Value& got) {
  return fmt::format("wrong type for value; expected {}; got {}", wanted, type_name(got));
}

std::string printed(Args args, bool spaces_always) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    // Sprint puts a blank between two that are no strings, Sprintln between all.
    if (i > 0 && (spaces_always || (!args[i].is(Kind::text) && !args[i - 1].is(Kind::text)))) out += ' ';
    out += args[i].is(Kind::nil) ? "<nil>" : text_of(args[i]);
  }
  return out;
}

std::string url_query_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace monitorai::query::templates

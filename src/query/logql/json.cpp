// The json and unpack parsers: the adapter of simdjson. Lines are read on demand; a line is copied only when nothing behind it may be
// read (simdjson looks at bytes behind the text).

#include "query/logql/json.h"

#include <simdjson.h>

#include "base/text.h"
#include "query/logql/json_path.h"
#include "query/logql/step.h"

namespace monitorai::query::logql {
namespace {

namespace json = simdjson::ondemand;

/// Objects within objects; deeper ones are left out, as simdjson refuses them.
constexpr size_t kJsonDepthMax = 64;

}  // namespace

class JsonReader {
 public:
  /// The line as a document, "" or why it is none.
  std::string_view open(Line& line, json::document& out) {
    // Labels are views of a parser's buffer: each parse of one line has its own.
    if (line.json_uses == slots_.size()) slots_.push_back(std::make_unique<Slot>());
    Slot& slot = *slots_[line.json_uses++];
    simdjson::padded_string_view view(line.text.data(), line.text.size(), line.text.size() + line.slack);
    if (line.slack < simdjson::SIMDJSON_PADDING) {
      std::vector<char>& copy = slot.copy;
      if (copy.size() < line.text.size() + simdjson::SIMDJSON_PADDING) copy.resize(2 * line.text.size() + simdjson::SIMDJSON_PADDING);
      if (!line.text.empty()) std::memcpy(copy.data(), line.text.data(), line.text.size());
      view = simdjson::padded_string_view(copy.data(), line.text.size(), copy.size());
    }
    if (const auto error = slot.parser.iterate(view).get(out)) return simdjson::error_message(error);
    return {};
  }

 private:
  struct Slot {
    json::parser parser;
    std::vector<char> copy;
  };
  std::vector<std::unique_ptr<Slot>> slots_;
};

Line::Line() : json(std::make_unique<JsonReader>()) {}
Line::~Line() = default;

namespace {

std::string_view trimmed(std::string_view token) {
  while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\t' || token.back() == '\r')) token.remove_suffix(1);
  return token;
}

/// A scalar's text; nullopt for null, objects and arrays. Strings are in the parser's buffer, which lives until the next line.
std::optional<std::string_view> scalar(json::value value, simdjson::error_code& error) {
  json::json_type type{};
  if ((error = value.type().get(type))) return std::nullopt;
  switch (type) {
    case json::json_type::string: {
      std::string_view text;
      if ((error = value.get_string().get(text))) return std::nullopt;
      return text;
    }
    case json::json_type::number: {
      const std::string_view raw = trimmed(value.raw_json_token());
      double number = 0;
      if ((error = value.get_double().get(number)) && error != simdjson::NUMBER_ERROR) return std::nullopt;
      error = simdjson::SUCCESS;
      return raw;
    }
    case json::json_type::boolean: {
      bool truth = false;
      if ((error = value.get_bool().get(truth))) return std::nullopt;
      return truth ? "true" : "false";
    }
    default:
      return std::nullopt;
  }
}

void fail(Line& line, std::string_view why) { line.labels.fail(kJsonError, line.arena.copy(why)); }

class JsonStep final : public Step {
 public:
  JsonStep(Wanted wanted, Demands demands) : wanted_(std::move(wanted)) {
    for (const signals::Matcher* m : demands) demands_.push_back(*m);
  }

  bool run(Line& line) const override {
    if (wanted_.kind == Wanted::Kind::nothing) return true;
    json::document document;
    if (const std::string_view why = line.json->open(line, document); !why.empty()) return fail(line, why), true;
    json::object object;
    if (const auto error = document.get_object().get(object)) return fail(line, simdjson::error_message(error)), true;
    Walk walk{line, wanted_.kind == Wanted::Kind::names ? wanted_.names.size() : SIZE_MAX};
    if (const auto error = members(object, {}, 0, walk)) {
      if (walk.done) return true;
      if (walk.dropped) return false;
      fail(line, simdjson::error_message(error));
    }
    return true;
  }

 private:
  struct Walk {
    Line& line;
    size_t left;  ///< names that are still wanted
    bool done = false;
    bool dropped = false;
  };

  simdjson::error_code members(json::object object, std::string_view prefix, size_t depth, Walk& walk) const {
    Line& line = walk.line;
    for (auto field : object) {
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return error;
      json::value value;
      if (const auto error = field.value().get(value)) return error;
      json::json_type type{};
      if (const auto error = value.type().get(type)) return error;
      if (type == json::json_type::null || type == json::json_type::array) continue;
      const std::string_view name = name_of(prefix, key, line.arena);
      if (type == json::json_type::object) {
        if (!wanted_.prefix(name) || depth >= kJsonDepthMax) continue;
        json::object inner;
        if (const auto error = value.get_object().get(inner)) return error;
        if (const auto error = members(inner, name, depth + 1, walk)) return error;
        continue;
      }
      // A wanted "x_extracted" is in the list as "x" too.
      if (name.empty() || !wanted_.name(name)) continue;
      const bool collides = line.labels.stored(name);
      const std::string_view as = collides ? line.arena.join(name, kExtractedSuffix) : name;
      if (!wanted_.name(as)) continue;
      simdjson::error_code error = simdjson::SUCCESS;
      const auto text = scalar(value, error);
      if (error) return error;
      if (!text) continue;
      if (line.labels.extract(name, *text, line.arena).empty()) continue;
      for (const signals::Matcher& demand : demands_) {
        if (demand.name() != as || demand.matches(*text)) continue;
        walk.dropped = true;
        return simdjson::UNINITIALIZED;
      }
      if (--walk.left == 0) {
        walk.done = true;
        return simdjson::UNINITIALIZED;
      }
    }
    return simdjson::SUCCESS;
  }

  static std::string_view name_of(std::string_view prefix, std::string_view key, Arena& arena) {
    if (prefix.empty()) return sanitize_name(key, arena);
    if (trim(key).empty()) return prefix;
    char* const to = arena.take(prefix.size() + 1 + key.size());
    char* at = std::copy(prefix.begin(), prefix.end(), to);
    *at++ = '_';
    for (const char c : key) {
      // A character of several bytes becomes one '_'.
      if ((static_cast<unsigned char>(c) & 0xc0u) == 0x80u) continue;
      const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      *at++ = good ? c : '_';
    }
    return {to, static_cast<size_t>(at - to)};
  }

  Wanted wanted_;
  std::vector<signals::Matcher> demands_;
};

/// json label="path": each label gets what its path leads to, or "".
class JsonPathStep final : public Step {
 public:
  struct Entry {
    std::string name;
    JsonPath path;
  };
  JsonPathStep(Wanted wanted, std::vector<Entry> entries) : wanted_(std::move(wanted)), entries_(std::move(entries)) {}

  bool run(Line& line) const override {
    if (line.text.empty() || wanted_.kind == Wanted::Kind::nothing) return true;
    if (const char first = line.text[0]; first != '"' && first != '{' && first != '[') return fail(line, "the line is no JSON"), true;
    json::document document;
    std::string_view why = line.json->open(line, document);
    for (const Entry& entry : entries_) {
      std::string_view text;
      if (why.empty()) {
        document.rewind();
        const auto error = lookup(document, entry.path, text, line.arena);
        if (error && error != simdjson::NO_SUCH_FIELD && error != simdjson::INDEX_OUT_OF_BOUNDS && error != simdjson::INCORRECT_TYPE)
          why = simdjson::error_message(error);
        if (!error) {
          line.labels.set_parsed(line.labels.stored(entry.name) ? line.arena.join(entry.name, kExtractedSuffix) : entry.name, text);
          continue;
        }
      }
      if (!line.labels.get(entry.name)) line.labels.set_parsed(entry.name, {});
    }
    if (!why.empty()) fail(line, why);
    return true;
  }

 private:
  static simdjson::error_code lookup(json::document& document, const JsonPath& path, std::string_view& out, Arena& arena) {
    json::value value;
    if (const auto error = step(document, path.front(), value)) return error;
    for (size_t i = 1; i < path.size(); ++i) {
      json::value inner;
      if (const auto error = step(value, path[i], inner)) return error;
      value = inner;
    }
    json::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    if (type == json::json_type::null) {
      out = {};
      return simdjson::SUCCESS;
    }
    if (type == json::json_type::object || type == json::json_type::array) {
      std::string_view raw;
      const auto error = simdjson::to_json_string(value).get(raw);
      out = arena.copy(trimmed(raw));
      return error;
    }
    simdjson::error_code error = simdjson::SUCCESS;
    const auto text = scalar(value, error);
    // The next path rewinds the document, and with it the buffer of strings.
    if (text) out = arena.copy(*text);
    return error;
  }

  template <class From>
  static simdjson::error_code step(From& from, const JsonPathPart& part, json::value& out) {
    if (part.index) {
      json::array array;
      if (const auto error = from.get_array().get(array)) return error;
      return array.at(*part.index).get(out);
    }
    json::object object;
    if (const auto error = from.get_object().get(object)) return error;
    return object.find_field_unordered(part.key).get(out);
  }

  Wanted wanted_;
  std::vector<Entry> entries_;
};

class UnpackStep final : public Step {
 public:
  explicit UnpackStep(Wanted wanted) : wanted_(std::move(wanted)) {}

  bool run(Line& line) const override {
    if (line.text.empty() || wanted_.kind == Wanted::Kind::nothing) return true;
    if (line.text[0] != '{') return fail(line, "expecting a JSON object, but it is not"), true;
    json::document document;
    if (const std::string_view why = line.json->open(line, document); !why.empty()) return fail(line, why), true;
    json::object object;
    if (const auto error = document.get_object().get(object)) return fail(line, simdjson::error_message(error)), true;
    thread_local std::vector<std::pair<std::string_view, std::string_view>> found;
    found.clear();
    std::optional<std::string_view> entry;
    for (auto field : object) {
      std::string_view key;
      json::value value;
      json::json_type type{};
      std::string_view text;
      simdjson::error_code error = field.unescaped_key().get(key);
      if (!error) error = field.value().get(value);
      if (!error) error = value.type().get(type);
      if (!error && type == json::json_type::string) error = value.get_string().get(text);
      if (error) return fail(line, simdjson::error_message(error)), true;
      if (type != json::json_type::string) continue;
      if (key == "_entry")
        entry = text;
      else
        found.emplace_back(sanitize_name(key, line.arena), text);
    }
    // Labels are those of a packed line only.
    if (!entry) return true;
    for (const auto& [name, value] : found)
      if (!name.empty() && wanted_.name(line.labels.stored(name) ? line.arena.join(name, kExtractedSuffix) : name))
        line.labels.extract(name, line.arena.copy(value), line.arena);
    line.set_text(line.arena.copy(*entry));
    return true;
  }

 private:
  Wanted wanted_;
};

}  // namespace

MadeStep make_json(const JsonStage& stage, const Wanted& wanted, const Demands& demands) {
  if (stage.extractions.empty()) return StepPtr(std::make_unique<JsonStep>(wanted, demands));
  std::vector<JsonPathStep::Entry> entries;
  for (const Extraction& e : stage.extractions) {
    auto path = parse_json_path(e.expression);
    if (!path) return StepError{fmt::format("cannot parse expression [{}]: {}", e.expression, path.error())};
    entries.push_back({e.name, std::move(*path)});
  }
  return StepPtr(std::make_unique<JsonPathStep>(wanted, std::move(entries)));
}

MadeStep make_unpack(const Wanted& wanted) { return StepPtr(std::make_unique<UnpackStep>(wanted)); }

namespace {

struct JsonBuilder {
  size_t nodes_left;

  simdjson::error_code build(json::value value, JsonTree& out, size_t depth) {
    if (nodes_left-- == 0 || depth > kJsonDepthMax) return simdjson::CAPACITY;
    json::json_type type{};
    if (const auto error = value.type().get(type)) return error;
    switch (type) {
      case json::json_type::object: {
        out.kind = JsonTree::Kind::object;
        json::object object;
        if (const auto error = value.get_object().get(object)) return error;
        for (auto field : object) {
          std::string_view key;
          json::value inner;
          if (const auto error = field.unescaped_key().get(key)) return error;
          std::string name(key);
          if (const auto error = field.value().get(inner)) return error;
          out.names.push_back(std::move(name));
          out.items.emplace_back();
          if (const auto error = build(inner, out.items.back(), depth + 1)) return error;
        }
        return simdjson::SUCCESS;
      }
      case json::json_type::array: {
        out.kind = JsonTree::Kind::array;
        json::array array;
        if (const auto error = value.get_array().get(array)) return error;
        for (auto item : array) {
          json::value inner;
          if (const auto error = item.get(inner)) return error;
          out.items.emplace_back();
          if (const auto error = build(inner, out.items.back(), depth + 1)) return error;
        }
        return simdjson::SUCCESS;
      }
      case json::json_type::string: {
        out.kind = JsonTree::Kind::string;
        std::string_view text;
        const auto error = value.get_string().get(text);
        out.text = text;
        return error;
      }
      case json::json_type::number:
        out.kind = JsonTree::Kind::number;
        return value.get_double().get(out.number);
      case json::json_type::boolean:
        out.kind = JsonTree::Kind::boolean;
        return value.get_bool().get(out.boolean);
      default: {
        out.kind = JsonTree::Kind::null;
        bool null = false;
        if (const auto error = value.is_null().get(null)) return error;
        return null ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
      }
    }
  }
};

}  // namespace

std::optional<JsonTree> parse_json_tree(std::string_view text, size_t nodes_max) {
  const simdjson::padded_string padded(text);
  json::parser parser;
  json::document document;
  if (parser.iterate(padded).get(document)) return std::nullopt;
  JsonTree out;
  JsonBuilder builder{nodes_max};
  json::json_type type{};
  if (document.type().get(type)) return std::nullopt;
  if (type != json::json_type::object && type != json::json_type::array) {
    // simdjson has no value for a document of one scalar: it is read as the only item of an array.
    const std::string wrapped = "[" + std::string(text) + "]";
    auto array = parse_json_tree(wrapped, nodes_max);
    if (!array || array->items.size() != 1) return std::nullopt;
    return std::move(array->items[0]);
  }
  json::value value;
  if (document.get_value().get(value)) return std::nullopt;
  if (builder.build(value, out, 0) || document.current_location().error() == simdjson::SUCCESS) return std::nullopt;
  return out;
}

}  // namespace monitorai::query::logql

#pragma once
// Writes JSON text: commas and quotes are its business, nesting the caller's. Absent values become null.

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "base/text.h"

namespace monitorai {

class JsonWriter {
 public:
  JsonWriter& key(std::string_view name) {
    separate();
    append_json_string(out_, name);
    out_ += ':';
    pending_comma_ = false;
    return *this;
  }
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_list() { return open('['); }
  JsonWriter& end_list() { return close(']'); }

  JsonWriter& value(std::string_view text) {
    separate();
    append_json_string(out_, text);
    return done();
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool truth) { return raw(truth ? "true" : "false"); }
  /// NaN and infinities, which JSON does not have, become null.
  JsonWriter& value(double number) { return raw(std::isfinite(number) ? format_number(number) : "null"); }
  template <std::integral T>
  JsonWriter& value(T number) {
    return raw(fmt::format("{}", number));
  }
  template <class T>
  JsonWriter& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : raw("null");
  }
  template <class T>
  JsonWriter& field(std::string_view name, const T& v) {
    return key(name).value(v);
  }

  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (pending_comma_) out_ += ',';
  }
  JsonWriter& done() {
    pending_comma_ = true;
    return *this;
  }
  JsonWriter& raw(std::string_view text) {
    separate();
    out_ += text;
    return done();
  }
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    pending_comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    return done();
  }

  std::string out_;
  bool pending_comma_ = false;
};

}  // namespace monitorai

#pragma once
// Text without a locale: splitting, trimming, UTF-8, numbers and durations as the field writes them, JSON strings, near misses.

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace monitorai {

std::string_view trim(std::string_view text);
/// Splits at each separator; an empty text gives one empty part.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string lower(std::string_view text);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
bool contains_ignoring_case(std::string_view text, std::string_view needle);
/// What follows the last '/' ('\\' too: command lines of Windows appear in recorded processes).
std::string_view basename(std::string_view path);
/// Everything before the last '/', or "" when there is none.
std::string_view dirname(std::string_view path);

bool valid_utf8(std::string_view text);
/// Replaces each byte that is not part of valid UTF-8 by U+FFFD.
std::string to_valid_utf8(std::string_view text);

/// Appends text as a JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

/// A number as Prometheus writes it: shortest text that reads back the same ("0.1", "1e+21", "NaN", "+Inf", "-Inf").
std::string format_number(double value);
void append_number(std::string& out, double value);
/// The whole text as a double ("NaN", "Inf", "+Inf", "-Inf" in any case included); nullopt when any byte is left.
std::optional<double> parse_number(std::string_view text);
/// The whole text as a decimal integer within T; nullopt otherwise.
template <class T>
std::optional<T> parse_integer(std::string_view text);

/// Prometheus durations: "15s", "1h30m", "200h", "100ms", "1d", "1w", "1y", and "0". Units in falling order, each at most once.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest text that parse_duration reads back: "1h30m".
std::string format_duration(std::chrono::milliseconds duration);
/// "1.5 GiB", "312 MiB", "0 B": for people.
std::string format_bytes(double bytes);

/// Levenshtein distance over bytes.
size_t edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to a misspelt word, when it is near enough to be meant (distance <= 1/3 of its length, at least 1).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace monitorai

template <class T>
std::optional<T> monitorai::parse_integer(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

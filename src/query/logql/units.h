#pragma once
// Durations and sizes as Loki reads them, in queries and in the values of labels.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monitorai::query::logql {

/// A number of a query: decimal, or hexadecimal with a binary exponent (0x1.8p3).
std::optional<double> parse_literal(std::string_view text);
/// Nanoseconds of a Go duration: "1.5s", "1h15m30.918273645s", "-20ms", "100us", "0". nullopt when it is none or does not fit.
std::optional<int64_t> parse_go_duration(std::string_view text);
/// Prometheus's "1d12h" or Go's, as Loki's queries take both.
std::optional<int64_t> parse_any_duration(std::string_view text);
/// Bytes of a size: "42", "42b", "1.5kB" (1500), "2KiB" (2048), up to PB and EB; in any case, spaces before the unit.
std::optional<double> parse_bytes(std::string_view text);
/// Why a text is no number, duration or size, in the words of Go's strconv and time, which Loki shows in __error_details__.
std::string number_fault(std::string_view text);
std::string duration_fault(std::string_view text);
std::string bytes_fault(std::string_view text);
/// A Go duration as Go prints it: "1m30s", "1.5s", "20ms", "0s".
std::string print_go_duration(int64_t ns);

}  // namespace monitorai::query::logql

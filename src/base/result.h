#pragma once
// Result<T, E>: a value or an error, spelled like std::expected (which gcc 12 lacks in C++20). Errors are values: a function that can
// fail says so in its type, and [[nodiscard]] keeps the caller from forgetting.

#include <concepts>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace monitorai {

/// What the caller can do about an error; the message is for a person.
enum class Code {
  not_found,    ///< the thing does not exist (any more)
  invalid,      ///< the input is wrong: repeating it cannot help
  corrupt,      ///< stored or foreign bytes are damaged
  unavailable,  ///< it may work later
  exhausted,    ///< a limit was reached
  cancelled,    ///< somebody asked to stop
};

std::string_view code_name(Code code);

/// An error: what the caller can do, and a sentence "cannot <verb> <object> (<numbers>): <cause>".
struct Error {
  Code code = Code::invalid;
  std::string message;
};

/// Puts what this layer was doing before the cause: wrap(error, "cannot open partition 2026-11-23").
[[nodiscard]] Error wrap(const Error& cause, std::string_view doing);
/// The errno of a failed system call as an Error: "cannot <doing>: <strerror> (errno N)". ENOENT and ESRCH are not_found, ENOSPC exhausted.
[[nodiscard]] Error system_error(std::string_view doing, int error_number);

template <class E>
struct Unexpected {
  E error;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  template <class U = T>
    requires(std::constructible_from<T, U> && !std::same_as<std::remove_cvref_t<U>, Result> && !std::same_as<std::remove_cvref_t<U>, E>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}  // NOLINT(google-explicit-constructor)
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}           // NOLINT(google-explicit-constructor)
  Result(Unexpected<E> e) : state_(std::in_place_index<1>, std::move(e.error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & { MAI_CHECK(has_value()); return *std::get_if<0>(&state_); }
  const T& value() const& { MAI_CHECK(has_value()); return *std::get_if<0>(&state_); }
  T&& value() && { MAI_CHECK(has_value()); return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  template <class U>
  T value_or(U&& other) const& { return has_value() ? value() : static_cast<T>(std::forward<U>(other)); }

  E& error() & { MAI_CHECK(!has_value()); return *std::get_if<1>(&state_); }
  const E& error() const& { MAI_CHECK(!has_value()); return *std::get_if<1>(&state_); }
  E&& error() && { MAI_CHECK(!has_value()); return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  using value_type = void;

  Result() = default;
  Result(E error) : error_(std::move(error)), failed_(true) {}                // NOLINT(google-explicit-constructor)
  Result(Unexpected<E> e) : error_(std::move(e.error)), failed_(true) {}      // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return !failed_; }
  explicit operator bool() const { return !failed_; }
  void value() const { MAI_CHECK(!failed_); }

  const E& error() const& { MAI_CHECK(failed_); return error_; }
  E&& error() && { MAI_CHECK(failed_); return std::move(error_); }

 private:
  E error_{};
  bool failed_ = false;
};

}  // namespace monitorai

#define MAI_CONCAT_INNER(a, b) a##b
#define MAI_CONCAT(a, b) MAI_CONCAT_INNER(a, b)
/// Returns the error of a Result<void> expression from the current function.
#define MAI_TRY(...)                                                     \
  do {                                                                   \
    if (auto mai_result_ = (__VA_ARGS__); !mai_result_) return std::move(mai_result_).error(); \
  } while (false)
/// MAI_TRY_ASSIGN(auto block, read_block(7)): declares or assigns the value, or returns the error from the current function.
#define MAI_TRY_ASSIGN(target, ...)                                                        \
  auto MAI_CONCAT(mai_value_, __LINE__) = (__VA_ARGS__);                                   \
  if (!MAI_CONCAT(mai_value_, __LINE__)) return std::move(MAI_CONCAT(mai_value_, __LINE__)).error(); \
  target = std::move(MAI_CONCAT(mai_value_, __LINE__)).value()

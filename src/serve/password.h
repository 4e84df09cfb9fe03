#pragma once
// Password hashes: scrypt (RFC 7914) through OpenSSL, as "scrypt:16384:8:1:<salt, hex>:<hash, hex>" (the colons survive shells and
// compose files, where a $ would not). Any thread.

#include <string>
#include <string_view>

#include "base/result.h"

namespace monitorai::serve {

inline constexpr size_t kPasswordBytesMin = 8;
inline constexpr size_t kPasswordBytesMax = 1024;
inline constexpr uint64_t kScryptCostMax = 1u << 20;  ///< N of a hash that is accepted: 1 GiB at r = 8 would be beyond the next limit
inline constexpr uint64_t kScryptMemoryMax = 256u << 20;

/// With a fresh random salt, N = 16384, r = 8, p = 1 (16 MiB, some 50 ms). Code::invalid outside the length limits.
Result<std::string> hash_password(std::string_view password);
/// Constant time in the comparison. False for a hash that is none.
bool verify_password(std::string_view password, std::string_view hash);
/// What is wrong with a hash, or nothing.
Result<void> check_password_hash(std::string_view hash);

/// SHA-256 as 64 hex digits.
std::string sha256_hex(std::string_view bytes);
/// `count` random bytes as hex, from OpenSSL's generator.
std::string random_hex(size_t count);
/// True when equal; the time depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace monitorai::serve

#include "serve/password.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base/text.h"

namespace monitorai::serve {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr std::string_view kHexDigits = "0123456789abcdef";

struct Scrypt {
  uint64_t n = 16384;
  uint64_t r = 8;
  uint64_t p = 1;
  std::string salt;
  std::string hash;
};

std::string to_hex(std::string_view bytes) {
  std::string hex;
  for (const char c : bytes) {
    hex += kHexDigits[static_cast<unsigned char>(c) >> 4];
    hex += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < hex.size(); i += 2) {
    const size_t high = kHexDigits.find(hex[i]), low = kHexDigits.find(hex[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

Result<Scrypt> parse(std::string_view text) {
  const Error invalid{Code::invalid, "it is no password hash: `monitorai passwd` makes one"};
  const auto parts = split(text, ':');
  if (parts.size() != 6 || parts[0] != "scrypt") return invalid;
  const auto n = parse_integer<uint64_t>(parts[1]), r = parse_integer<uint64_t>(parts[2]), p = parse_integer<uint64_t>(parts[3]);
  const auto salt = from_hex(parts[4]), hash = from_hex(parts[5]);
  if (!n || !r || !p || !salt || !hash || salt->size() < 8 || hash->size() != kHashBytes) return invalid;
  const bool power_of_two = *n >= 2 && (*n & (*n - 1)) == 0;
  if (!power_of_two || *n > kScryptCostMax || *r < 1 || *r > 32 || *p < 1 || *p > 16 || 128 * *n * *r > kScryptMemoryMax)
    return Error{Code::invalid, fmt::format("its scrypt parameters ({}, {}, {}) are beyond the limits", *n, *r, *p)};
  return Scrypt{*n, *r, *p, *salt, *hash};
}

/// The derived key; "" when OpenSSL fails (out of memory).
std::string derive(std::string_view password, const Scrypt& with) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), EVP_KDF_free);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()), EVP_KDF_CTX_free);
  if (!context) return {};
  std::string secret(password), salt = with.salt, out(kHashBytes, '\0');
  uint64_t n = with.n, r = with.r, p = with.p, memory = 2 * kScryptMemoryMax;
  const OSSL_PARAM parameters[]{OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, secret.data(), secret.size()),
                                OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
                                OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
                                OSSL_PARAM_construct_end()};
  const bool derived = EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(), parameters) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return derived ? out : std::string();
}

std::string random_bytes(size_t count) {
  std::string bytes(count, '\0');
  MAI_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax)
    return Error{Code::invalid, fmt::format("cannot use this password: its length is {}, not {} to {}", password.size(), kPasswordBytesMin,
                                            kPasswordBytesMax)};
  Scrypt with;
  with.salt = random_bytes(kSaltBytes);
  const std::string hash = derive(password, with);
  if (hash.empty()) return Error{Code::unavailable, "cannot hash the password: OpenSSL's scrypt failed"};
  return fmt::format("scrypt:{}:{}:{}:{}:{}", with.n, with.r, with.p, to_hex(with.salt), to_hex(hash));
}

bool verify_password(std::string_view password, std::string_view hash) {
  const auto with = parse(hash);
  if (!with || password.size() > kPasswordBytesMax) return false;
  return equal_in_constant_time(derive(password, *with), with->hash);
}

Result<void> check_password_hash(std::string_view hash) {
  MAI_TRY(parse(hash));
  return {};
}

std::string sha256_hex(std::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  MAI_CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  return to_hex({reinterpret_cast<const char*>(digest), size});
}

std::string random_hex(size_t count) { return to_hex(random_bytes(count)); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace monitorai::serve

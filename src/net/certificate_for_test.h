#pragma once
// For tests: certificates that vouch for themselves.

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>

#include "net/http_server.h"

namespace monitorai::net {

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(FILE* file) const { fclose(file); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

/// A certificate that vouches for itself, for 127.0.0.1, and its key, as PEM files.
inline TlsFiles make_certificate(const std::filesystem::path& directory, const std::string& name, const char* password = nullptr,
                          const char* names = "IP:127.0.0.1") {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("monitorai test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  const Owned<X509_EXTENSION> address(X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names));
  X509_add_ext(certificate.get(), address.get(), -1);
  EXPECT_GT(X509_sign(certificate.get(), key.get(), EVP_sha256()), 0);

  const TlsFiles files{directory / (name + ".crt"), directory / (name + ".key")};
  const Owned<FILE> certificate_file(fopen(files.certificate.c_str(), "w")), key_file(fopen(files.key.c_str(), "w"));
  EXPECT_EQ(PEM_write_X509(certificate_file.get(), certificate.get()), 1);
  EXPECT_EQ(PEM_write_PrivateKey(key_file.get(), key.get(), password != nullptr ? EVP_aes_256_cbc() : nullptr, nullptr, 0, nullptr,
                                 const_cast<char*>(password)),
            1);
  return files;
}

}  // namespace monitorai::net

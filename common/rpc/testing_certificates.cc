#include "common/rpc/testing_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/file.h"

namespace winnow::rpc {
namespace {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

// Nothing can be tested without certificates.
void Must(bool holds) {
  if (!holds) std::abort();
}

std::string ToPem(const std::function<int(BIO*)>& write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  Must(write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}
std::string ToPem(EVP_PKEY* key) {
  return ToPem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}
std::string ToPem(X509* certificate) {
  return ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate); });
}

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str()));
  Must(extension != nullptr);
  X509_add_ext(certificate, extension.get(), -1);
}

// Signed by `issuer`, or by itself.
Certificate Make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                 long serial) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer == nullptr ? certificate.get() : issuer;
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  if (issuer == nullptr) {
    AddExtension(certificate.get(), signer, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    AddExtension(certificate.get(), signer, NID_subject_alt_name,
                 absl::StrCat("DNS:", name, ",DNS:localhost,IP:127.0.0.1"));
  }
  Must(X509_sign(certificate.get(), issuer_key, EVP_sha256()) > 0);
  return certificate;
}

}  // namespace

TestAuthority::TestAuthority(const std::filesystem::path& directory) : directory_(directory) {
  std::filesystem::create_directories(directory_);
  const Key key(EVP_EC_gen("P-256"));
  key_pem_ = ToPem(key.get());
  certificate_pem_ =
      ToPem(Make("authority of a test", key.get(), nullptr, key.get(), serial_++).get());
  WritePem("authority.pem", certificate_pem_);
}

TlsFiles TestAuthority::Issue(const std::string& file_name, const std::string& name) {
  const auto read = [](const std::string& pem) {
    return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  };
  const Key authority(PEM_read_bio_PrivateKey(read(key_pem_).get(), nullptr, nullptr, nullptr));
  const Certificate issuer(
      PEM_read_bio_X509(read(certificate_pem_).get(), nullptr, nullptr, nullptr));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = Make(name, key.get(), issuer.get(), authority.get(), serial_++);
  WritePem(absl::StrCat(file_name, ".key"), ToPem(key.get()));
  WritePem(absl::StrCat(file_name, ".pem"), ToPem(certificate.get()));
  return {(directory_ / absl::StrCat(file_name, ".pem")).string(),
          (directory_ / absl::StrCat(file_name, ".key")).string(), file()};
}

void TestAuthority::WritePem(const std::string& name, absl::string_view pem) const {
  Must(WriteFileAtomically(directory_ / name, pem).ok());
}

}  // namespace winnow::rpc

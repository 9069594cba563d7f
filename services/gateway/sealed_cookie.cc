#include "services/gateway/sealed_cookie.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>
#include <new>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/file.h"
#include "common/base/status.h"
#include "nlohmann/json.hpp"

namespace winnow::gateway {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr mode_t kOwnerOnly = 0600;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::StatusOr<std::string> RandomBytes(size_t number) {
  std::string bytes(number, '\0');
  if (RAND_bytes(Bytes(bytes), static_cast<int>(number)) != 1)
    return absl::InternalError("the system gives no random bytes");
  return bytes;
}

std::string ToJson(const SignIn& sign_in) {
  return nlohmann::json{{"token", sign_in.token},
                        {"name", sign_in.name},
                        {"issued", absl::ToUnixMicros(sign_in.issued)},
                        {"expires", absl::ToUnixMicros(sign_in.expires)}}
      .dump();
}

// REQUIRES: ToJson wrote it.
SignIn FromJson(const std::string& json) {
  const nlohmann::json fields = nlohmann::json::parse(json);
  return {fields["token"], fields["name"], absl::FromUnixMicros(fields["issued"]),
          absl::FromUnixMicros(fields["expires"])};
}

}  // namespace

absl::StatusOr<CookieSealer> CookieSealer::Open(const std::filesystem::path& key_file) {
  std::error_code error;
  if (!std::filesystem::exists(key_file, error)) {
    WINNOW_ASSIGN_OR_RETURN(const std::string made, RandomBytes(kKeyBytes));
    WINNOW_RETURN_IF_ERROR(WriteFileAtomically(key_file, made, kOwnerOnly));
  }
  WINNOW_ASSIGN_OR_RETURN(std::string key, ReadFile(key_file));
  if (key.size() == kKeyBytes) return CookieSealer(std::move(key));
  return absl::DataLossError(
      absl::StrCat(key_file.string(), " is no key of ", kKeyBytes,
                   " bytes; delete it, and another one is made: people then sign in again"));
}

std::string CookieSealer::Seal(const SignIn& sign_in) const {
  absl::StatusOr<std::string> nonce = RandomBytes(kNonceBytes);
  const Context context(EVP_CIPHER_CTX_new());
  if (!nonce.ok() || context == nullptr) throw std::bad_alloc();
  const std::string plain = ToJson(sign_in);
  std::string sealed(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  int length = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(absl::string_view(key_)),
                     Bytes(*nonce));
  EVP_EncryptUpdate(context.get(), Bytes(sealed), &length, Bytes(absl::string_view(plain)),
                    static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(context.get(), Bytes(sealed) + length, &length);
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data());
  return absl::WebSafeBase64Escape(absl::StrCat(*nonce, sealed, tag));
}

std::optional<SignIn> CookieSealer::Unseal(absl::string_view sealed) const {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(sealed, &bytes) || bytes.size() < kNonceBytes + kTagBytes)
    return std::nullopt;
  const Context context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return std::nullopt;
  const absl::string_view all = bytes;
  const absl::string_view body = all.substr(kNonceBytes, all.size() - kNonceBytes - kTagBytes);
  std::string tag(all.substr(all.size() - kTagBytes));
  std::string plain(body.size(), '\0');
  int length = 0;
  EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(absl::string_view(key_)),
                     Bytes(all));
  EVP_DecryptUpdate(context.get(), Bytes(plain), &length, Bytes(body),
                    static_cast<int>(body.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data());
  if (EVP_DecryptFinal_ex(context.get(), Bytes(plain) + length, &length) != 1) return std::nullopt;
  return FromJson(plain);
}

}  // namespace winnow::gateway

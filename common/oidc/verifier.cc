#include "common/oidc/verifier.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/oidc/jwt.h"

namespace winnow::oidc {
namespace {

constexpr absl::Duration kPoll = absl::Milliseconds(200);
// After so long keys that are read now are there.
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

}  // namespace

absl::StatusOr<std::unique_ptr<Verifier>> Verifier::Open(const IssuerOptions& options,
                                                         const Clock& clock) {
  WINNOW_RETURN_IF_ERROR(CheckIssuer(options));
  auto verifier = std::make_unique<Verifier>(options, KeySourceOf(options), clock, kPoll);
  const absl::Status read = verifier->Refresh();
  if (read.ok() || options.keys.empty() || IsAddress(options.keys)) return verifier;
  Violations violations;
  violations.Add("oidc keys", read.message());
  return violations.ToStatus("cannot accept the tokens of an issuer");
}

Verifier::Verifier(IssuerOptions options, KeySource source, const Clock& clock, absl::Duration poll)
    : options_(std::move(options)), clock_(clock), keys_(std::move(source), clock, poll) {}

absl::StatusOr<std::shared_ptr<const Identity>> Verifier::Verify(absl::string_view token) {
  const std::shared_ptr<const KeySet> keys = keys_.Current();
  if (keys == nullptr) {
    return WithRetryAfter(
        WithReason(absl::UnavailableError(
                       absl::StrCat("no keys of the issuer ", options_.issuer,
                                    " could be read yet, so nobody can be known by its tokens")),
                   "NO_KEYS"),
        kRetryAfter);
  }
  const Digest256 digest = Sha256(token);
  const absl::Time now = clock_.Now();
  if (auto identity = verified_.Find(digest, keys.get(), now)) return identity;
  absl::StatusOr<Identity> verified = VerifyToken(token, options_, *keys, now);
  if (verified.ok()) {
    auto identity = std::make_shared<const Identity>(*std::move(verified));
    verified_.Insert(digest, keys, identity);
    return identity;
  }
  if (ReasonOf(verified.status()) != "UNKNOWN_KEY") return verified.status();
  keys_.Want();
  return WithRetryAfter(verified.status(), kRetryAfter);
}

}  // namespace winnow::oidc

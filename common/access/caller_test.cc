#include "common/access/caller.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

oidc::Identity IdentityOf(const std::string& name, std::vector<std::string> roles) {
  return {name, std::move(roles), absl::InfiniteFuture()};
}

TEST(CallerOf, TheHighestRoleCounts) {
  const auto role = [](std::vector<std::string> roles) {
    return CallerOf(IdentityOf("anna", std::move(roles)), {})->role;
  };
  EXPECT_EQ(role({"annotator"}), Role::kAnnotator);
  EXPECT_EQ(role({"offline_access", "reviewer", "annotator"}), Role::kReviewer);
  EXPECT_EQ(role({"manager", "admin", "reviewer"}), Role::kAdmin);
  EXPECT_EQ(role({"service", "annotator"}), Role::kAnnotator);
}

TEST(CallerOf, WithoutARoleNobodyIsLetIn) {
  for (const std::vector<std::string>& roles : std::vector<std::vector<std::string>>{
           {}, {"offline_access"}, {"Admin"}, {"service"}, {"admin annotator"}}) {
    const absl::Status denied = CallerOf(IdentityOf("anna", roles), {}).status();
    EXPECT_TRUE(absl::IsPermissionDenied(denied)) << denied;
    EXPECT_EQ(ReasonOf(denied), "NO_ROLE");
  }
}

TEST(CallerOf, NobodyGetsTheNameOfAnother) {
  Roster roster;
  roster.people["anna"] = {.name = "anna", .role = Role::kAnnotator};
  roster.people["dora"] = {.name = "dora", .role = Role::kAdmin, .disabled = true};
  roster.removed["bert"] = absl::UnixEpoch();
  for (const auto& [name, reason] :
       {std::pair{"anna", "PERSON_EXISTS"}, std::pair{"dora", "PERSON_EXISTS"},
        std::pair{"bert", "PERSON_REMOVED"}}) {
    for (const char* role : {"annotator", "admin"}) {
      const absl::Status denied = CallerOf(IdentityOf(name, {role}), roster).status();
      EXPECT_TRUE(absl::IsPermissionDenied(denied)) << denied;
      EXPECT_EQ(ReasonOf(denied), reason);
    }
  }
  EXPECT_EQ(CallerOf(IdentityOf("cora", {"annotator"}), roster)->name, "cora");
}

}  // namespace
}  // namespace winnow::access

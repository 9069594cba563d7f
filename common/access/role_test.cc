#include "common/access/role.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace winnow::access {
namespace {

constexpr Role kAll[] = {Role::kAnnotator, Role::kReviewer, Role::kManager, Role::kAdmin,
                         Role::kService};

TEST(Role, NamesAreReadBack) {
  for (Role role : kAll) EXPECT_EQ(*ParseRole(RoleName(role)), role);
  for (const char* bad : {"", "Admin", "root", "admin "}) {
    const absl::Status status = ParseRole(bad).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("annotator, reviewer"));
  }
}

TEST(Role, WhoMayDoWhat) {
  // Rows: who; columns: the least role, in the order of kAll.
  constexpr bool kMay[5][5] = {{true, false, false, false, false},
                               {true, true, false, false, false},
                               {true, true, true, false, false},
                               {true, true, true, true, false},
                               {true, true, true, false, true}};
  for (int who = 0; who < 5; ++who)
    for (int least = 0; least < 5; ++least)
      EXPECT_EQ(Allows(kAll[who], kAll[least]), kMay[who][least])
          << RoleName(kAll[who]) << " " << RoleName(kAll[least]);
}

}  // namespace
}  // namespace winnow::access

#include "services/cli/recipes/verdict_keys.h"

namespace winnow::cli {

std::optional<Reply> ReplyOfKey(int key) {
  switch (key) {
    case 'a':
      return Reply{.verdict = common::v1::VERDICT_ACCEPT};
    case 'x':
      return Reply{.verdict = common::v1::VERDICT_REJECT};
    case ' ':
      return Reply{.verdict = common::v1::VERDICT_IGNORE};
    case 'u':
      return Reply{.action = Reply::Action::kUndo};
    case 'q':
      return Reply{.action = Reply::Action::kQuit};
    default:
      return std::nullopt;
  }
}

}  // namespace winnow::cli

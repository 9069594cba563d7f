#include "common/base/step.h"

#include <utility>

namespace winnow {
namespace {

StepHook& Hook() {
  static StepHook& hook = *new StepHook();
  return hook;
}

}  // namespace

void SetStepHook(StepHook hook) { Hook() = std::move(hook); }

void BeforeStep(absl::string_view step) {
  if (Hook()) Hook()(step);
}

}  // namespace winnow

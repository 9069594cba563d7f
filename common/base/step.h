// The moments at which a process that dies leaves something else behind: before each write and each
// rename. Tests end it there; otherwise nothing happens.
#pragma once

#include <functional>

#include "absl/strings/string_view.h"

namespace winnow {

// Called on the thread that is about to take the step, with what it is: "write", "rename".
using StepHook = std::function<void(absl::string_view step)>;

// For tests, before any other thread runs. None by default.
void SetStepHook(StepHook hook);

// To be called right before a step.
void BeforeStep(absl::string_view step);

}  // namespace winnow

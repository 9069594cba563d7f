// Compiled for plain x86-64 and run before every other constructor: a CPU without the instructions
// that the rest of the binary uses gets a sentence instead of an illegal instruction.
#include <unistd.h>

namespace {

void RefuseOldCpu(int, char**, char**) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2"))
    return;
  static constexpr char kMessage[] =
      "winnow: this binary was built for x86-64-v3 (AVX2, FMA, BMI2), which this CPU lacks.\n"
      "Build the portable preset instead: cmake --preset portable && cmake --build --preset "
      "portable\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kMessage, sizeof kMessage - 1);
  _exit(70);
}

__attribute__((section(".preinit_array"),
               used)) void (*const refuse_old_cpu)(int, char**, char**) = &RefuseOldCpu;

}  // namespace

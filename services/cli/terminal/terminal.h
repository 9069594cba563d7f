// A terminal in raw mode: one keystroke, one answer.
#pragma once

#include <termios.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/cli/terminal/interrupts.h"

namespace winnow::cli {

// Takes over the screen with the first Show and gives it back as it was at its end, also when the
// process is interrupted. Not thread-safe.
class Terminal {
 public:
  // FailedPrecondition when there is none at `path`. `colour`: whether it understands ANSI colours.
  static absl::StatusOr<std::unique_ptr<Terminal>> Open(const std::string& path, bool colour,
                                                        Interrupts& interrupts);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Clears the screen and shows `screen`, whose lines end with '\n'.
  void Show(absl::string_view screen);

  // The next key that is a printable ASCII character. Backspace is 'u'; Ctrl-C, Ctrl-D and the end
  // of the input are 'q'; cursor and function keys, and what is not ASCII, are passed over.
  char ReadKey();
  // The next key for an editor: a printable ASCII character or one of keys.h. What ends the input
  // is 'q'; other keys are passed over.
  int ReadAnyKey();

  bool colour() const { return colour_; }

 private:
  Terminal(int fd, bool colour, const termios& before, Interrupts& interrupts);
  void TakeOver();
  void Restore();
  // The next byte, or -1 at the end; with `wait_ms` >= 0 also when none comes in that time.
  int ReadByte(int wait_ms);
  // The key of which Escape was the beginning; 0 for one that is passed over.
  int ReadSequence();

  const int fd_;
  const bool colour_;
  const termios before_;
  std::atomic<bool> taken_over_ = false;
  Interrupts::Cleanup cleanup_;
};

}  // namespace winnow::cli

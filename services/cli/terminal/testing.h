// A terminal for tests, whose keys the test presses and whose screen it reads.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace winnow::cli {

// Both ends of a pseudo-terminal: the side of the keyboard and screen is here.
class Pty {
 public:
  Pty() : master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    if (grantpt(master_) != 0 || unlockpt(master_) != 0) return;
    const char* path = ptsname(master_);
    if (path == nullptr) return;
    path_ = path;
    // The settings of the terminal live as long as this is open.
    slave_ = open(path, O_RDWR | O_NOCTTY);
  }
  ~Pty() {
    close(slave_);
    close(master_);
  }

  // False where the machine has no pseudo-terminals, as in a chroot without /dev/pts.
  bool ok() const { return slave_ >= 0; }
  const std::string& path() const { return path_; }
  void Type(absl::string_view keys) {
    EXPECT_EQ(write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  bool Echoes() const {
    termios settings;
    EXPECT_EQ(tcgetattr(slave_, &settings), 0);
    return (settings.c_lflag & ECHO) != 0 && (settings.c_lflag & ICANON) != 0;
  }
  // The screen, as far as it has come.
  std::string Screen() const {
    std::string screen;
    char buffer[4096];
    pollfd waiting = {master_, POLLIN, 0};
    while (poll(&waiting, 1, 100) > 0) {
      const ssize_t n = read(master_, buffer, sizeof buffer);
      if (n <= 0) break;
      screen.append(buffer, static_cast<size_t>(n));
    }
    return screen;
  }

 private:
  const int master_;
  int slave_ = -1;
  std::string path_;
};

}  // namespace winnow::cli

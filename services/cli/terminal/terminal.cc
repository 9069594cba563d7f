#include "services/cli/terminal/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "services/cli/terminal/keys.h"

namespace winnow::cli {
namespace {

constexpr absl::string_view kAlternateScreen = "\x1b[?1049h";
constexpr absl::string_view kNormalScreen = "\x1b[?1049l";
constexpr absl::string_view kClear = "\x1b[2J\x1b[H";
constexpr char kCtrlC = 3;
constexpr char kCtrlD = 4;
constexpr char kBackspace = 8;
constexpr char kEscape = 27;
constexpr char kDelete = 127;
// The rest of an escape sequence follows its first byte at once; a person pressing Escape is
// slower.
constexpr int kSequenceMillis = 25;

void WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<Terminal>> Terminal::Open(const std::string& path, bool colour,
                                                         Interrupts& interrupts) {
  const int fd = open(path.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios before;
  if (fd < 0 || tcgetattr(fd, &before) != 0) {
    if (fd >= 0) close(fd);
    return absl::FailedPreconditionError(
        "there is no terminal to answer on; --oracle GOLD_DATASET answers without a person");
  }
  return std::unique_ptr<Terminal>(new Terminal(fd, colour, before, interrupts));
}

Terminal::Terminal(int fd, bool colour, const termios& before, Interrupts& interrupts)
    : fd_(fd), colour_(colour), before_(before), cleanup_(interrupts, [this] { Restore(); }) {}

Terminal::~Terminal() {
  Restore();
  close(fd_);
}

void Terminal::TakeOver() {
  if (taken_over_.exchange(true)) return;
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(fd_, TCSADRAIN, &raw);
  WriteAll(fd_, kAlternateScreen);
}

void Terminal::Restore() {
  if (!taken_over_.exchange(false)) return;
  WriteAll(fd_, kNormalScreen);
  tcsetattr(fd_, TCSADRAIN, &before_);
}

void Terminal::Show(absl::string_view screen) {
  TakeOver();
  WriteAll(fd_, absl::StrCat(kClear, screen));
}

int Terminal::ReadByte(int wait_ms) {
  while (true) {
    pollfd waiting = {fd_, POLLIN, 0};
    const int ready = poll(&waiting, 1, wait_ms);
    if (ready == 0) return -1;
    if (ready > 0) {
      char byte = 0;
      const ssize_t n = read(fd_, &byte, 1);
      if (n == 1) return static_cast<unsigned char>(byte);
      if (n == 0 || errno != EINTR) return -1;
    } else if (errno != EINTR) {
      return -1;
    }
  }
}

int Terminal::ReadSequence() {
  const int introducer = ReadByte(kSequenceMillis);
  if (introducer != '[' && introducer != 'O') return 0;
  // Parameters, then one final byte from '@' to '~' (ECMA-48, 5.4).
  std::string parameters;
  int byte = ReadByte(kSequenceMillis);
  for (; byte >= 0 && (byte < '@' || byte > '~'); byte = ReadByte(kSequenceMillis))
    parameters += static_cast<char>(byte);
  // With a modifier as xterm tells it, or as rxvt does.
  const bool shift = parameters == "1;2" || byte == 'c' || byte == 'd';
  if (!shift && !parameters.empty()) return 0;
  if (byte == 'C' || byte == 'c') return shift ? kKeyShiftRight : kKeyRight;
  if (byte == 'D' || byte == 'd') return shift ? kKeyShiftLeft : kKeyLeft;
  return 0;
}

int Terminal::ReadAnyKey() {
  while (true) {
    const int byte = ReadByte(-1);
    if (byte < 0 || byte == kCtrlC || byte == kCtrlD) return 'q';
    if (byte == kBackspace || byte == kDelete) return kKeyBackspace;
    if (byte == '\n' || byte == '\r') return kKeyEnter;
    if (byte == kEscape) {
      if (const int key = ReadSequence(); key != 0) return key;
    } else if (byte >= ' ' && byte < kDelete) {
      return byte;
    }
  }
}

char Terminal::ReadKey() {
  while (true) {
    const int key = ReadAnyKey();
    if (key == kKeyBackspace) return 'u';
    if (key < kKeyLeft) return static_cast<char>(key);
  }
}

}  // namespace winnow::cli

# Shared by the scripts of this folder, which source it.

set -euo pipefail

CALLED_FROM=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Everything that a build or a test needs, on Debian 12.
PACKAGES=(
  g++ cmake ninja-build pkg-config python3
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libabsl-dev
  librocksdb-dev libeigen3-dev libssl-dev libutf8proc-dev libre2-dev libxxhash-dev nlohmann-json3-dev
  libgtest-dev libgmock-dev libbenchmark-dev
)

step() { printf '\n==> %s\n' "$*"; }

die() {
  printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Runs apt-get as root, never asking anything.
apt_get() {
  local -a as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "installing packages needs root: run it as root, or install sudo"
    as_root=(sudo)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

# Installs what is missing of PACKAGES; touches neither apt nor the network when nothing is.
install_packages() {
  command -v dpkg-query >/dev/null || die "this needs Debian 12 or a relative of it, with these packages: ${PACKAGES[*]}"
  local -a missing=()
  local package
  for package in "${PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    step "All ${#PACKAGES[@]} packages are installed"
    return
  fi
  step "Installing ${missing[*]}"
  apt_get update || die "apt-get update failed: is the network there?"
  apt_get install -y --no-install-recommends "${missing[@]}" || die "could not install ${missing[*]}: the reason is above"
}

# build PRESET [CMAKE OPTION...]: into build/PRESET.
build() {
  local preset=$1
  shift
  if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}; fi
  step "Configuring $preset"
  cmake --preset "$preset" "$@" || die "cmake could not configure the preset $preset; the reason is above"
  step "Building $preset with $(nproc) compilers at a time"
  cmake --build --preset "$preset" --parallel "$(nproc)" || die "the build failed; the first error above says why"
}

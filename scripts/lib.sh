# Shared by the scripts of this folder, which source it.

set -euo pipefail

CALLED_FROM=$PWD
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Everything that a build or a test needs, on Debian 12.
PACKAGES=(
  g++ cmake ninja-build pkg-config python3
  libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev protobuf-compiler libabsl-dev
  librocksdb-dev libeigen3-dev libssl-dev libutf8proc-dev libre2-dev libxxhash-dev
  zlib1g-dev libzstd-dev libcjose-dev libcurl4-openssl-dev
  nlohmann-json3-dev
  libboost-dev libgtest-dev libgmock-dev libbenchmark-dev
  python3-grpcio
)

# The web application is built with these. Where Node is there already, from elsewhere, Debian's npm
# would be in its way.
command -v node >/dev/null || PACKAGES+=(nodejs)
command -v npm >/dev/null || PACKAGES+=(npm)

step() { printf '\n==> %s\n' "$*"; }

die() {
  printf '\n%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Runs apt-get as root, never asking anything.
apt_get() {
  local -a as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "installing packages needs root: run it as root, or install sudo"
    as_root=(sudo)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

# install_packages PACKAGE...: those that are missing; touches neither apt nor the network when
# none is.
install_packages() {
  command -v dpkg-query >/dev/null ||
    die "this needs Debian 12 or a relative of it, with these packages: $*"
  local -a missing=()
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] ||
      missing+=("$package")
  done
  if [ ${#missing[@]} -eq 0 ]; then
    step "All $# packages are installed"
    return
  fi
  step "Installing ${missing[*]}"
  apt_get update || die "apt-get update failed: is the network there?"
  apt_get install -y --no-install-recommends "${missing[@]}" ||
    die "could not install ${missing[*]}: the reason is above"
}

# configure PRESET [CMAKE OPTION...]: build/PRESET, with ccache where that is installed, else with
# precompiled headers, which ccache would not cache.
configure() {
  local preset=$1
  shift
  if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  else
    set -- -DWINNOW_PRECOMPILE=ON "$@"
  fi
  step "Configuring $preset"
  cmake --preset "$preset" "$@" ||
    die "cmake could not configure the preset $preset; the reason is above"
}

# build PRESET [TARGET...]: what `configure` prepared; everything, or only these targets.
build() {
  local preset=$1
  shift
  step "Building $preset with $(nproc) compilers at a time"
  cmake --build --preset "$preset" --parallel "$(nproc)" ${1+--target "$@"} ||
    die "the build failed; the first error above says why"
}

# Shared by the scripts in this folder; sourced, with the repository root as the working directory.

die() {
  local code=$1
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$code"
}

# packages_for PURPOSE...: the package names that these purposes need.
packages_for() {
  local purpose
  for purpose in "$@"; do
    awk -v purpose="$purpose" '!/^#/ && $2 == purpose { print $1 }' tools/packages
  done
}

# Prints those of the named packages that are not installed.
missing_packages() {
  local name
  for name in "$@"; do
    dpkg-query --show --showformat='${db:Status-Status}' "$name" 2>/dev/null |
      grep -qx installed || printf '%s\n' "$name"
  done
}

# ensure_packages PURPOSE...: installs what is missing; needs no root when nothing is.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "not a Debian or Ubuntu system: taking it that the packages of tools/packages are there" >&2
    return 0
  fi
  local missing
  missing=$(missing_packages $(packages_for "$@") | tr '\n' ' ')
  if [ -z "${missing// /}" ]; then
    return 0
  fi
  echo "installing: $missing" >&2
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die 69 "these packages are missing and this is not root: $missing
ask for: apt-get install $missing   (README.md has a route without root)"
    root=(sudo)
  fi
  "${root[@]}" apt-get -qq update &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y \
      --no-install-recommends $missing >/dev/null ||
    die 69 "apt-get could not install: $missing"
}

# make_venv FOLDER: a Python environment with pip, made once.
make_venv() {
  "$1/bin/pip" --version >/dev/null 2>&1 && return 0
  mkdir -p "$(dirname "$1")"
  rm -rf "$1"
  python3 -m venv "$1" >&2 ||
    die 69 "python3 cannot make an environment with pip; install python3-venv"
}

# ensure_check_tools: clang-format and clang-tidy of tools/check-requirements.txt, first in PATH.
ensure_check_tools() {
  local folder=build/check-tools
  PATH=$PWD/$folder/bin:$PATH
  cmp -s tools/check-requirements.txt "$folder/requirements.txt" && return 0
  make_venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check \
    --requirement tools/check-requirements.txt ||
    die 69 "pip could not get clang-format and clang-tidy from PyPI (tools/check-requirements.txt)"
  cp tools/check-requirements.txt "$folder/requirements.txt"
}

# find_nvcc: the first nvcc of 12.8 or newer among CUDACXX, PATH, an installed toolkit, and what
# tools/cuda_toolkit got. Where there is none, says why.
find_nvcc() {
  local candidate version old=
  for candidate in "${CUDACXX:-}" "$(command -v nvcc)" \
    "${POLYPATH_CUDA_HOME:-/nowhere}/bin/nvcc" "${CUDA_HOME:-/nowhere}/bin/nvcc" \
    "${CUDA_PATH:-/nowhere}/bin/nvcc" /usr/local/cuda/bin/nvcc \
    "$PWD/build/cuda-toolkit/nvidia/cu13/bin/nvcc"; do
    if [ -z "$candidate" ] || [ ! -x "$candidate" ]; then
      continue
    fi
    version=$("$candidate" --version 2>/dev/null | sed -n 's/.*release \([0-9.]*\).*/\1/p')
    if [ "$(printf '%s\n' 12.8 "${version:-0}" | sort -V | head -n 1)" = 12.8 ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
    old="${old:-$candidate is ${version:-not to be started}, 12.8 is required; }"
  done
  printf '%s\n' "${old:-no nvcc was found; }tools/cuda_toolkit gets one from PyPI" >&2
  return 1
}

# The first Python that has the packages of the tools.
find_python() {
  local candidate
  for candidate in "${POLYPATH_PYTHON:-}" python3 /usr/bin/python3; do
    if [ -n "$candidate" ] &&
      "$candidate" -c 'import h5py, matplotlib, numpy, xarray' >/dev/null 2>&1; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  die 69 "no python3 with h5py, matplotlib, numpy and xarray; set POLYPATH_PYTHON to one that has them"
}

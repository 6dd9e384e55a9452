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
  [ -x "$1/bin/pip" ] && return 0
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

# find_nvcc: where nvcc is: CUDACXX, PATH, an installed toolkit, or what tools/cuda_toolkit got.
find_nvcc() {
  local candidate
  for candidate in "${CUDACXX:-}" "$(command -v nvcc)" \
    "${POLYPATH_CUDA_HOME:-/nowhere}/bin/nvcc" "${CUDA_HOME:-/nowhere}/bin/nvcc" \
    "${CUDA_PATH:-/nowhere}/bin/nvcc" /usr/local/cuda/bin/nvcc \
    "$PWD/build/cuda-toolkit/nvidia/cu13/bin/nvcc"; do
    if [ -n "$candidate" ] && [ -x "$candidate" ]; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
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

#!/usr/bin/env bash
# Builds the wheels of this Linux machine from the source distribution, audits them (no symbol of a glibc after 2.28), and
# compares every pinned bit on each Python that is there, on an x86-64 processor without AVX, and on aarch64, the latter two
# emulated. What a machine lacks is said and left out. `make wheels` calls it; the results lie in dist/.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/build/wheels tools=$PWD/.venv/bin platform=manylinux_2_28
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)} PIP_DISABLE_PIP_VERSION_CHECK=1
say() { printf 'wheels: %s\n' "$*"; }
mkdir -p "$here"

# python VERSION: where that Python is, on the path or among those of pyenv; nothing where it is not.
python() {
  for candidate in "python$1" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python"$1"; do
    if "$candidate" -c 'import venv' >/dev/null 2>&1; then echo "$candidate"; return; fi
  done
}
sdist=$(ls dist/glassnet-*.tar.gz)

# wheel PYTHON TAG [OPTION...]: one wheel, built away from the repository, repaired and audited.
wheel() {
  local python=$1 tag=$2 raw=$here/raw-$2
  shift 2
  rm -rf "$raw" "$here/$tag" && mkdir -p "$raw"
  "$python" -m pip --quiet wheel --no-deps --wheel-dir "$raw" -C cmake.define.GLASSNET_OLD_GLIBC=ON "$@" "$sdist" \
    >"$here/log-$tag" 2>&1 || { tail -40 "$here/log-$tag" >&2; exit 1; }
}

# audited WHEEL MACHINE: repaired into dist/; the audit refuses newer symbols than the platform has.
audited() {
  PATH=$tools:$PATH "$tools/python" -m auditwheel repair --plat "${platform}_$2" --wheel-dir dist "$1" >"$here/audit" 2>&1 ||
    { cat "$here/audit" >&2; exit 1; }
}

x86() {
  for version in 3.11 3.12; do # from 3.12 on, one wheel serves all
    [ -n "$(python $version)" ] || { say "no Python $version, and no wheel for it"; continue; }
    wheel "$(python $version)" "$version"
    audited "$here/raw-$version"/*.whl x86_64
  done
  ls dist/*x86_64.whl
  for version in 3.11 3.12 3.13 3.14; do
    [ -n "$(python $version)" ] || { say "no Python $version; not tried there"; continue; }
    [ -n "$(pick $version)" ] || continue
    "$(python $version)" -m venv --clear "$here/try-$version"
    "$here/try-$version/bin/python" -m pip --quiet install --find-links dist "$(pick "$version")"
    found=$(cd "$here" && "try-$version/bin/python" ../../native/bits.py ../../tests/pins/bits.txt)
    say "Python $version: $found"
  done
  if command -v qemu-x86_64 >/dev/null; then
    local old=$here/try-3.11/bin/python
    [ -x "$old" ] || return 0
    found=$(cd "$here" && OPENBLAS_NUM_THREADS=1 OPENBLAS_CORETYPE=Nehalem qemu-x86_64 -cpu Nehalem \
      "$(readlink -f "$old")" -S -c 'import sys; sys.path.insert(0, sys.argv.pop(1)); from glassnet.engine import _native
assert _native.usable_isas() == ["portable"], _native.usable_isas()
import runpy; sys.argv = sys.argv[1:]; sys.exit(runpy.run_path(sys.argv[0])["main"](*sys.argv[1:]))' \
      "$("$old" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" ../../native/bits.py ../../tests/pins/bits.txt)
    say "a processor without AVX (emulated): $found"
  else
    say "no qemu-x86_64; not tried on a processor without AVX"
  fi
}

pick() { # the wheel in dist/ that a Python takes
  case $1 in 3.11) ls dist/*-cp311-*x86_64.whl ;; *) ls dist/*-abi3-*x86_64.whl ;; esac 2>/dev/null || true
}

arm() {
  for tool in qemu-aarch64 aarch64-linux-gnu-g++; do
    command -v $tool >/dev/null || { say "no $tool, and no wheel for aarch64"; return 0; }
  done
  [ -n "$(python 3.11)" ] || { say "no Python 3.11, and no wheel for aarch64"; return 0; }
  # The Python that is unpacked for the emulator; its own test goes first.
  native/aarch64.sh || { [ $? = 75 ] && say "no Python for aarch64, and no wheel for it" && return 0; exit 1; }
  local root=$PWD/build/aarch64/root version
  version=$(cat build/aarch64/unpacked)
  [ "$version" = 3.11 ] || { say "the Python for aarch64 is $version, and wheels are tried with 3.11"; return 0; }
  CXX=aarch64-linux-gnu-g++ wheel "$(python 3.11)" arm \
    -C cmake.define.CMAKE_SYSTEM_NAME=Linux -C cmake.define.CMAKE_SYSTEM_PROCESSOR=aarch64 \
    -C "cmake.define.CMAKE_CXX_FLAGS=-I$root/usr/include" -C "cmake.define.Python_INCLUDE_DIR=$root/usr/include/python$version"
  # The module and the wheel are named for the machine that they were built on.
  rm -rf "$here/arm" && mkdir "$here/arm"
  (cd "$here/arm" && "$tools/python" -m wheel unpack ../raw-arm/*.whl >/dev/null && cd glassnet-* &&
    mv glassnet/engine/_native*.so glassnet/engine/_native.cpython-311-aarch64-linux-gnu.so &&
    cd .. && "$tools/python" -m wheel pack --dest-dir . glassnet-* >/dev/null &&
    "$tools/python" -m wheel tags --remove --platform-tag linux_aarch64 ./*.whl >/dev/null)
  audited "$here"/arm/*.whl aarch64
  rm -rf "$here/site-arm"
  "$tools/python" -m pip --quiet install --no-deps --target "$here/site-arm" --platform ${platform}_aarch64 --python-version 3.11 \
    --implementation cp --only-binary=:all: dist/*aarch64.whl
  found=$(cd "$here" && PYTHONPATH=$here/site-arm:$PWD/../aarch64/site OPENBLAS_NUM_THREADS=1 \
    qemu-aarch64 -L "$root" "$root/usr/bin/python3.11" ../../native/bits.py ../../tests/pins/bits.txt)
  say "aarch64 (emulated): $found"
}

mkdir -p dist
rm -f dist/*.whl
found=""
x86
arm
"$tools/python" -m twine check --strict dist/*

#!/usr/bin/env bash
# Cross-compiles the engine for aarch64, runs it on an emulated processor (NEON), and compares every bit of its weights and
# predictions with those pinned in tests/pins/bits.txt: the promise "the same bits on every processor", kept. For Debian and Ubuntu on
# x86-64; nothing is installed: Python and its libraries for aarch64 are unpacked in build/. `make arm` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD/build/aarch64
root=$here/root python=.venv/bin/python
for tool in qemu-aarch64 aarch64-linux-gnu-g++ apt-get dpkg; do
  command -v "$tool" >/dev/null || {
    echo "native/aarch64.sh needs $tool: apt install qemu-user g++-aarch64-linux-gnu, on Debian or Ubuntu" >&2
    exit 1
  }
done
mkdir -p "$here/lists/partial" "$here/cache" "$here/debs"

unpack() {
  apt() {
    apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State::Lists="$here/lists" \
      -o Dir::Cache="$here/cache" -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
  }
  apt update 2>/dev/null
  cd "$here/debs"
  # The version of this system's own Python, whatever it is; the libraries that an interpreter and NumPy load.
  apt download python3 libpython3-dev
  version=$(dpkg-deb -f python3_*.deb Version | cut -d. -f1,2)
  apt download "python$version" "python$version-minimal" "libpython$version-minimal" "libpython$version-stdlib" \
    "libpython$version-dev" libc6 libgcc-s1 libstdc++6 zlib1g libexpat1 libffi8 libbz2-1.0 liblzma5 libsqlite3-0
  apt download libssl3 2>/dev/null || apt download libssl3t64
  for package in *.deb; do dpkg -x "$package" "$root"; done
  cd - >/dev/null
  "$python" -m pip --quiet download --no-deps --dest "$here/wheels" --only-binary=:all: --python-version "$version" \
    --platform manylinux2014_aarch64 --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
    numpy scipy scikit-learn narwhals joblib threadpoolctl
  "$python" -m pip --quiet download --no-deps --dest "$here/wheels" cloudpickle loky  # joblib's, where it brings none itself
  for wheel in "$here"/wheels/*.whl; do "$python" -m zipfile -e "$wheel" "$here/site"; done
  echo "$version" >"$here/unpacked"
}
if [ ! -e "$here/unpacked" ]; then
  set +e; (set -e; unpack); fetched=$?; set -e
  # Exit code 75: what is needed could not be had, so nothing was compared.
  [ "$fetched" = 0 ] || { echo "native/aarch64.sh: Python for aarch64 could not be fetched" >&2; exit 75; }
fi
version=$(cat "$here/unpacked")

.venv/bin/cmake -S . -B "$here/engine" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGLASSNET_PAGE=OFF \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
  -DCMAKE_CXX_FLAGS="-I$root/usr/include" -DCMAKE_MAKE_PROGRAM="$PWD/.venv/bin/ninja" \
  -DPython_EXECUTABLE="$PWD/$python" -DPython_INCLUDE_DIR="$root/usr/include/python$version" >"$here/log" 2>&1 &&
  .venv/bin/cmake --build "$here/engine" >>"$here/log" 2>&1 || { tail -40 "$here/log" >&2; exit 1; }
rm -rf "$here/package" && mkdir "$here/package"
cp -r src/glassnet "$here/package/"
rm -f "$here"/package/glassnet/engine/_native*.so
cp "$here"/engine/native/_native*.so "$here/package/glassnet/engine/_native.so"

PYTHONPATH=$here/package:$here/site OPENBLAS_NUM_THREADS=1 \
  qemu-aarch64 -L "$root" "$root/usr/bin/python$version" native/bits.py tests/pins/bits.txt

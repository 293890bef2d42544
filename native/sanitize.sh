#!/usr/bin/env bash
# Builds the engine with a sanitizer (address, which looks for undefined behavior too, or thread) beside the normal one,
# and runs tests on it: native/sanitize.sh address|thread [pytest arguments]. `make sanitize` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=$1
shift
python=$PWD/.venv/bin/python
build=build/sanitize-$kind
mkdir -p "$build"
{ .venv/bin/cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DGLASSNET_SANITIZE="$kind" -DGLASSNET_PAGE=OFF \
    -DCMAKE_MAKE_PROGRAM="$PWD/.venv/bin/ninja" -DPython_EXECUTABLE="$python" &&
  .venv/bin/cmake --build "$build"; } >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 1; }

# A copy of the package with the other engine in it. Python starts without its site module (-S), whose hooks would find
# the package in src/ first.
rm -rf "$build/site" && mkdir -p "$build/site"
cp -r src/glassnet "$build/site/"
rm -f "$build"/site/glassnet/engine/_native*.so
cp "$build"/native/_native*.so "$build/site/glassnet/engine/"
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
runtime=$([ "$kind" = thread ] && echo libtsan.so || echo libasan.so)

# Both libraries come first: the sanitizer looks for the one that throws exceptions when it starts. Leaks are not looked
# for, as Python keeps memory on purpose.
export LD_PRELOAD; LD_PRELOAD="$("$compiler" -print-file-name="$runtime") $("$compiler" -print-file-name=libstdc++.so)"
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 TSAN_OPTIONS=halt_on_error=1:exitcode=66
export GLASSNET_ISA=portable  # the kernels that the sanitizer looks at
exec "$python" -S -c '
import sys
sys.path[:0] = sys.argv[1:3]
import glassnet.engine._native as native
assert native.__file__.startswith(sys.argv[1]), native.__file__
import pytest
sys.exit(pytest.main(sys.argv[3:]))' "$PWD/$build/site" "$packages" -p no:cacheprovider "$@"

#!/usr/bin/env bash
# Reads every file of the engine with clang++ (or with the Clang inside ziglang, where that is installed), warnings as
# errors: native/clang.sh. Exit code 75: there is no Clang. `make clang` calls it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$PWD/.venv/bin/python
if command -v clang++ >/dev/null; then
  compiler=(clang++)
elif "$python" -c 'import ziglang' 2>/dev/null; then
  compiler=("$python" -m ziglang c++)
else
  echo "native/clang.sh: neither clang++ nor ziglang is installed" >&2
  exit 75
fi
generated=build/clang/formulas.generated.h
mkdir -p build/clang
PYTHONPATH=src "$python" -m glassnet.engine.generate "$generated"
include=(-I build/clang -I "$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')"
  -I "$("$python" -m nanobind --include_dir)" -I "$("$python" -m nanobind --include_dir)/../ext/robin_map/include")
flags=(-std=c++20 -c -O0 -o build/clang/read.o -fPIC -ffp-contract=off -fno-math-errno -fno-trapping-math -Wall -Wextra -Wconversion
  -Wno-sign-conversion -Werror)
case $(uname -m) in
x86_64) sets=("" "-mavx2 -mfma" "-mavx512f -mavx512dq -mavx512vl -mavx512bw -mfma") ;;
*) sets=("") ;;
esac
for set in "${sets[@]}"; do
  for file in native/kernels/*.cpp; do
    # shellcheck disable=SC2086 (several flags)
    "${compiler[@]}" "${flags[@]}" $set "${include[@]}" "$file"
  done
done
for file in native/training/*.cpp native/bindings/*.cpp; do
  "${compiler[@]}" "${flags[@]}" "${include[@]}" "$file"
done
echo "native/clang.sh: $("${compiler[@]}" --version | head -1) reads the engine without a warning"

// The interpreter: runs a formula that has no compiled kernel, operation by operation over short blocks of numbers.
//
// It calls the same vector functions in the same order as a compiled kernel, so both give the same bits.
#pragma once
#include "../simd/math.h"
#include "interface.h"
#include "opcodes.h"

namespace glassnet::GLASSNET_ISA {

constexpr long strip = 128;  // numbers per block and register; a multiple of `padding`
constexpr int most_registers = 256;

template <class T> struct Strip {
  long count;
  T* to;
  const T* from[4];
  template <class F> GLASSNET_INLINE void map1(F f) const {
    for (long i = 0; i < count; i += Vec<T>::size) f(Vec<T>::load(from[0] + i)).store(to + i);
  }
  template <class F> GLASSNET_INLINE void map2(F f) const {
    for (long i = 0; i < count; i += Vec<T>::size)
      f(Vec<T>::load(from[0] + i), Vec<T>::load(from[1] + i)).store(to + i);
  }
  template <class F> GLASSNET_INLINE void choose(F f) const {
    for (long i = 0; i < count; i += Vec<T>::size)
      select(f(Vec<T>::load(from[0] + i), Vec<T>::load(from[1] + i)), Vec<T>::load(from[2] + i),
             Vec<T>::load(from[3] + i))
          .store(to + i);
  }
};

template <class T> void operate(int number, const Strip<T>& s) {
  using V = Vec<T>;
  switch (number) {
    case op_add:
      return s.map2([](V a, V b) { return a + b; });
    case op_subtract:
      return s.map2([](V a, V b) { return a - b; });
    case op_multiply:
      return s.map2([](V a, V b) { return a * b; });
    case op_divide:
      return s.map2([](V a, V b) { return a / b; });
    case op_negate:
      return s.map1([](V a) { return -a; });
    case op_exp:
      return s.map1([](V a) { return f_exp(a); });
    case op_expm1:
      return s.map1([](V a) { return f_expm1(a); });
    case op_log:
      return s.map1([](V a) { return f_log(a); });
    case op_log1p:
      return s.map1([](V a) { return f_log1p(a); });
    case op_tanh:
      return s.map1([](V a) { return f_tanh(a); });
    case op_erf:
      return s.map1([](V a) { return f_erf(a); });
    case op_sqrt:
      return s.map1([](V a) { return f_sqrt(a); });
    case op_abs:
      return s.map1([](V a) { return f_abs(a); });
    case op_sin:
      return s.map1([](V a) { return f_sin(a); });
    case op_cos:
      return s.map1([](V a) { return f_cos(a); });
    case op_max:
      return s.map2([](V a, V b) { return f_max(a, b); });
    case op_min:
      return s.map2([](V a, V b) { return f_min(a, b); });
    case op_power:
      return s.map2([](V a, V b) { return f_power(a, b); });
    case op_where_less:
      return s.choose([](V a, V b) { return a < b; });
    case op_where_less_equal:
      return s.choose([](V a, V b) { return a <= b; });
    case op_where_greater:
      return s.choose([](V a, V b) { return a > b; });
    default:
      return s.choose([](V a, V b) { return a >= b; });
  }
}

template <class T> GLASSNET_INLINE void copy_strip(const T* from, T* to, long count) {
  for (long i = 0; i < count; i += Vec<T>::size) Vec<T>::load(from + i).store(to + i);
}

// registers + outputs <= most_registers.
template <class T> void interpret(const Code& code, const T* const* in, T* const* out, const T* uniforms, long count) {
  alignas(64) T scratch[most_registers * strip];
  const T* place[most_registers];
  const long width = count < strip ? count : strip;
  for (int u = 0; u < code.uniforms; ++u) {
    T* line = scratch + (code.inputs + u) * strip;
    for (long i = 0; i < width; i += Vec<T>::size) Vec<T>(uniforms[u]).store(line + i);
    place[code.inputs + u] = line;
  }
  for (long start = 0; start < count; start += strip) {
    Strip<T> s;
    s.count = count - start < strip ? count - start : strip;
    for (int i = 0; i < code.inputs; ++i) place[i] = in[i] + start;
    for (int i = 0; i < code.operations; ++i) {
      const std::int32_t* word = code.words + 6 * i;
      s.to = scratch + word[1] * strip;
      place[word[1]] = s.to;
      for (int k = 0; k < 4; ++k) s.from[k] = place[word[2 + k]];
      operate<T>(word[0], s);
    }
    for (int o = 0; o < code.outputs; ++o)  // an input handed on: saved before any output, which may lie on top of it
      if (code.results[o] < code.inputs)
        copy_strip(place[code.results[o]], scratch + (code.registers + o) * strip, s.count);
    for (int o = 0; o < code.outputs; ++o) {
      const int result = code.results[o];
      const T* from = result < code.inputs ? scratch + (code.registers + o) * strip : place[result];
      copy_strip(from, out[o] + start, s.count);
    }
  }
}

}  // namespace glassnet::GLASSNET_ISA

// Several vectors side by side. A long formula is a chain of operations, each of which waits for the one before; with
// several such chains the processor works on one while another waits. Every vector is computed as it would be alone.
#pragma once
#include "math.h"

namespace glassnet::GLASSNET_ISA {

template <class T> struct Several {
  static constexpr int count = 4, size = count * Vec<T>::size;
  struct Masks {
    typename Vec<T>::Mask part[count];
  };
  Vec<T> part[count];

  Several() = default;
  GLASSNET_INLINE explicit Several(T x) {
    for (auto& p : part) p = Vec<T>(x);
  }
  // f of each part of the arguments.
  template <class F, class... Arguments> static GLASSNET_INLINE Several of(F f, const Arguments&... arguments) {
    Several result;
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) result.part[i] = f(arguments.part[i]...);
    return result;
  }
  template <class F> static GLASSNET_INLINE Masks masks_of(F f, const Several& a, const Several& b) {
    Masks result;
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) result.part[i] = f(a.part[i], b.part[i]);
    return result;
  }
  static GLASSNET_INLINE Several load(const T* from) {
    Several result;
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) result.part[i] = Vec<T>::load(from + i * Vec<T>::size);
    return result;
  }
  GLASSNET_INLINE void store(T* to) const {
#pragma GCC unroll 4
    for (int i = 0; i < count; ++i) part[i].store(to + i * Vec<T>::size);
  }
};

#define GLASSNET_EACH(parameters, expression) [] parameters __attribute__((always_inline)) { return expression; }
#define GLASSNET_OPERATOR(op)                                                                     \
  template <class T> GLASSNET_INLINE auto operator op(const Several<T>& a, const Several<T>& b) { \
    return Several<T>::of(GLASSNET_EACH((Vec<T> x, Vec<T> y), x op y), a, b);                     \
  }
#define GLASSNET_COMPARISON(op)                                                                   \
  template <class T> GLASSNET_INLINE auto operator op(const Several<T>& a, const Several<T>& b) { \
    return Several<T>::masks_of(GLASSNET_EACH((Vec<T> x, Vec<T> y), x op y), a, b);               \
  }
#define GLASSNET_FUNCTION(f)                                       \
  template <class T> GLASSNET_INLINE auto f(const Several<T>& a) { \
    return Several<T>::of(GLASSNET_EACH((Vec<T> x), f(x)), a);     \
  }
#define GLASSNET_FUNCTION_OF_TWO(f)                                                     \
  template <class T> GLASSNET_INLINE auto f(const Several<T>& a, const Several<T>& b) { \
    return Several<T>::of(GLASSNET_EACH((Vec<T> x, Vec<T> y), f(x, y)), a, b);          \
  }
// clang-format off: each is a whole function
GLASSNET_OPERATOR(+) GLASSNET_OPERATOR(-) GLASSNET_OPERATOR(*) GLASSNET_OPERATOR(/)
GLASSNET_COMPARISON(<) GLASSNET_COMPARISON(<=) GLASSNET_COMPARISON(>) GLASSNET_COMPARISON(>=)
GLASSNET_FUNCTION(f_exp) GLASSNET_FUNCTION(f_expm1) GLASSNET_FUNCTION(f_log) GLASSNET_FUNCTION(f_log1p)
GLASSNET_FUNCTION(f_tanh) GLASSNET_FUNCTION(f_erf) GLASSNET_FUNCTION(f_sin) GLASSNET_FUNCTION(f_cos)
GLASSNET_FUNCTION(f_sqrt) GLASSNET_FUNCTION(f_abs)
GLASSNET_FUNCTION_OF_TWO(f_power) GLASSNET_FUNCTION_OF_TWO(f_max) GLASSNET_FUNCTION_OF_TWO(f_min)
template <class T> GLASSNET_INLINE auto operator-(const Several<T>& a) {
  return Several<T>::of(GLASSNET_EACH((Vec<T> x), -x), a);
}
// clang-format on
template <class T>
GLASSNET_INLINE auto select(const typename Several<T>::Masks& m, const Several<T>& yes, const Several<T>& no) {
  return Several<T>::of(GLASSNET_EACH((typename Vec<T>::Mask mask, Vec<T> y, Vec<T> n), select(mask, y, n)), m, yes,
                        no);
}
#undef GLASSNET_OPERATOR
#undef GLASSNET_COMPARISON
#undef GLASSNET_FUNCTION
#undef GLASSNET_FUNCTION_OF_TWO
#undef GLASSNET_EACH

}  // namespace glassnet::GLASSNET_ISA

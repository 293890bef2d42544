// Vec<T>: as many numbers of type T as one register of the instruction set holds.
//
// This header, and everything that includes it, is compiled once per instruction set inside the namespace
// glassnet::GLASSNET_ISA. All operations are exact or correctly rounded, so every instruction set computes the same
// bits.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#if defined(__AVX512F__)
#include <immintrin.h>
#define GLASSNET_ISA avx512
#define GLASSNET_VECTOR_BYTES 64
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define GLASSNET_ISA avx2
#define GLASSNET_VECTOR_BYTES 32
#else
#define GLASSNET_ISA portable
#define GLASSNET_VECTOR_BYTES 16
#endif

// Makes the compiler forget how it knows a pointer, so that addresses are not kept in registers across a loop.
#define GLASSNET_FORGET(pointer) asm("" : "+r"(pointer))
#define GLASSNET_INLINE inline __attribute__((always_inline))

namespace glassnet::GLASSNET_ISA {

template <class T> struct Register;
template <> struct Register<float> {
  using Bit = std::int32_t;
  typedef float Raw __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
  typedef std::int32_t Mask __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
};
template <> struct Register<double> {
  using Bit = std::int64_t;
  typedef double Raw __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
  typedef std::int64_t Mask __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
};

template <class T> struct Vec {
  static constexpr int size = GLASSNET_VECTOR_BYTES / sizeof(T);
  using Number = T;
  using Bit = typename Register<T>::Bit;
  using Raw = typename Register<T>::Raw;
  using Mask = typename Register<T>::Mask;
  Raw v;

  Vec() = default;
  GLASSNET_INLINE Vec(Raw raw) : v(raw) {}
  GLASSNET_INLINE Vec(T x) : v(x - Raw{}) {}
  template <class U>
    requires std::is_arithmetic_v<U>
  GLASSNET_INLINE explicit Vec(U x) : v(static_cast<T>(x) - Raw{}) {}

  static GLASSNET_INLINE Vec load(const T* from) {
    Vec r;
    std::memcpy(&r.v, from, sizeof(Raw));
    return r;
  }
  GLASSNET_INLINE void store(T* to) const { std::memcpy(to, &v, sizeof(Raw)); }
  GLASSNET_INLINE T first() const { return v[0]; }
};

template <class T> GLASSNET_INLINE Vec<T> operator+(Vec<T> a, Vec<T> b) { return a.v + b.v; }
template <class T> GLASSNET_INLINE Vec<T> operator-(Vec<T> a, Vec<T> b) { return a.v - b.v; }
template <class T> GLASSNET_INLINE Vec<T> operator*(Vec<T> a, Vec<T> b) { return a.v * b.v; }
template <class T> GLASSNET_INLINE Vec<T> operator/(Vec<T> a, Vec<T> b) { return a.v / b.v; }
template <class T> GLASSNET_INLINE Vec<T> operator-(Vec<T> a) { return -a.v; }
template <class T> GLASSNET_INLINE auto operator<(Vec<T> a, Vec<T> b) { return typename Vec<T>::Mask(a.v < b.v); }
template <class T> GLASSNET_INLINE auto operator<=(Vec<T> a, Vec<T> b) { return typename Vec<T>::Mask(a.v <= b.v); }
template <class T> GLASSNET_INLINE auto operator>(Vec<T> a, Vec<T> b) { return typename Vec<T>::Mask(a.v > b.v); }
template <class T> GLASSNET_INLINE auto operator>=(Vec<T> a, Vec<T> b) { return typename Vec<T>::Mask(a.v >= b.v); }
template <class T> GLASSNET_INLINE auto same(Vec<T> a, Vec<T> b) { return typename Vec<T>::Mask(a.v == b.v); }
template <class T> GLASSNET_INLINE Vec<T> select(typename Vec<T>::Mask m, Vec<T> yes, Vec<T> no) {
  return m ? yes.v : no.v;
}
template <class T> GLASSNET_INLINE typename Vec<T>::Mask bits(Vec<T> a) { return (typename Vec<T>::Mask)a.v; }
template <class T> GLASSNET_INLINE Vec<T> from_bits(typename Vec<T>::Mask m) { return (typename Vec<T>::Raw)m; }
template <class T> GLASSNET_INLINE Vec<T> absolute(Vec<T> a) {
  return from_bits<T>(bits(a) & std::numeric_limits<typename Vec<T>::Bit>::max());
}

// a * b + c with one rounding; larger(a, b) is b where b > a, else a (a NaN in `a` stays); smaller alike.
#if defined(__AVX512F__)
GLASSNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return _mm512_fmadd_ps(a.v, b.v, c.v); }
GLASSNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return _mm512_fmadd_pd(a.v, b.v, c.v); }
GLASSNET_INLINE Vec<float> root(Vec<float> a) { return _mm512_sqrt_ps(a.v); }
GLASSNET_INLINE Vec<double> root(Vec<double> a) { return _mm512_sqrt_pd(a.v); }
GLASSNET_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm512_max_ps(b.v, a.v); }
GLASSNET_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm512_max_pd(b.v, a.v); }
GLASSNET_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm512_min_ps(b.v, a.v); }
GLASSNET_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm512_min_pd(b.v, a.v); }
// a * 2^n for whole n, rounded once.
GLASSNET_INLINE Vec<float> times_two_to(Vec<float> a, Vec<float> n) { return _mm512_scalef_ps(a.v, n.v); }
GLASSNET_INLINE Vec<double> times_two_to(Vec<double> a, Vec<double> n) { return _mm512_scalef_pd(a.v, n.v); }
#elif defined(__AVX2__)
GLASSNET_INLINE Vec<float> fma(Vec<float> a, Vec<float> b, Vec<float> c) { return _mm256_fmadd_ps(a.v, b.v, c.v); }
GLASSNET_INLINE Vec<double> fma(Vec<double> a, Vec<double> b, Vec<double> c) { return _mm256_fmadd_pd(a.v, b.v, c.v); }
GLASSNET_INLINE Vec<float> root(Vec<float> a) { return _mm256_sqrt_ps(a.v); }
GLASSNET_INLINE Vec<double> root(Vec<double> a) { return _mm256_sqrt_pd(a.v); }
GLASSNET_INLINE Vec<float> larger(Vec<float> a, Vec<float> b) { return _mm256_max_ps(b.v, a.v); }
GLASSNET_INLINE Vec<double> larger(Vec<double> a, Vec<double> b) { return _mm256_max_pd(b.v, a.v); }
GLASSNET_INLINE Vec<float> smaller(Vec<float> a, Vec<float> b) { return _mm256_min_ps(b.v, a.v); }
GLASSNET_INLINE Vec<double> smaller(Vec<double> a, Vec<double> b) { return _mm256_min_pd(b.v, a.v); }
#else
template <class T> GLASSNET_INLINE Vec<T> fma(Vec<T> a, Vec<T> b, Vec<T> c) {
  Vec<T> r;
  for (int i = 0; i < Vec<T>::size; ++i) r.v[i] = std::fma(a.v[i], b.v[i], c.v[i]);
  return r;
}
template <class T> GLASSNET_INLINE Vec<T> root(Vec<T> a) {
  Vec<T> r;
  for (int i = 0; i < Vec<T>::size; ++i) r.v[i] = std::sqrt(a.v[i]);
  return r;
}
template <class T> GLASSNET_INLINE Vec<T> larger(Vec<T> a, Vec<T> b) { return select(b > a, b, a); }
template <class T> GLASSNET_INLINE Vec<T> smaller(Vec<T> a, Vec<T> b) { return select(b < a, b, a); }
#endif

// The first `count` numbers only; the rest reads as zero and is not written.
template <class T> GLASSNET_INLINE Vec<T> load_part(const T* from, long count) {
  T buffer[Vec<T>::size] = {};
  for (long i = 0; i < count; ++i) buffer[i] = from[i];
  return Vec<T>::load(buffer);
}
template <class T> GLASSNET_INLINE void store_part(Vec<T> a, T* to, long count) {
#if defined(__AVX512F__)
  if constexpr (sizeof(T) == 4)
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), a.v);
  else
    _mm512_mask_storeu_pd(to, static_cast<__mmask8>((1u << count) - 1), a.v);
#else
  T buffer[Vec<T>::size];
  a.store(buffer);
  for (long i = 0; i < count; ++i) to[i] = buffer[i];
#endif
}

}  // namespace glassnet::GLASSNET_ISA

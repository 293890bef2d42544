// Elementary functions on vectors, from additions, products, divisions and FMAs only: the same bits on every machine.
//
// exp, expm1: x = n ln 2 + r, Taylor polynomial in |r| <= ln(2) / 2, scaled by powers of two.
// log, log1p: x = 2^k m with m near 1, atanh series in s = (m - 1) / (m + 1).
// erf: a polynomial below 1, one minus exp(-x^2) times a polynomial above.
// sin, cos: Cody-Waite reduction by pi / 2, Taylor polynomials.
#pragma once
#include "vector.h"

namespace glassnet::GLASSNET_ISA {

// Per precision: bits of the mantissa, exponent bias, range of exp, ln 2 in two parts, pi / 2 in three.
template <class T> struct Constants;
template <> struct Constants<float> {
  static constexpr int mantissa = 23, bias = 127, exp_terms = 7, log_terms = 5;
  static constexpr float round = 12582912.0f, exp_low = -110.0f, exp_high = 89.0f, expm1_low = -20.0f;
  static constexpr float ln2_high = 0.693359375f, ln2_low = -2.12194440e-4f, log2_e = 1.44269504f;
  static constexpr float half_pi[3] = {1.5707963705062866f, -4.371138828673793e-08f, -1.7151244882880e-15f};
  static constexpr float two_over_pi = 0.636619772f, largest_angle = 1.0e6f, tanh_limit = 10.0f, erf_limit = 4.0f;
  static constexpr float smallest_normal = 1.17549435e-38f, lift = 33554432.0f;
  static constexpr int lift_bits = 25, sine_terms = 5;
  static constexpr std::int32_t root_half = 0x3f3504f3;
};
template <> struct Constants<double> {
  static constexpr int mantissa = 52, bias = 1023, exp_terms = 13, log_terms = 11;
  static constexpr double round = 6755399441055744.0, exp_low = -760.0, exp_high = 710.0, expm1_low = -40.0;
  static constexpr double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;
  static constexpr double log2_e = 1.4426950408889634;
  static constexpr double half_pi[3] = {1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33};
  static constexpr double two_over_pi = 0.6366197723675814, largest_angle = 1.0e9, tanh_limit = 20.0, erf_limit = 6.0;
  static constexpr double smallest_normal = 2.2250738585072014e-308, lift = 18014398509481984.0;
  static constexpr int lift_bits = 54, sine_terms = 9;
  static constexpr std::int64_t root_half = 0x3fe6a09e667f3bcdLL;
};

// a[0] + x a[1] + x^2 a[2] ... by Horner's rule.
template <class T, int n> GLASSNET_INLINE Vec<T> polynomial(Vec<T> x, const T (&a)[n]) {
  Vec<T> sum(a[n - 1]);
#pragma GCC unroll 32
  for (int i = n - 2; i >= 0; --i) sum = fma(sum, x, Vec<T>(a[i]));
  return sum;
}

// 2^n for whole n (given as a number) inside the normal range.
template <class T> GLASSNET_INLINE Vec<T> two_to(Vec<T> n) {
#if defined(__AVX512F__)
  return times_two_to(Vec<T>(T(1)), n);
#endif
  using C = Constants<T>;
  const auto whole = bits(n + Vec<T>(C::round)) - bits(Vec<T>(C::round));
  return from_bits<T>((whole + C::bias) << C::mantissa);
}
template <class T> GLASSNET_INLINE Vec<T> rounded(Vec<T> x) {
  return (x + Vec<T>(Constants<T>::round)) - Vec<T>(Constants<T>::round);
}
// x * 2^n for x near 1, rounded once where that is below the normal range.
template <class T> GLASSNET_INLINE Vec<T> scaled_by_power(Vec<T> x, Vec<T> n) {
#if defined(__AVX512F__)
  return times_two_to(x, n);
#endif
  const Vec<T> half = rounded(n * Vec<T>(T(0.5)));
  return x * two_to(half) * two_to(n - half);
}

// exp(r) - 1 for |r| <= ln(2) / 2.
template <class T> GLASSNET_INLINE Vec<T> expm1_near_zero(Vec<T> r) {
  constexpr int terms = Constants<T>::exp_terms;
  constexpr T all[13] = {T(1),
                         T(1) / T(2),
                         T(1) / T(6),
                         T(1) / T(24),
                         T(1) / T(120),
                         T(1) / T(720),
                         T(1) / T(5040),
                         T(1) / T(40320),
                         T(1) / T(362880),
                         T(1) / T(3628800),
                         T(1) / T(39916800),
                         T(1) / T(479001600),
                         T(1) / T(6227020800.0)};
  Vec<T> sum(all[terms - 1]);
#pragma GCC unroll 16
  for (int i = terms - 2; i >= 1; --i) sum = fma(sum, r, Vec<T>(all[i]));
  return fma(sum, r * r, r);
}
template <class T> GLASSNET_INLINE Vec<T> reduce_exp(Vec<T> x, Vec<T>& n) {
  using C = Constants<T>;
  n = rounded(x * Vec<T>(C::log2_e));
  return fma(n, Vec<T>(-C::ln2_low), fma(n, Vec<T>(-C::ln2_high), x));
}

template <class T> GLASSNET_INLINE Vec<T> f_exp(Vec<T> x) {
  using C = Constants<T>;
  const Vec<T> inside = smaller(larger(x, Vec<T>(C::exp_low)), Vec<T>(C::exp_high));
  Vec<T> n;
  const Vec<T> r = reduce_exp(inside, n);
  return scaled_by_power(Vec<T>(T(1)) + expm1_near_zero(r), n);
}

// expm1 between its limits.
template <class T> GLASSNET_INLINE Vec<T> expm1_inside(Vec<T> x) {
  const Vec<T> one(T(1));
  Vec<T> n;
  const Vec<T> r = reduce_exp(x, n);
  const Vec<T> half = two_to(n - one);  // 2^(n - 1), so that n = 128 still fits
  const Vec<T> small = expm1_near_zero(r);
  const Vec<T> scaled = fma(half, small, half - Vec<T>(T(0.5)));
  return select(same(n, Vec<T>(T(0))), small, scaled + scaled);
}
template <class T> GLASSNET_INLINE Vec<T> f_expm1(Vec<T> x) {
  using C = Constants<T>;
  return expm1_inside(smaller(larger(x, Vec<T>(C::expm1_low)), Vec<T>(C::exp_high)));
}

// x = 2^k m with m in [sqrt(1/2), sqrt(2)); x > 0, finite and normal.
template <class T> GLASSNET_INLINE Vec<T> split_normal(Vec<T> x, Vec<T>& k) {
  using C = Constants<T>;
  const auto whole = (bits(x) - C::root_half) >> C::mantissa;
  k = from_bits<T>(whole + bits(Vec<T>(C::round))) - Vec<T>(C::round);
  return from_bits<T>(bits(x) - (whole << C::mantissa));
}
// The same for numbers below the normal range, too.
template <class T> GLASSNET_INLINE Vec<T> split_exponent(Vec<T> x, Vec<T>& k) {
  using C = Constants<T>;
  const auto tiny = x < Vec<T>(C::smallest_normal);
  Vec<T> exponent;
  const Vec<T> m = split_normal(select(tiny, x * Vec<T>(C::lift), x), exponent);
  k = select(tiny, exponent - Vec<T>(T(C::lift_bits)), exponent);
  return m;
}
// s^2 / 3 + s^4 / 5 + ... from s^2.
template <class T> GLASSNET_INLINE Vec<T> atanh_tail(Vec<T> square) {
  Vec<T> sum(T(1) / T(2 * Constants<T>::log_terms + 1));
#pragma GCC unroll 16
  for (int i = Constants<T>::log_terms - 1; i >= 1; --i) sum = fma(sum, square, Vec<T>(T(1) / T(2 * i + 1)));
  return sum * square;
}
// What a logarithm is outside (0, inf): -inf at 0, NaN below, inf at inf.
template <class T> GLASSNET_INLINE Vec<T> log_edges(Vec<T> x, Vec<T> inside) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const Vec<T> outside = select(same(x, Vec<T>(T(0))), Vec<T>(-infinity),
                                select(x > Vec<T>(T(0)), x, Vec<T>(std::numeric_limits<T>::quiet_NaN())));
  const auto ordinary = (x > Vec<T>(T(0))) & (x < Vec<T>(infinity));
  return select(ordinary, inside, outside);
}

// log(2^k m).
template <class T> GLASSNET_INLINE Vec<T> log_of_split(Vec<T> m, Vec<T> k) {
  using C = Constants<T>;
  const Vec<T> f = m - Vec<T>(T(1));
  const Vec<T> s = f / (Vec<T>(T(2)) + f);
  const Vec<T> tail = atanh_tail(s * s);
  // log(1 + f) = f - s (f - 2 tail): the large part, f, is exact.
  const Vec<T> near = fma(-s, f - (tail + tail), f);
  return fma(k, Vec<T>(C::ln2_high), fma(k, Vec<T>(C::ln2_low), near));
}
template <class T> GLASSNET_INLINE Vec<T> f_log(Vec<T> x) {
  Vec<T> k;
  const Vec<T> m = split_exponent(x, k);
  return log_edges(x, log_of_split(m, k));
}

template <class T> GLASSNET_INLINE Vec<T> f_log1p(Vec<T> x) {
  const Vec<T> one(T(1)), u = one + x;  // 0, or far above the smallest normal number
  const Vec<T> lost = select(absolute(x) < one, x - (u - one), one - (u - x));
  Vec<T> k;
  const Vec<T> m = split_normal(u, k);
  return log_edges(u, log_of_split(m, k) + lost / u);
}

template <class T> GLASSNET_INLINE Vec<T> f_tanh(Vec<T> x) {
  const Vec<T> size = smaller(absolute(x), Vec<T>(Constants<T>::tanh_limit));
  const Vec<T> e = expm1_inside(size + size);
  const Vec<T> t = e / (e + Vec<T>(T(2)));
  const Vec<T> sign_kept = select(x < Vec<T>(T(0)), -t, t);
  if constexpr (sizeof(T) == 8) return sign_kept;
  constexpr T small[] = {T(-0.33333332007957394013), T(0.1333311372816546144), T(-0.053909428726272694001),
                         T(0.021309388220345739383), T(-0.0066102271807183718004)};
  const Vec<T> square = x * x;  // below 0.55 the quotient would lose a third unit in the last place
  return select(size < Vec<T>(T(0.55)), fma(x * square, polynomial<T>(square, small), x), sign_kept);
}

GLASSNET_INLINE Vec<float> erf_small(Vec<float> s) {  // erf(x) / x - 1 from s = x^2 <= 1
  constexpr float a[] = {0.128379165848350946f,      -0.37612626666720331023f,  0.11283594715160217732f,
                         -0.026854212010626412443f,  0.0051890874234339739861f, -0.00080168642871658695293f,
                         0.000078758750626854883411f};
  return polynomial<float>(s, a);
}
GLASSNET_INLINE Vec<double> erf_small(Vec<double> s) {  // the same
  constexpr double a[] = {0.1283791670955125739,     -0.37612638903183540438,     0.11283791670945006266,
                          -0.02686617064323777036,   0.0052239776071164227321,    -0.00085483259753896920806,
                          0.00012055294904839707917, -0.000014924736907419660338, 1.644742470331736241e-6,
                          -1.6208483801871705902e-7, 1.3720064546777685604e-8,    -7.7958988270021422416e-10};
  return polynomial<double>(s, a);
}
GLASSNET_INLINE Vec<float> erf_large(Vec<float> x) {  // exp(x^2) erfc(x) for 1 <= x <= 4
  constexpr float a[] = {0.25539567631050574387f,   -0.42718598976848669643f, 0.24165820152556019554f,
                         -0.078968306127934728421f, 0.003732371758939544441f, 0.0068111401310856345634f,
                         -0.0008379754387023134563f};
  return polynomial<float>((x - Vec<float>(2.0f)) / (x + Vec<float>(2.0f)), a);
}
GLASSNET_INLINE Vec<double> erf_large(Vec<double> x) {  // the same for 1 <= x <= 6
  constexpr double a[] = {0.23108725873039201967,     -0.3981892626393729728,      0.24966144242733416914,
                          -0.10505063893598028083,    0.021688775775796494422,     0.0033932430266749675687,
                          -0.0027679502515980604081,  -0.00018634958273013104079,  0.00038142918922471442851,
                          0.000045538990972055366068, -0.000058314385934216483676, -0.000016486801387029279177,
                          8.126349625853166041e-6,    4.4888681587907941392e-6,    -1.0221345932541407854e-6};
  return polynomial<double>((x - Vec<double>(2.25)) / (x + Vec<double>(2.25)), a);
}
template <class T> GLASSNET_INLINE Vec<T> f_erf(Vec<T> x) {
  const Vec<T> one(T(1)), size = smaller(absolute(x), Vec<T>(Constants<T>::erf_limit));
  const Vec<T> square = size * size;
  const Vec<T> large = one - f_exp(-square) * erf_large(size);
  const Vec<T> sign_kept = select(x < Vec<T>(T(0)), -large, large);
  return select(size < one, fma(x, erf_small(square), x), sign_kept);
}

// x - n pi / 2 in |r| <= pi / 4 and the quarter n; very large angles are reduced by one exact remainder first.
template <class T> GLASSNET_INLINE Vec<T> reduce_angle(Vec<T> x, typename Vec<T>::Mask& quarter) {
  using C = Constants<T>;
  const auto huge = absolute(x) > Vec<T>(C::largest_angle);
  T lanes[Vec<T>::size];
  typename Vec<T>::Bit any = 0;
  for (int i = 0; i < Vec<T>::size; ++i) any |= huge[i];
  if (any) [[unlikely]] {
    x.store(lanes);
    for (int i = 0; i < Vec<T>::size; ++i)
      if (huge[i]) lanes[i] = T(std::fmod(double(lanes[i]), 6.283185307179586));
    x = Vec<T>::load(lanes);
  }
  const Vec<T> n = rounded(x * Vec<T>(C::two_over_pi));
  quarter = bits(n + Vec<T>(C::round)) - bits(Vec<T>(C::round));
  return fma(n, Vec<T>(-C::half_pi[2]), fma(n, Vec<T>(-C::half_pi[1]), fma(n, Vec<T>(-C::half_pi[0]), x)));
}
template <class T> GLASSNET_INLINE Vec<T> sine_or_cosine(Vec<T> r, typename Vec<T>::Mask quarter) {
  constexpr T s[9] = {T(-1) / T(6),
                      T(1) / T(120),
                      T(-1) / T(5040),
                      T(1) / T(362880),
                      T(-1) / T(39916800),
                      T(1) / T(6227020800.0),
                      T(-1) / T(1307674368000.0),
                      T(1) / T(355687428096000.0),
                      T(-1) / T(121645100408832000.0)};
  constexpr T c[9] = {T(1) / T(24),
                      T(-1) / T(720),
                      T(1) / T(40320),
                      T(-1) / T(3628800),
                      T(1) / T(479001600.0),
                      T(-1) / T(87178291200.0),
                      T(1) / T(20922789888000.0),
                      T(-1) / T(6402373705728000.0),
                      T(1) / T(2432902008176640000.0)};
  constexpr int terms = Constants<T>::sine_terms;
  const Vec<T> square = r * r;
  Vec<T> sine(s[terms - 1]), cosine(c[terms - 1]);
#pragma GCC unroll 16
  for (int i = terms - 2; i >= 0; --i) {
    sine = fma(sine, square, Vec<T>(s[i]));
    cosine = fma(cosine, square, Vec<T>(c[i]));
  }
  sine = fma(sine * square, r, r);
  cosine = fma(cosine, square * square, fma(square, Vec<T>(T(-0.5)), Vec<T>(T(1))));
  const Vec<T> chosen = select((quarter & 1) == 0, sine, cosine);
  return select((quarter & 2) == 0, chosen, -chosen);
}
template <class T> GLASSNET_INLINE Vec<T> f_sin(Vec<T> x) {
  typename Vec<T>::Mask quarter;
  const Vec<T> r = reduce_angle(x, quarter);
  return sine_or_cosine(r, quarter);
}
template <class T> GLASSNET_INLINE Vec<T> f_cos(Vec<T> x) {
  typename Vec<T>::Mask quarter;
  const Vec<T> r = reduce_angle(x, quarter);
  return sine_or_cosine(r, quarter + 1);
}

// b^p = exp(p log b) for b >= 0, the logarithm carried in two numbers so that large results stay accurate.
template <class T> GLASSNET_INLINE Vec<T> f_power(Vec<T> b, Vec<T> p) {
  using C = Constants<T>;
  const Vec<T> zero(T(0)), one(T(1)), infinity(std::numeric_limits<T>::infinity());
  Vec<T> k;
  const Vec<T> f = split_exponent(b, k) - one;
  const Vec<T> below = Vec<T>(T(2)) + f, s = f / below;
  const Vec<T> below_lost = f - (below - Vec<T>(T(2)));
  const Vec<T> s_low = (fma(-s, below, f) - s * below_lost) / below;
  const Vec<T> low = fma(k, Vec<T>(C::ln2_low), (s_low + s_low) + (s + s) * atanh_tail(s * s));
  const Vec<T> big = k * Vec<T>(C::ln2_high), high = big + (s + s);
  const Vec<T> high_lost = select(same(k, zero), zero, (big - high) + (s + s));
  const Vec<T> log_high = high + (low + high_lost), log_low = (high - log_high) + (low + high_lost);
  const Vec<T> product = p * log_high;
  const Vec<T> product_low = fma(p, log_high, -product) + p * log_low;
  const Vec<T> e = f_exp(product);
  const Vec<T> inside = select((e > zero) & (e < infinity), fma(e, product_low, e), e);
  const Vec<T> edge =
      select(b >= infinity, select(p > zero, infinity, zero),
             select(same(b, zero), select(p > zero, zero, infinity), Vec<T>(std::numeric_limits<T>::quiet_NaN())));
  const Vec<T> result = select((b > zero) & (b < infinity), inside, edge);
  return select(same(p, zero), one, select(same(p, p), result, p));
}

template <class T> GLASSNET_INLINE Vec<T> f_sqrt(Vec<T> x) { return root(x); }
template <class T> GLASSNET_INLINE Vec<T> f_abs(Vec<T> x) { return absolute(x); }
template <class T> GLASSNET_INLINE Vec<T> f_max(Vec<T> a, Vec<T> b) { return select(same(b, b), larger(a, b), b); }
template <class T> GLASSNET_INLINE Vec<T> f_min(Vec<T> a, Vec<T> b) { return select(same(b, b), smaller(a, b), b); }

}  // namespace glassnet::GLASSNET_ISA

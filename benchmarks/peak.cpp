// The most multiply-adds that one core can do: independent chains of vector FMA in registers.
#if defined(__AVX512F__)
typedef float vector __attribute__((vector_size(64)));
constexpr int chains = 24;
#elif defined(__AVX__)
typedef float vector __attribute__((vector_size(32)));
constexpr int chains = 12;
#else
typedef float vector __attribute__((vector_size(16)));
constexpr int chains = 24;
#endif

extern "C" int lanes() { return sizeof(vector) / sizeof(float); }

// Runs `rounds` multiply-adds on every chain and returns how many floating-point operations that were.
extern "C" double run(long rounds, float factor, float term, float* out) {
  vector sums[chains];
  for (int i = 0; i < chains; ++i) sums[i] = vector{} + static_cast<float>(i);
  const vector f = vector{} + factor, t = vector{} + term;
  for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 24
    for (int i = 0; i < chains; ++i) sums[i] = sums[i] * f + t;
  }
  vector total{};
  for (int i = 0; i < chains; ++i) total += sums[i];
  for (int lane = 0; lane < lanes(); ++lane) out[lane] = total[lane];
  return 2.0 * rounds * chains * lanes();
}

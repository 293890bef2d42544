// Counter-based random numbers: the C++ twin of glassnet.formulas.randomness (Philox 4x32-10, Salmon et al. 2011).
#pragma once
#include <utility>

#include "../simd/vector.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

typedef std::uint32_t Words __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
constexpr int words_size = GLASSNET_VECTOR_BYTES / 4;
typedef std::uint64_t Pairs __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));  // words two by two

// The products of the lower words of pairs.
GLASSNET_INLINE Pairs multiply_lower(Pairs x, Pairs y) {
#if defined(__AVX512F__)
  return (Pairs)_mm512_mul_epu32((__m512i)x, (__m512i)y);
#elif defined(__AVX2__)
  return (Pairs)_mm256_mul_epu32((__m256i)x, (__m256i)y);
#else
  return (x & 0xFFFFFFFFu) * (y & 0xFFFFFFFFu);
#endif
}
// The lower words of two vectors of pairs, as one vector.
GLASSNET_INLINE Words join_lower(Pairs even, Pairs odd) { return (Words)((even & 0xFFFFFFFFu) | odd << 32); }

// Ten rounds over blocks of four words: counters in, random words out. Vectors run across blocks; even and odd blocks
// go apart, each word in the lower half of a pair, where its product has room. What is left in upper halves is never
// read.
GLASSNET_INLINE void philox(Words* block, std::uint64_t seed) {
  Pairs word[2][4];
  for (int i = 0; i < 4; ++i) word[0][i] = (Pairs)block[i], word[1][i] = (Pairs)block[i] >> 32;
  std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    for (Pairs* w : {word[0], word[1]}) {
      const Pairs first = multiply_lower(w[0], Pairs{} + 0xD2511F53u),
                  second = multiply_lower(w[2], Pairs{} + 0xCD9E8D57u);
      w[0] = (second >> 32) ^ w[1] ^ key[0], w[1] = second;
      w[2] = (first >> 32) ^ w[3] ^ key[1], w[3] = first;
    }
    key[0] += 0x9E3779B9u, key[1] += 0xBB67AE85u;
  }
  for (int i = 0; i < 4; ++i) block[i] = join_lower(word[0][i], word[1][i]);
}

// a and b number by number in turn: a0 b0 a1 b1 ...
template <int... i> GLASSNET_INLINE void interleave(Words& a, Words& b, std::integer_sequence<int, i...>) {
  const Words lower = __builtin_shufflevector(a, b, (i / 2 + i % 2 * words_size)...);
  b = __builtin_shufflevector(a, b, ((words_size + i) / 2 + i % 2 * words_size)...);
  a = lower;
}
GLASSNET_INLINE void interleave(Words& a, Words& b) { interleave(a, b, std::make_integer_sequence<int, words_size>()); }
GLASSNET_INLINE Words count_up() {
  Words words{};
  for (int i = 0; i < words_size; ++i) words[i] = static_cast<std::uint32_t>(i);
  return words;
}

// f(first, words) for vectors of the 4 * word_blocks words from block `first_block` on; `first` counts from zero.
template <class F> GLASSNET_INLINE void each_words(const Address& address, std::uint32_t first_block, F f) {
  for (int j = 0; j < static_cast<int>(word_blocks); j += words_size) {
    Words block[4] = {count_up() + (first_block + static_cast<std::uint32_t>(j)), Words{} + address.epoch,
                      Words{} + address.member, Words{} + ((address.purpose << 24) | address.part)};
    philox(block, address.seed);
    // Blocks lie along the vectors, words are wanted block after block.
    interleave(block[0], block[2]);
    interleave(block[1], block[3]);
    interleave(block[0], block[1]);
    interleave(block[2], block[3]);
    for (int i = 0; i < 4; ++i) f(4 * j + i * words_size, block[i]);
  }
}
inline void random_words(const Address& address, std::uint32_t first, std::uint32_t* out) {
  each_words(address, first, [out](int at, Words words) { std::memcpy(out + at, &words, sizeof(words)); });
}

// A random order of 0 .. count - 1 (Fisher-Yates from the end; word i chooses the partner of place i).
inline void permute(const Address& address, std::int32_t* order, std::int32_t count) {
  constexpr std::int32_t chunk = 4 * word_blocks;
  std::int32_t partners[chunk];
  for (std::int32_t i = 0; i < count; ++i) order[i] = i;
  for (std::int32_t first = (count - 1) / chunk * chunk; first >= 0; first -= chunk) {
    each_words(address, static_cast<std::uint32_t>(first / 4), [&](int at, Words words) {
      const Pairs w = (Pairs)words,
                  places =
                      (Pairs)(count_up() + (static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(at) + 1u));
      const Words partner = join_lower(multiply_lower(w, places) >> 32, multiply_lower(w >> 32, places >> 32) >> 32);
      std::memcpy(partners + at, &partner, sizeof(partner));  // word * (place + 1) / 2^32
    });
    const long left = count - first, end = left < chunk ? left : chunk;
    std::int32_t* here = order + first;
    for (long i = end - 1; i >= (first == 0 ? 1 : 0); --i) {
      const std::int32_t kept = here[i], partner = partners[i];
      here[i] = order[partner];
      order[partner] = kept;
    }
  }
}

}  // namespace glassnet::GLASSNET_ISA

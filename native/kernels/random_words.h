// Counter-based random numbers: the C++ twin of glassnet.formulas.randomness (Philox 4x32-10, Salmon et al. 2011).
#pragma once
#include "../simd/vector.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

// The two halves of the products of 32-bit numbers with a constant.
typedef std::uint32_t Words __attribute__((vector_size(GLASSNET_VECTOR_BYTES)));
constexpr int words_size = GLASSNET_VECTOR_BYTES / 4;
GLASSNET_INLINE void multiply_words(Words x, std::uint32_t constant, Words& high, Words& low) {
#if defined(__AVX512F__)
  const __m512i c = _mm512_set1_epi32(static_cast<int>(constant));
  const __m512i even = _mm512_mul_epu32((__m512i)x, c), odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)x, 32), c);
  high = (Words)_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
  low = (Words)_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
#elif defined(__AVX2__)
  const __m256i c = _mm256_set1_epi32(static_cast<int>(constant));
  const __m256i even = _mm256_mul_epu32((__m256i)x, c), odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)x, 32), c);
  high = (Words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
  low = (Words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
#else
  std::uint32_t up[words_size], down[words_size];
  for (int i = 0; i < words_size; ++i) {
    const std::uint64_t product = static_cast<std::uint64_t>(constant) * x[i];
    up[i] = static_cast<std::uint32_t>(product >> 32), down[i] = static_cast<std::uint32_t>(product);
  }
  std::memcpy(&high, up, sizeof(up)), std::memcpy(&low, down, sizeof(down));
#endif
}

// Ten rounds over blocks of four words: counters in, random words out. Vectors run across blocks.
GLASSNET_INLINE void philox(Words* block, std::uint64_t seed) {
  std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    Words high[2], low[2];
    multiply_words(block[0], 0xD2511F53u, high[0], low[0]);
    multiply_words(block[2], 0xCD9E8D57u, high[1], low[1]);
    block[0] = high[1] ^ block[1] ^ key[0], block[1] = low[1];
    block[2] = high[0] ^ block[3] ^ key[1], block[3] = low[0];
    key[0] += 0x9E3779B9u, key[1] += 0xBB67AE85u;
  }
}
// The same for any number of blocks; what is left over in a vector is computed and dropped.
template <int count> GLASSNET_INLINE void philox(std::uint32_t (&block)[4][count], std::uint64_t seed) {
  for (int j = 0; j < count; j += words_size) {
    constexpr std::size_t bytes = sizeof(std::uint32_t) * (count < words_size ? count : words_size);
    Words word[4] = {};
    for (int i = 0; i < 4; ++i) std::memcpy(&word[i], block[i] + j, bytes);
    philox(word, seed);
    for (int i = 0; i < 4; ++i) std::memcpy(block[i] + j, &word[i], bytes);
  }
}

// The 4 * word_blocks words from block `first` on.
inline void random_words(const Address& address, std::uint32_t first, std::uint32_t* out) {
  std::uint32_t block[4][word_blocks];
  for (std::uint32_t j = 0; j < word_blocks; ++j) {
    block[0][j] = first + j, block[1][j] = address.epoch, block[2][j] = address.member;
    block[3][j] = (address.purpose << 24) | address.part;
  }
  philox(block, address.seed);
  for (std::uint32_t j = 0; j < word_blocks; ++j)
    for (int i = 0; i < 4; ++i) out[4 * j + i] = block[i][j];
}

// A random order of 0 .. count - 1 (Fisher-Yates from the end; word i chooses the partner of place i).
inline void permute(const Address& address, std::int32_t* order, std::int32_t count) {
  constexpr std::int32_t chunk = 4 * word_blocks;
  std::uint32_t words[chunk];
  for (std::int32_t i = 0; i < count; ++i) order[i] = i;
  for (std::int32_t first = (count - 1) / chunk * chunk; first >= 0; first -= chunk) {
    random_words(address, static_cast<std::uint32_t>(first / 4), words);
    const std::int32_t last = count - 1 < first + chunk - 1 ? count - 1 : first + chunk - 1;
    for (std::int32_t place = last; place >= first && place > 0; --place) {
      const auto partner = (static_cast<std::uint64_t>(words[place - first]) * (static_cast<std::uint64_t>(place) + 1)) >> 32;
      const std::int32_t kept = order[place];
      order[place] = order[partner];
      order[partner] = kept;
    }
  }
}

}  // namespace glassnet::GLASSNET_ISA

// Counter-based random numbers: the C++ twin of glassnet.formulas.randomness (Philox 4x32-10, Salmon et al. 2011).
#pragma once
#include "../simd/vector.h"
#include "interface.h"

namespace glassnet::GLASSNET_ISA {

// Ten rounds over `count` blocks at once: counters in, words out. The loops run across blocks, so they become vectors.
template <int count> GLASSNET_INLINE void philox(std::uint32_t (&block)[4][count], std::uint64_t seed) {
  std::uint32_t key[2] = {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    for (int j = 0; j < count; ++j) {
      const std::uint64_t one = 0xD2511F53ull * block[0][j], two = 0xCD9E8D57ull * block[2][j];
      const std::uint32_t next_0 = static_cast<std::uint32_t>(two >> 32) ^ block[1][j] ^ key[0];
      const std::uint32_t next_2 = static_cast<std::uint32_t>(one >> 32) ^ block[3][j] ^ key[1];
      block[1][j] = static_cast<std::uint32_t>(two), block[3][j] = static_cast<std::uint32_t>(one);
      block[0][j] = next_0, block[2][j] = next_2;
    }
    key[0] += 0x9E3779B9u, key[1] += 0xBB67AE85u;
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

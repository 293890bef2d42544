// Counter-based random numbers: the C++ twin of glassnet.formulas.randomness (Philox 4x32-10, Salmon et al. 2011).
#pragma once
#include <array>
#include <cstdint>
#include <utility>

namespace glassnet {

enum class Purpose : std::uint32_t { shuffle = 3, dropout = 4 };

struct Address {
  std::uint64_t seed = 0;
  std::uint32_t purpose = 0, member = 0, epoch = 0, part = 0;
};

inline std::array<std::uint32_t, 4> random_block(const Address& address, std::uint32_t block) {
  std::uint32_t counter[4] = {block, address.epoch, address.member, (address.purpose << 24) | address.part};
  std::uint32_t key[2] = {static_cast<std::uint32_t>(address.seed), static_cast<std::uint32_t>(address.seed >> 32)};
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t first = 0xD2511F53ull * counter[0], second = 0xCD9E8D57ull * counter[2];
    const std::uint32_t next[4] = {
        static_cast<std::uint32_t>(second >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(second),
        static_cast<std::uint32_t>(first >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(first)};
    for (int i = 0; i < 4; ++i) counter[i] = next[i];
    key[0] += 0x9E3779B9u, key[1] += 0xBB67AE85u;
  }
  return {counter[0], counter[1], counter[2], counter[3]};
}

// A random order of 0 .. count - 1 (Fisher-Yates from the end; word i chooses the partner of place i).
inline void permute(const Address& address, std::int32_t* order, std::int32_t count) {
  for (std::int32_t i = 0; i < count; ++i) order[i] = i;
  std::uint32_t current = 0xffffffffu;
  std::array<std::uint32_t, 4> words{};
  for (std::int32_t place = count - 1; place > 0; --place) {
    const auto block = static_cast<std::uint32_t>(place) / 4;
    if (block != current) words = random_block(address, current = block);
    const std::uint64_t word = words[static_cast<std::uint32_t>(place) % 4];
    std::swap(order[place], order[(word * (static_cast<std::uint64_t>(place) + 1)) >> 32]);
  }
}

}  // namespace glassnet

// The scheduler of the shim.
#pragma once
#include "cuda.hpp"

#include <functional>

extern "C" unsigned char __start_quorate_shared[], __stop_quorate_shared[];

namespace shim {

// In which order the threads of a block, and the blocks of a grid, have their turns.
enum class Order : std::uint32_t { Ascending = 0, Descending = 1, Random = 2 };

// Runs `body` once for every thread of every block. `fibered`: threads may wait for each other.
void run_grid(Dim grid, unsigned threads, bool fibered, Order order, std::uint64_t seed, const std::function<void()> &body);

} // namespace shim

// Twins of the warp operations of kernels/warp.cuh.
#pragma once
#include "cuda.hpp"

inline long long warp_sum(long long value)
{
    const auto *all = static_cast<const long long *>(shim::warp_exchange(&value, sizeof value));
    unsigned long long sum = 0;
    for (unsigned lane = 0; lane < 32; lane++)
        sum += static_cast<unsigned long long>(all[lane]);
    // The device's result is valid in the first thread only: rubbish elsewhere, so that nobody relies on it.
    return shim::thread_index.x % 32 == 0 ? static_cast<long long>(sum) : static_cast<long long>(0x5bad5bad5bad5badULL);
}

inline float warp_down(float value, unsigned step)
{
    const auto *all = static_cast<const float *>(shim::warp_exchange(&value, sizeof value));
    const unsigned from = shim::thread_index.x % 32 + step;
    // Rubbish where there is no such thread, so that nobody relies on it.
    return from < 32 ? all[from] : -12345.0f;
}

inline float warp_first(float value) { return static_cast<const float *>(shim::warp_exchange(&value, sizeof value))[0]; }

inline void mma_s8(int (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2])
{
    struct Fragment {
        unsigned a[4], b[2];
    } mine = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
    const auto *all = static_cast<const Fragment *>(shim::warp_exchange(&mine, sizeof mine));
    const unsigned lane = shim::thread_index.x % 32;
    // Element (row, k) of the 16 x 32 matrix, element (k, column) of the 32 x 8 matrix: PTX ISA, 9.7.14.5.10.
    const auto a_at = [&](unsigned row, unsigned k) {
        const unsigned word = all[row % 8 * 4 + k % 16 / 4].a[row / 8 + k / 16 * 2];
        return static_cast<int>(static_cast<std::int8_t>(word >> k % 4 * 8));
    };
    const auto b_at = [&](unsigned k, unsigned column) {
        const unsigned word = all[column * 4 + k % 16 / 4].b[k / 16];
        return static_cast<int>(static_cast<std::int8_t>(word >> k % 4 * 8));
    };
    for (unsigned i = 0; i < 4; i++) {
        const unsigned row = lane / 4 + i / 2 * 8, column = lane % 4 * 2 + i % 2;
        for (unsigned k = 0; k < 32; k++)
            c[i] += a_at(row, k) * b_at(k, column);
    }
}

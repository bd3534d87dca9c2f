// S32: the 32 lanes are the threads of a warp.
#pragma once
#include "infer.cuh"
#include "warp.cuh"

// The line of this warp.
__device__ inline u64 own_line() { return global_index() / LANES; }

__device__ inline u32 own_lane() { return threadIdx.x % LANES; }

// The lanes' sum, in every thread: a_j + a_(j + h) for j < h, h = 16, 8, 4, 2, 1.
__device__ inline float halved(float lane)
{
#pragma unroll
    for (u32 half = LANES / 2; half > 0; half /= 2)
        lane = __fadd_rn(lane, warp_down(lane, half));
    return warp_first(lane);
}

// The lanes' largest, in every thread.
__device__ inline float largest(float lane)
{
#pragma unroll
    for (u32 half = LANES / 2; half > 0; half /= 2)
        lane = max_of(lane, warp_down(lane, half));
    return warp_first(lane);
}

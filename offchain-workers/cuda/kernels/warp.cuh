// Operations of a whole warp. Their C++ twins are in shim/warp.hpp.
#pragma once
#include "common.cuh"

#ifdef __CUDACC_RTC__
// The sum over the 32 threads of the warp, modulo 2^64; valid in the first of them.
__device__ inline i64 warp_sum(i64 value)
{
#pragma unroll
    for (u32 step = 16; step > 0; step /= 2)
        value += __shfl_down_sync(0xffffffffu, value, step);
    return value;
}

// The value of the thread `step` further on; valid where there is one.
__device__ inline float warp_down(float value, u32 step) { return __shfl_down_sync(0xffffffffu, value, step); }

// The value of the first thread.
__device__ inline float warp_first(float value) { return __shfl_sync(0xffffffffu, value, 0); }

// c += a * b for a 16 x 32 matrix a and a 32 x 8 matrix b of s8, in s32. The places of the elements in the threads of the warp
// are those of the PTX ISA, 9.7.14.5.10 (m16n8k32).
__device__ inline void mma_s8(int (&c)[4], const u32 (&a)[4], const u32 (&b)[2])
{
    asm("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

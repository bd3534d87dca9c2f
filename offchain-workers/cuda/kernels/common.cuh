// What all kernels share: rows, the grid, exact division. The reference is primitives/exact; the text is docs/exactness.md.
//
// A tile is a set of rows; value k of a row is coordinate k of the tile. Buffers start at 16-byte boundaries and hold a
// multiple of four values, so that a group of four values is one load. Blocks never read past the group of the last one.
#pragma once

#ifdef __CUDACC_RTC__
#define ALIGNED_16(pointer) (pointer)
#else
#include "../shim/cuda.hpp"
#endif

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long i64;

// One row of a tile.
struct alignas(16) Row {
    const u32 *values;
    u32 weight;
    u32 raw; // 1: bits of f32, quantized when loaded. 0: grid integers.
};

// The grid of a tensor: |x| of these bits is the largest value allowed, 2^s the number of steps in a unit.
struct Grid {
    u32 limit;
    float factor;
};

// A divisor and floor((2^64 - 1) / den).
struct Divisor {
    u64 inverse;
    u32 den;
    u32 reserved;
};

struct Four {
    u32 v[4];
};

// Four values with one load; `group` counts groups of four.
__device__ inline Four load_four(const u32 *values, u64 group)
{
    const uint4 w = *((const uint4 *)ALIGNED_16(values) + group);
    return Four{{w.x, w.y, w.z, w.w}};
}

__device__ inline void store_four(u32 *values, u64 group, Four w)
{
    *((uint4 *)ALIGNED_16(values) + group) = make_uint4(w.v[0], w.v[1], w.v[2], w.v[3]);
}

// Remembers the first fault in the order of (row, index). Bit 0: the value is finite, but off the grid.
__device__ inline void report_fault(u64 *fault, u32 row, u64 index, u32 bits)
{
    const u64 kind = (bits & 0x7fffffffu) < 0x7f800000u;
    atomicMin(fault, (u64)row << 40 | index << 1 | kind);
}

// Whether a value has no place on the grid: too large, infinite or not a number (one comparison of bits finds them all).
__device__ inline bool off_grid(u32 bits, Grid grid) { return (bits & 0x7fffffffu) > grid.limit; }

// quorate_exact::grid::quantize; 0 for a value that is off the grid.
//
// The product is exact unless it is below 2^-126, where any rounding leaves it far below half a step; then the conversion
// rounds half to even, and its result has at most 31 bits.
__device__ inline int quantize(u32 bits, Grid grid)
{
    const float x = off_grid(bits, grid) ? 0.0f : __uint_as_float(bits);
    return __float2int_rn(__fmul_rn(x, grid.factor));
}

// The grid integer of a loaded word.
__device__ inline int grid_value(u32 word, u32 raw, Grid grid) { return raw ? quantize(word, grid) : (int)word; }

// quorate_exact::grid::div_half_even. |num| < 2^63, 0 < den < 2^32.
//
// num / den - num * inverse / 2^64 is at least 0 and below num / 2^64 < 1, so the estimate is the floor or one less.
// Half to even is symmetric around 0.
__device__ inline i64 div_half_even(i64 num, Divisor d)
{
    const u64 magnitude = num < 0 ? 0 - (u64)num : (u64)num;
    u64 quotient = __umul64hi(magnitude, d.inverse);
    u64 rest = magnitude - quotient * d.den;
    if (rest >= d.den) {
        quotient += 1;
        rest -= d.den;
    }
    const u64 twice = rest << 1;
    quotient += twice > d.den || (twice == d.den && (quotient & 1));
    return num < 0 ? (i64)(0 - quotient) : (i64)quotient;
}

// weight * q for a weight of 32 bits without sign.
__device__ inline i64 weighted(u32 weight, int q) { return (i64)(u64)weight * q; }

__device__ inline u64 global_index() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }

// What the kernels of inference share. The reference is primitives/exact/src/infer; the text is docs/exactness.md, sections 12 to 15.
//
// Every operation on floats that rounds is written out. Sizes and indices fit 31 bits, sums of two of them 32.
#pragma once
#include "common.cuh"

typedef signed char i8;

static const u32 INFER_THREADS = 256;
static const u32 LANES = 32; // of S32: a warp

// Axes of a result, row-major, and how far apart neighbours on each are in up to three operands.
struct Axes {
    u64 rank;
    u64 dims[8];
    i64 strides[3][8];
};

// Where element `index` of the result lies in an operand.
__device__ inline i64 offset_of(const Axes *axes, u32 operand, u32 index)
{
    i64 offset = 0;
    for (u32 axis = (u32)axes->rank; axis-- > 0;) {
        const u32 d = (u32)axes->dims[axis];
        offset += (i64)(index % d) * axes->strides[operand][axis];
        index /= d;
    }
    return offset;
}

// Remembers the first fault in the order of (node, index).
__device__ inline void report(u64 *fault, u32 node, u64 index) { atomicMin(fault, (u64)node << 40 | index); }

__device__ inline bool is_nan(float x) { return (__float_as_uint(x) & 0x7fffffffu) > 0x7f800000u; }

// Writes a result, which must be a number.
__device__ inline void store(float *y, u64 index, float value, u32 node, u64 *fault)
{
    if (is_nan(value))
        report(fault, node, index);
    y[index] = value;
}

__device__ inline float of_bits(u32 bits) { return __uint_as_float(bits); }

// quorate_exact::infer::arithmetic::min and max: -0 < +0, and a NaN stays one.
__device__ inline float min_of(float a, float b)
{
    if (is_nan(a) || is_nan(b))
        return of_bits(0x7fc00000u);
    return a < b ? a : b < a ? b : of_bits(__float_as_uint(a) | __float_as_uint(b));
}

__device__ inline float max_of(float a, float b)
{
    if (is_nan(a) || is_nan(b))
        return of_bits(0x7fc00000u);
    return a < b ? b : b < a ? a : of_bits(__float_as_uint(a) & __float_as_uint(b));
}

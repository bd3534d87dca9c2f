// Functions of one f32: quorate_exact::infer::functions, step by step. A value that is not chosen may be anything.
#pragma once
#include "infer.cuh"

static const u32 ROUNDER = 0x4b400000u; // 1.5 * 2^23: adding it rounds to an integer, which is then in the low bits

// p = c[0]; then p = fma(p, t, c[i]): the highest coefficient first. Coefficients are bits.
template <u32 N>
__device__ inline float horner(float t, const u32 (&c)[N])
{
    float p = of_bits(c[0]);
#pragma unroll
    for (u32 i = 1; i < N; i++)
        p = __fmaf_rn(p, t, of_bits(c[i]));
    return p;
}

__device__ inline float abs_of(float x) { return of_bits(__float_as_uint(x) & 0x7fffffffu); }

__device__ inline float neg_of(float x) { return of_bits(__float_as_uint(x) ^ 0x80000000u); }

__device__ inline float with_sign(float magnitude, float sign)
{
    return of_bits(__float_as_uint(magnitude) | (__float_as_uint(sign) & 0x80000000u));
}

// 2^k for -126 <= k <= 127.
__device__ inline float power_of_two(int k) { return of_bits(((u32)k + 127u) << 23); }

// e^x = 2^k * e^r, k the integer nearest to x / ln 2.
__device__ inline float exp_of(float x)
{
    const u32 p[5] = {0x3ab427e9u, 0x3c091df7u, 0x3d2aadcdu, 0x3e2aaa47u, 0x3efffffcu};
    const float shifted = __fmaf_rn(x, of_bits(0x3fb8aa3bu), of_bits(ROUNDER));
    const int k = (int)(__float_as_uint(shifted) - ROUNDER);
    const float count = __fadd_rn(shifted, of_bits(0xcb400000u));
    const float r = __fmaf_rn(count, of_bits(0xb5bfbe8eu), __fmaf_rn(count, of_bits(0xbf317200u), x));
    const int half = k >> 1;
    const float power_of_r = __fadd_rn(__fmaf_rn(__fmul_rn(r, r), horner(r, p), r), 1.0f);
    const float y = __fmul_rn(__fmul_rn(power_of_r, power_of_two(half)), power_of_two((int)((u32)k - (u32)half)));
    if (x > of_bits(0x42b17217u))
        return of_bits(0x7f800000u);
    return x < of_bits(0xc2cff1b6u) ? 0.0f : y;
}

__device__ inline float tanh_of(float x)
{
    const u32 p[6] = {0x3ae28f2fu, 0xbbfa70abu, 0x3cafa8b5u, 0xbd5cbbbbu, 0x3e0886c3u, 0xbeaaaaa4u};
    float a = abs_of(x);
    a = a > 10.0f ? 10.0f : a;
    const float s = __fmul_rn(a, a);
    const float below = __fmaf_rn(__fmul_rn(a, s), horner(s, p), a);
    const float above = __fadd_rn(1.0f, neg_of(__fdiv_rn(2.0f, __fadd_rn(exp_of(__fadd_rn(a, a)), 1.0f))));
    return with_sign(a < 0.75f ? below : above, x);
}

__device__ inline float erf_of(float x)
{
    const u32 p[7] = {0x38a89070u, 0xba5343f9u, 0x3baa2b6fu, 0xbcdc0117u, 0x3de716b6u, 0xbec093a0u, 0x3e0375d4u};
    const u32 g[8] = {0x37b5bab4u, 0xb9e73edeu, 0x3b89bb45u, 0xbcce7a1au, 0x3dde07a4u, 0x3f221b09u, 0x3f9095f1u, 0xb9449ab8u};
    float a = abs_of(x);
    a = a > 4.0f ? 4.0f : a;
    const float below = __fmaf_rn(a, horner(__fmul_rn(a, a), p), a);
    const float above = __fadd_rn(1.0f, neg_of(exp_of(neg_of(horner(a, g)))));
    return with_sign(a < 0.96875f ? below : above, x);
}

// ln x = k * ln 2 + ln m, m between 0.69 and 1.38.
__device__ inline float log_of(float x)
{
    const u32 p[9] = {0xbdbc6148u, 0x3e0a7acfu, 0xbe04eb88u, 0x3e103486u, 0xbe2a3ad5u, 0x3e4cde68u, 0xbe80019fu, 0x3eaaaa93u, 0xbefffffdu};
    const bool subnormal = x < of_bits(0x00800000u);
    const float v = subnormal ? __fmul_rn(x, of_bits(0x4b000000u)) : x;
    const int k = (int)(__float_as_uint(v) - 0x3f30a3d7u) >> 23;
    const float m = of_bits(__float_as_uint(v) - ((u32)k << 23));
    const float count = __fadd_rn(__int2float_rn(k), subnormal ? -23.0f : -0.0f);
    const float t = __fadd_rn(m, -1.0f);
    const float rest = __fmaf_rn(horner(t, p), __fmul_rn(t, t), __fmul_rn(count, of_bits(0x35bfbe8eu)));
    const float y = __fmaf_rn(count, of_bits(0x3f317200u), __fadd_rn(rest, t));
    if (x < 0.0f)
        return of_bits(0x7fc00000u);
    if (x == 0.0f)
        return of_bits(0xff800000u);
    return x < of_bits(0x7f800000u) ? y : x;
}

// The sine of |x| and `ahead` quarter turns; beyond 8192 not a number.
__device__ inline float quarter(float x, u32 ahead)
{
    const u32 s_of[4] = {0x363beffcu, 0xb9502431u, 0x3c0888b2u, 0xbe2aaaabu};
    const u32 c_of[5] = {0x37ccf482u, 0xbab60615u, 0x3d2aaaa5u, 0xbf000000u, 0x3f800000u};
    const float a = abs_of(x);
    const float shifted = __fmaf_rn(a, of_bits(0x3f22f983u), of_bits(ROUNDER));
    const u32 j = __float_as_uint(shifted) - ROUNDER + ahead;
    const float count = __fadd_rn(shifted, of_bits(0xcb400000u));
    float r = __fmaf_rn(count, of_bits(0xbfc90fdbu), a);
    r = __fmaf_rn(count, of_bits(0x333bbd2eu), r);
    r = __fmaf_rn(count, of_bits(0x26f72cedu), r);
    const float s = __fmul_rn(r, r);
    const float sine = __fmaf_rn(__fmul_rn(r, s), horner(s, s_of), r);
    const float cosine = horner(s, c_of);
    const float y = of_bits(__float_as_uint(j & 1 ? cosine : sine) ^ ((j & 2) << 30));
    return a <= 8192.0f ? y : of_bits(0x7fc00000u);
}

__device__ inline float sin_of(float x) { return of_bits(__float_as_uint(quarter(x, 0)) ^ (__float_as_uint(x) & 0x80000000u)); }

__device__ inline float cos_of(float x) { return quarter(x, 1); }

__device__ inline float sigmoid_of(float x) { return __fdiv_rn(1.0f, __fadd_rn(1.0f, exp_of(neg_of(x)))); }

__device__ inline float silu_of(float x) { return __fmul_rn(x, sigmoid_of(x)); }

__device__ inline float gelu_of(float x)
{
    return __fmul_rn(__fmul_rn(0.5f, x), __fadd_rn(1.0f, erf_of(__fmul_rn(x, of_bits(0x3f3504f3u)))));
}

__device__ inline float gelu_tanh_of(float x)
{
    const float cube = __fmul_rn(__fmul_rn(x, x), x);
    const float inner = __fmul_rn(of_bits(0x3f4c422au), __fmaf_rn(of_bits(0x3d372713u), cube, x));
    return __fmul_rn(__fmul_rn(0.5f, x), __fadd_rn(1.0f, tanh_of(inner)));
}

// Operations on each element: one thread, one element of the result.
#include "functions.cuh"

// Types of elements, by the numbers that the caller gives them.
enum : u32 { F32 = 0, I64 = 1, I32 = 2, I8 = 3, U8 = 4, BOOL = 5 };

// A function of one number; `p` and `q` are its parameters.
__device__ inline float function_of(u32 function, float x, float p, float q)
{
    switch (function) {
    case 0: return abs_of(x);
    case 1: return min_of(max_of(x, p), q);
    case 2: return cos_of(x);
    case 3: return __fmul_rn(__fmul_rn(x, x), x);
    case 4: return erf_of(x);
    case 5: return exp_of(x);
    case 6: return gelu_of(x);
    case 7: return gelu_tanh_of(x);
    case 8: return max_of(0.0f, min_of(1.0f, __fmaf_rn(p, x, q)));
    case 9: return log_of(x);
    case 10: return neg_of(x);
    case 11: return max_of(x, 0.0f);
    case 12: return sigmoid_of(x);
    case 13: return silu_of(x);
    case 14: return sin_of(x);
    case 15: return __fsqrt_rn(x);
    case 16: return __fmul_rn(x, x);
    default: return tanh_of(x);
    }
}

extern "C" __global__ void __launch_bounds__(256)
map_f32(const float *x, u32 n, u32 function, float p, float q, float *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i < n)
        store(y, i, function_of(function, x[i], p, q), node, fault);
}

// Add, Div, Max, Min, Mul, Sub.
extern "C" __global__ void __launch_bounds__(256)
pair_f32(const float *a, const float *b, const Axes *axes, u32 n, u32 how, float *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const float left = a[offset_of(axes, 0, (u32)i)], right = b[offset_of(axes, 1, (u32)i)];
    float value;
    switch (how) {
    case 0: value = __fadd_rn(left, right); break;
    case 1: value = __fdiv_rn(left, right); break;
    case 2: value = max_of(left, right); break;
    case 3: value = min_of(left, right); break;
    case 4: value = __fmul_rn(left, right); break;
    default: value = __fadd_rn(left, neg_of(right)); break;
    }
    store(y, i, value, node, fault);
}

// a + b, a * b or a - b modulo 2^64; `fits` says whether that is the result.
__device__ inline i64 whole_of(u32 how, i64 a, i64 b, bool &fits)
{
    const u64 sum = (u64)a + (u64)b, difference = (u64)a - (u64)b;
    switch (how) {
    case 0: fits = (i64)(((u64)a ^ sum) & ((u64)b ^ sum)) >= 0; return (i64)sum;
    case 4: {
        const i64 product = (i64)((u64)a * (u64)b);
        fits = __mul64hi(a, b) == (product < 0 ? -1 : 0);
        return product;
    }
    default: fits = (i64)(((u64)a ^ (u64)b) & ((u64)a ^ difference)) >= 0; return (i64)difference;
    }
}

// The same of integers, which must fit their type: i64, or i32.
extern "C" __global__ void __launch_bounds__(256)
pair_whole(const u8 *a, const u8 *b, const Axes *axes, u32 n, u32 how, u32 wide, u8 *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const i64 in_a = offset_of(axes, 0, (u32)i), in_b = offset_of(axes, 1, (u32)i);
    const i64 left = wide ? ((const i64 *)a)[in_a] : ((const int *)a)[in_a];
    const i64 right = wide ? ((const i64 *)b)[in_b] : ((const int *)b)[in_b];
    bool fits;
    const i64 value = whole_of(how, left, right, fits);
    if (!fits || (!wide && value != (int)value))
        report(fault, node, i);
    if (wide)
        ((i64 *)y)[i] = value;
    else
        ((int *)y)[i] = (int)value;
}

// Equal, Greater, GreaterOrEqual, Less, LessOrEqual.
template <class T>
__device__ inline u8 holds(u32 how, T a, T b)
{
    switch (how) {
    case 0: return a == b;
    case 1: return a > b;
    case 2: return a >= b;
    case 3: return a < b;
    default: return a <= b;
    }
}

extern "C" __global__ void __launch_bounds__(256)
compare(const u8 *a, const u8 *b, const Axes *axes, u32 n, u32 how, u32 type, u8 *y)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const i64 in_a = offset_of(axes, 0, (u32)i), in_b = offset_of(axes, 1, (u32)i);
    switch (type) {
    case F32: y[i] = holds(how, ((const float *)a)[in_a], ((const float *)b)[in_b]); break;
    case I64: y[i] = holds(how, ((const i64 *)a)[in_a], ((const i64 *)b)[in_b]); break;
    case I32: y[i] = holds(how, ((const int *)a)[in_a], ((const int *)b)[in_b]); break;
    case I8: y[i] = holds(how, ((const i8 *)a)[in_a], ((const i8 *)b)[in_b]); break;
    default: y[i] = holds(how, a[in_a], b[in_b]); break;
    }
}

// And, Or, Xor; 3: the opposite of a.
extern "C" __global__ void __launch_bounds__(256)
logic(const u8 *a, const u8 *b, const Axes *axes, u32 n, u32 how, u8 *y)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const u8 left = a[offset_of(axes, 0, (u32)i)], right = b[offset_of(axes, 1, (u32)i)];
    switch (how) {
    case 0: y[i] = left & right; break;
    case 1: y[i] = left | right; break;
    case 2: y[i] = left ^ right; break;
    default: y[i] = left ^ 1; break;
    }
}

// Element `from` of x becomes element `to` of y; `bytes` each.
__device__ inline void copy_element(const u8 *x, i64 from, u8 *y, u64 to, u32 bytes)
{
    switch (bytes) {
    case 8: ((u64 *)y)[to] = ((const u64 *)x)[from]; break;
    case 4: ((u32 *)y)[to] = ((const u32 *)x)[from]; break;
    default: y[to] = x[from]; break;
    }
}

// Where: a where the condition holds, else b.
extern "C" __global__ void __launch_bounds__(256)
choose(const u8 *condition, const u8 *a, const u8 *b, const Axes *axes, u32 n, u32 bytes, u8 *y)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const bool first = condition[offset_of(axes, 0, (u32)i)] != 0;
    copy_element(first ? a : b, offset_of(axes, first ? 1 : 2, (u32)i), y, i, bytes);
}

// x without its fraction, for |x| < 2^63.
__device__ inline i64 truncated(float x)
{
    const u32 bits = __float_as_uint(x) & 0x7fffffffu;
    const u32 exponent = bits >> 23;
    const u64 mantissa = (bits & 0x7fffffu) | 0x800000u;
    u64 magnitude = 0;
    if (exponent >= 150)
        magnitude = mantissa << (exponent - 150);
    else if (exponent >= 127)
        magnitude = mantissa >> (150 - exponent);
    return x < 0.0f ? (i64)(0 - magnitude) : (i64)magnitude;
}

// Cast. A number that the type does not have is a fault.
extern "C" __global__ void __launch_bounds__(256)
cast(const u8 *x, u32 n, u32 from, u32 to, u8 *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const float real = from == F32 ? ((const float *)x)[i] : 0.0f;
    i64 whole = 0;
    bool fits = true;
    switch (from) {
    case F32:
        fits = real >= of_bits(0xdf000000u) && real < of_bits(0x5f000000u);
        whole = fits ? truncated(real) : 0;
        break;
    case I64: whole = ((const i64 *)x)[i]; break;
    case I32: whole = ((const int *)x)[i]; break;
    case I8: whole = ((const i8 *)x)[i]; break;
    default: whole = x[i]; break;
    }
    switch (to) {
    case F32:
        ((float *)y)[i] = from == F32 ? real : __ll2float_rn(whole);
        return;
    case BOOL:
        y[i] = from == F32 ? real != 0.0f : whole != 0;
        return;
    case I64:
        ((i64 *)y)[i] = whole;
        break;
    case I32:
        fits = fits && whole == (int)whole;
        ((int *)y)[i] = (int)whole;
        break;
    case I8:
        fits = fits && whole == (i8)whole;
        y[i] = (u8)whole;
        break;
    default:
        fits = fits && whole == (u8)whole;
        y[i] = (u8)whole;
        break;
    }
    if (!fits)
        report(fault, node, i);
}

// BatchNorm, channels last: fma(x - mean, g / sqrt(variance + epsilon), b).
extern "C" __global__ void __launch_bounds__(256)
batch_norm(const float *x, const float *g, const float *b, const float *mean, const float *variance, u32 n, u32 channels,
           float epsilon, float *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const u32 c = (u32)i % channels;
    const float scale = __fdiv_rn(g[c], __fsqrt_rn(__fadd_rn(variance[c], epsilon)));
    store(y, i, __fmaf_rn(__fadd_rn(x[i], neg_of(mean[c])), scale, b[c]), node, fault);
}

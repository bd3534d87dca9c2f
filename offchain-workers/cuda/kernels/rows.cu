// What sums by S32, or looks for the largest, of many elements: a warp for each line of them, a thread for each lane.
#include "functions.cuh"
#include "lanes.cuh"

// Softmax of lines of x [outer, size, inner]. With `causal` line i has i / causal + 1 elements. y may be x.
extern "C" __global__ void __launch_bounds__(256)
softmax(const float *x, u32 lines, u32 size, u32 inner, u32 causal, float *y, u32 node, u64 *fault)
{
    const u64 line = own_line();
    if (line >= lines)
        return;
    const u64 first = line / inner * size * inner + line % inner;
    const u32 seen = causal ? (u32)line / causal + 1 : size;
    float lane = of_bits(0xff800000u);
    for (u32 i = own_lane(); i < seen; i += LANES)
        lane = max_of(lane, x[first + (u64)i * inner]);
    const float most = largest(lane);
    lane = 0.0f;
    for (u32 i = own_lane(); i < seen; i += LANES) {
        const u64 at = first + (u64)i * inner;
        const float e = exp_of(__fadd_rn(x[at], neg_of(most)));
        y[at] = e;
        lane = __fadd_rn(lane, e);
    }
    const float r = __fdiv_rn(1.0f, halved(lane));
    for (u32 i = own_lane(); i < seen; i += LANES) {
        const u64 at = first + (u64)i * inner;
        store(y, at, __fmul_rn(y[at], r), node, fault);
    }
}

// LayerNorm of rows of n elements, `count` = f32(n); without b the last step is a product.
extern "C" __global__ void __launch_bounds__(256)
layer_norm(const float *x, const float *g, const float *b, u32 lines, u32 n, float count, float epsilon, float *y, u32 node,
           u64 *fault)
{
    const u64 line = own_line();
    if (line >= lines)
        return;
    const float *row = x + line * n;
    float lane = 0.0f;
    for (u32 i = own_lane(); i < n; i += LANES)
        lane = __fadd_rn(lane, row[i]);
    const float minus_mean = neg_of(__fdiv_rn(halved(lane), count));
    lane = 0.0f;
    for (u32 i = own_lane(); i < n; i += LANES) {
        const float d = __fadd_rn(row[i], minus_mean);
        lane = __fmaf_rn(d, d, lane);
    }
    const float r = __fdiv_rn(1.0f, __fsqrt_rn(__fadd_rn(__fdiv_rn(halved(lane), count), epsilon)));
    for (u32 i = own_lane(); i < n; i += LANES) {
        const float unit = __fmul_rn(__fadd_rn(row[i], minus_mean), r);
        store(y, line * n + i, b ? __fmaf_rn(unit, g[i], b[i]) : __fmul_rn(unit, g[i]), node, fault);
    }
}

// RMSNorm, the same way.
extern "C" __global__ void __launch_bounds__(256)
rms_norm(const float *x, const float *g, u32 lines, u32 n, float count, float epsilon, float *y, u32 node, u64 *fault)
{
    const u64 line = own_line();
    if (line >= lines)
        return;
    const float *row = x + line * n;
    float lane = 0.0f;
    for (u32 i = own_lane(); i < n; i += LANES)
        lane = __fmaf_rn(row[i], row[i], lane);
    const float r = __fdiv_rn(1.0f, __fsqrt_rn(__fadd_rn(__fdiv_rn(halved(lane), count), epsilon)));
    for (u32 i = own_lane(); i < n; i += LANES)
        store(y, line * n + i, __fmul_rn(__fmul_rn(row[i], r), g[i]), node, fault);
}

// Ways to reduce.
enum : u32 { L1 = 0, L2 = 1, MAX = 2, MEAN = 3, MIN = 4, SUM = 5, SUM_SQUARE = 6 };

// Line i begins where `kept` says; its n elements lie where `reduced` says. `count` = f32(n).
extern "C" __global__ void __launch_bounds__(256)
reduce(const float *x, const Axes *kept, const Axes *reduced, u32 lines, u32 n, float count, u32 how, float *y, u32 node,
       u64 *fault)
{
    const u64 line = own_line();
    if (line >= lines)
        return;
    const float *first = x + offset_of(kept, 0, (u32)line);
    float lane = how == MAX || how == MIN ? of_bits(0xff800000u) : 0.0f;
    for (u32 i = own_lane(); i < n; i += LANES) {
        const float value = first[offset_of(reduced, 0, i)];
        switch (how) {
        case L1: lane = __fadd_rn(lane, abs_of(value)); break;
        case MEAN:
        case SUM: lane = __fadd_rn(lane, value); break;
        case MAX: lane = max_of(lane, value); break;
        case MIN: lane = max_of(lane, neg_of(value)); break; // the smallest is the largest with its sign turned
        default: lane = __fmaf_rn(value, value, lane); break;
        }
    }
    float result = how == MAX || how == MIN ? largest(lane) : halved(lane);
    switch (how) {
    case L2: result = __fsqrt_rn(result); break;
    case MEAN: result = __fdiv_rn(result, count); break;
    case MIN: result = neg_of(result); break;
    default: break;
    }
    if (own_lane() == 0)
        store(y, line, result, node, fault);
}

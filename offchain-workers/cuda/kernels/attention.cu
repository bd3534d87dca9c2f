// Attention of one sequence: q [T, H, d], k [S, G, d], v [S, G, e]; head h reads k's and v's head h / (H / G). Scores, their Softmax
// (rows.cu), and the chain over the values. RoPE.
#include "functions.cuh"

struct Heads {
    u32 queries, keys, heads, groups, d, e;
};

// Scores [T, H, S]: chain(q, k_j) * scale, plus mask [T, S]. With `causal` query t sees the keys 0 ... t, and nothing else is written.
extern "C" __global__ void __launch_bounds__(256)
attention_scores(const float *q, const float *k, const float *mask, const Heads *shape, u32 n, float scale, u32 causal, float *y)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const Heads s = *shape;
    const u32 j = (u32)(index % s.keys), head = (u32)(index / s.keys % s.heads), query = (u32)(index / s.keys / s.heads);
    if (causal && j > query)
        return;
    const float *own = q + ((u64)query * s.heads + head) * s.d;
    const float *other = k + ((u64)j * s.groups + head / (s.heads / s.groups)) * s.d;
    float acc = 0.0f;
    for (u32 i = 0; i < s.d; i++)
        acc = __fmaf_rn(own[i], other[i], acc);
    acc = __fmul_rn(acc, scale);
    y[index] = mask ? __fadd_rn(acc, mask[(u64)query * s.keys + j]) : acc;
}

// y [T, H, e]: the chain over the keys seen of (p_j, v_j).
extern "C" __global__ void __launch_bounds__(256)
attention_values(const float *p, const float *v, const Heads *shape, u32 n, u32 causal, float *y, u32 node, u64 *fault)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const Heads s = *shape;
    const u32 column = (u32)(index % s.e), head = (u32)(index / s.e % s.heads), query = (u32)(index / s.e / s.heads);
    const u32 seen = causal ? query + 1 : s.keys;
    const float *own = p + ((u64)query * s.heads + head) * s.keys;
    float acc = 0.0f;
    for (u32 j = 0; j < seen; j++)
        acc = __fmaf_rn(own[j], v[((u64)j * s.groups + head / (s.heads / s.groups)) * s.e + column], acc);
    store(y, index, acc, node, fault);
}

// RoPE, half-split, of x [positions, heads, 2 * half]; row p is at position p.
extern "C" __global__ void __launch_bounds__(256)
rope(const float *x, const float *inverse, u32 n, u32 heads, u32 half, float *y, u32 node, u64 *fault)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const u32 i = (u32)(index % half);
    const u64 row = index / half;
    const float angle = __fmul_rn(__uint2float_rn((u32)(row / heads)), inverse[i]);
    const float c = cos_of(angle), s = sin_of(angle);
    const u64 low = row * 2 * half + i, high = low + half;
    const float a = x[low], b = x[high];
    store(y, low, __fadd_rn(__fmul_rn(a, c), neg_of(__fmul_rn(b, s))), node, fault);
    store(y, high, __fadd_rn(__fmul_rn(b, c), __fmul_rn(a, s)), node, fault);
}

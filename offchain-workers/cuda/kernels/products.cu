// Inner products of every row with itself and with up to two others. An entry is (high, low): high * 2^32 + low.
#include "warp.cuh"

static const u32 THREADS = 256;
static const u32 CHUNK = 8192; // coordinates of a block

// A sum of products of up to 62 bits, split so that neither part can overflow before 2^31 terms.
struct Wide {
    i64 high;
    u64 low;
};

__device__ inline void add_product(Wide &sum, int a, int b)
{
    const i64 product = (i64)a * b;
    sum.high += product >> 32;
    sum.low += (u32)product;
}

// Adds a block's sums to an entry. Integer sums: the order of the atomics changes nothing.
__device__ inline void add_entry(u64 *entry, Wide sum)
{
    sum.high = warp_sum(sum.high);
    sum.low = (u64)warp_sum((i64)sum.low);
    if (threadIdx.x % 32 == 0) {
        atomicAdd(entry, (u64)sum.high);
        atomicAdd(entry + 1, sum.low);
    }
}

// For each row i: entries[i] = { x_i . x_i, x_i . a, x_i . p }. `others` (0, 1 or 2) says whether there are a and p;
// both are grid integers. Block x takes CHUNK coordinates of all rows.
extern "C" __global__ void __launch_bounds__(256)
dots(const Row *rows, u32 n, u64 len, u32 limit, float factor, const u32 *a, const u32 *p, u32 others, u64 *entries)
{
    const Grid grid = {limit, factor};
    const u64 start = (u64)blockIdx.x * (CHUNK / 4);
    const u64 groups = (len + 3) / 4;
    const u64 end = start + CHUNK / 4 < groups ? start + CHUNK / 4 : groups;
    for (u32 i = 0; i < n; i++) {
        const Row row = rows[i];
        Wide own = {0, 0}, with_a = {0, 0}, with_p = {0, 0};
        for (u64 group = start + threadIdx.x; group < end; group += THREADS) {
            const Four w = load_four(row.values, group);
            const Four x = others > 0 ? load_four(a, group) : Four{{0, 0, 0, 0}};
            const Four y = others > 1 ? load_four(p, group) : Four{{0, 0, 0, 0}};
#pragma unroll
            for (u32 lane = 0; lane < 4; lane++) {
                const int q = group * 4 + lane < len ? grid_value(w.v[lane], row.raw, grid) : 0;
                add_product(own, q, q);
                add_product(with_a, q, (int)x.v[lane]);
                add_product(with_p, q, (int)y.v[lane]);
            }
        }
        add_entry(entries + (u64)i * 6, own);
        if (others > 0)
            add_entry(entries + (u64)i * 6 + 2, with_a);
        if (others > 1)
            add_entry(entries + (u64)i * 6 + 4, with_p);
    }
}

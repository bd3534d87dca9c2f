// Kernels that go through a tile column by column and need no order: one thread, four coordinates.
#include "common.cuh"

static const u32 AT_ONCE = 4; // rows of a weighted mean whose loads are started together

// Grid integers of raw rows, in place or elsewhere: row blockIdx.y of `rows` to row blockIdx.y of `out`.
// Writes whole groups; the values from `len` on come out as 0.
extern "C" __global__ void __launch_bounds__(256)
quantize_rows(const Row *rows, u64 len, u32 limit, float factor, u32 *out, u64 stride, u64 *fault)
{
    const Grid grid = {limit, factor};
    const u64 group = global_index();
    const u32 row = blockIdx.y;
    if (group * 4 >= len)
        return;
    Four w = load_four(rows[row].values, group);
    for (u32 lane = 0; lane < 4; lane++) {
        const u64 index = group * 4 + lane;
        const u32 bits = index < len ? w.v[lane] : 0;
        if (off_grid(bits, grid))
            report_fault(fault, row, index, bits);
        w.v[lane] = (u32)quantize(bits, grid);
    }
    store_four(out + row * stride, group, w);
}

// Combine::Weighted: RHE(sum of weight * q / den) at every coordinate. Sum of the weights <= den < 2^32.
extern "C" __global__ void __launch_bounds__(256)
weighted_mean(const Row *rows, u32 n, u64 len, u32 limit, float factor, u64 inverse, u32 den, u32 *out, u64 *fault)
{
    const Grid grid = {limit, factor};
    const Divisor divisor = {inverse, den, 0};
    const u64 group = global_index();
    if (group * 4 >= len)
        return;
    const u32 here = len - group * 4 < 4 ? (u32)(len - group * 4) : 4;
    i64 sum[4] = {0, 0, 0, 0};
    bool off = false;
    // Some rows at a time: their loads are under way together. Beyond the last row comes the last one again, without weight.
    for (u32 i = 0; i < n; i += AT_ONCE) {
        Row row[AT_ONCE];
        Four w[AT_ONCE];
#pragma unroll
        for (u32 j = 0; j < AT_ONCE; j++) {
            row[j] = rows[i + j < n ? i + j : n - 1];
            row[j].weight = i + j < n ? row[j].weight : 0;
        }
#pragma unroll
        for (u32 j = 0; j < AT_ONCE; j++)
            w[j] = load_four(row[j].values, group);
#pragma unroll
        for (u32 j = 0; j < AT_ONCE; j++) {
#pragma unroll
            for (u32 lane = 0; lane < 4; lane++) {
                off |= (row[j].raw != 0) & (lane < here) & off_grid(w[j].v[lane], grid);
                sum[lane] += weighted(row[j].weight, grid_value(w[j].v[lane], row[j].raw, grid));
            }
        }
    }
    // Looked for again, so that no branch stands between the loads above.
    for (u32 i = 0; off && i < n; i++) {
        const Four w = load_four(rows[i].values, group);
        for (u32 lane = 0; lane < here; lane++)
            if (rows[i].raw && off_grid(w.v[lane], grid))
                report_fault(fault, i, group * 4 + lane, w.v[lane]);
    }
    Four mean;
#pragma unroll
    for (u32 lane = 0; lane < 4; lane++)
        mean.v[lane] = lane < here ? (u32)div_half_even(sum[lane], divisor) : 0;
    store_four(out, group, mean);
}

// One term of a new row: an old row and its weight.
struct Term {
    u32 row;
    u32 weight;
};

// RowMap: new row blockIdx.y is RHE(sum of weight * q / den) over its terms first[blockIdx.y] .. first[blockIdx.y + 1].
extern "C" __global__ void __launch_bounds__(256)
map_rows(const Row *rows, const u32 *first, const Term *terms, const Divisor *divisors, u64 len, u32 limit, float factor,
         u32 *out, u64 stride)
{
    const Grid grid = {limit, factor};
    const u64 group = global_index();
    const u32 target = blockIdx.y;
    if (group * 4 >= len)
        return;
    i64 sum[4] = {0, 0, 0, 0};
    const u32 end = first[target + 1];
#pragma unroll 2
    for (u32 i = first[target]; i < end; i++) {
        const Row row = rows[terms[i].row];
        const Four w = load_four(row.values, group);
#pragma unroll
        for (u32 lane = 0; lane < 4; lane++)
            sum[lane] += weighted(terms[i].weight, grid_value(w.v[lane], row.raw, grid));
    }
    Four mean;
#pragma unroll
    for (u32 lane = 0; lane < 4; lane++)
        mean.v[lane] = group * 4 + lane < len ? (u32)div_half_even(sum[lane], divisors[target]) : 0;
    store_four(out + target * stride, group, mean);
}

// Sums modulo 2^32, coordinate by coordinate.
extern "C" __global__ void __launch_bounds__(256)
sum32(const Row *rows, u32 n, u64 len, u32 *out)
{
    const u64 group = global_index();
    if (group * 4 >= len)
        return;
    Four sum = {{0, 0, 0, 0}};
#pragma unroll 8
    for (u32 i = 0; i < n; i++) {
        const Four w = load_four(rows[i].values, group);
#pragma unroll
        for (u32 lane = 0; lane < 4; lane++)
            sum.v[lane] += w.v[lane];
    }
    store_four(out, group, sum);
}

// Sums modulo 2^64: `len` counts u64 values, two of them to a group.
extern "C" __global__ void __launch_bounds__(256)
sum64(const Row *rows, u32 n, u64 len, u32 *out)
{
    const u64 group = global_index();
    if (group * 2 >= len)
        return;
    u64 sum[2] = {0, 0};
#pragma unroll 8
    for (u32 i = 0; i < n; i++) {
        const Four w = load_four(rows[i].values, group);
        sum[0] += (u64)w.v[1] << 32 | w.v[0];
        sum[1] += (u64)w.v[3] << 32 | w.v[2];
    }
    store_four(out, group, Four{{(u32)sum[0], (u32)(sum[0] >> 32), (u32)sum[1], (u32)(sum[1] >> 32)}});
}

// RN_f32(base + a * unit), the exact sum rounded once, for finite base and a != 0; unit = 2^-s.
//
// `a * unit` is exact in f64 (31 bits). Knuth's TwoSum gives the rounding error of the f64 sum exactly; where there is one,
// the sum is made odd, toward the exact value (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008):
// 53 bits rounded to odd and then to 24 bits are the exact value rounded to 24 bits.
__device__ inline float add_once(float base, int a, double unit)
{
    const double x = (double)base;
    const double y = __dmul_rn((double)a, unit);
    double sum = __dadd_rn(x, y);
    const double back = __dadd_rn(sum, -x);
    const double error = __dadd_rn(__dadd_rn(x, -__dadd_rn(sum, -back)), __dadd_rn(y, -back));
    i64 bits = __double_as_longlong(sum);
    if (error != 0.0 && (bits & 1) == 0)
        sum = __longlong_as_double((error > 0.0) == (sum > 0.0) ? bits + 1 : bits - 1);
    return __double2float_rn(sum);
}

// quorate_exact::grid::apply: `values` are the bits of the base and become those of the new version.
extern "C" __global__ void __launch_bounds__(256)
apply(u32 *values, const u32 *aggregate, u64 len, double unit, u64 *fault)
{
    const u64 group = global_index();
    if (group * 4 >= len)
        return;
    Four base = load_four(values, group);
    const Four a = load_four(aggregate, group);
    for (u32 lane = 0; lane < 4; lane++) {
        const u64 index = group * 4 + lane;
        if (index >= len)
            continue;
        u32 bits = base.v[lane];
        if ((bits & 0x7fffffffu) >= 0x7f800000u) {
            report_fault(fault, 0, index, bits);
            continue;
        }
        if (a.v[lane] != 0)
            bits = __float_as_uint(add_once(__uint_as_float(bits), (int)a.v[lane], unit));
        if ((bits & 0x7fffffffu) >= 0x7f800000u)
            report_fault(fault, 1, index, bits);
        else
            base.v[lane] = bits;
    }
    store_four(values, group, base);
}

// A copy: what a measurement compares the others with.
extern "C" __global__ void __launch_bounds__(256)
copy(const u32 *from, u64 len, u32 *to)
{
    const u64 group = global_index();
    if (group * 4 < len)
        store_four(to, group, load_four(from, group));
}

// Kernels that sort a column in registers: one thread, one coordinate, up to SIZE rows. SIZE is set by the compiler's caller.
//
// Columns of fewer rows get sentinels, as many below as above (one more above if their number is odd), so that the middle of
// the network is the middle of the column. A value that equals a sentinel may change places with it: nothing shows.
#include "common.cuh"
#include "networks.cuh"

#define JOIN_AGAIN(name, size) name##_##size
#define JOIN(name, size) JOIN_AGAIN(name, size)
#define NAMED(name) JOIN(name, SIZE)

#if SIZE <= 64
#define BLOCK 128
#else
#define BLOCK 64
#endif

namespace NAMED(network) {

__device__ inline void compare(int &low, int &high)
{
    const int least = min(low, high);
    high = max(low, high);
    low = least;
}

// Column `index` of `n` rows, sorted; its first value is v[(SIZE - n) / 2]. The rows are all raw or none is.
//
// All loads come first and none depends on a branch, so that they are under way together: rows beyond the last are the last.
__device__ inline void sorted_column(const Row *rows, u32 n, u64 index, Grid grid, u64 *fault, int (&v)[SIZE])
{
    const u32 low_sentinels = (SIZE - n) / 2, raw = rows[0].raw;
#pragma unroll
    for (u32 i = 0; i < SIZE; i++)
        v[i] = (int)rows[min((int)i, (int)n - 1)].values[index];
    bool off = false;
    if (raw) {
#pragma unroll
        for (u32 i = 0; i < SIZE; i++) {
            off |= off_grid((u32)v[i], grid);
            v[i] = quantize((u32)v[i], grid);
        }
    }
    if (off) {
        for (u32 i = 0; i < n; i++)
            if (off_grid(rows[i].values[index], grid))
                report_fault(fault, i, index, rows[i].values[index]);
    }
#pragma unroll
    for (u32 i = 0; i < SIZE; i++)
        v[i] = i < n ? v[i] : i - n < low_sentinels ? -2147483647 - 1 : 2147483647;
#define COMPARE(low, high) compare(v[low], v[high]);
    NETWORK(COMPARE)
#undef COMPARE
}

} // namespace

// Combine::Sorted of the middle: the median, of an even number of rows the mean of both middle values, half to even.
extern "C" __global__ void __launch_bounds__(BLOCK)
NAMED(median)(const Row *rows, u32 n, u64 len, u32 limit, float factor, u32 *out, u64 *fault)
{
    const u64 index = global_index();
    if (index >= len)
        return;
    int v[SIZE];
    NAMED(network)::sorted_column(rows, n, index, Grid{limit, factor}, fault, v);
    const i64 a = v[SIZE / 2 - 1], b = v[SIZE / 2];
    const i64 floor = (a + b) >> 1; // a remainder is exactly one half
    out[index] = (u32)(int)(n % 2 ? a : floor + (((a + b) & 1) & (floor & 1)));
}

// Combine::Sorted from `lo` on (around = 0), or Combine::AroundMedian of all rows given (around = 1): the mean of `keep`
// consecutive values of the sorted column, half to even; `inverse` belongs to the divisor `keep`.
//
// The values nearest to the middle are consecutive. From the lowest window on, the next one is nearer while the value that it
// leaves out is farther from the middle than the one that it takes in: while their sum is below a + b. At equal distance the lower
// value stays.
extern "C" __global__ void __launch_bounds__(BLOCK)
NAMED(sorted_mean)(const Row *rows, u32 n, u64 len, u32 limit, float factor, u32 lo, u32 keep, u32 around, u64 inverse,
                   u32 *out, u64 *fault)
{
    __shared__ int columns[SIZE][BLOCK]; // each thread has its own column: an array with indices that registers lack
    const u64 index = global_index();
    if (index >= len)
        return;
    int v[SIZE];
    NAMED(network)::sorted_column(rows, n, index, Grid{limit, factor}, fault, v);
#pragma unroll
    for (u32 i = 0; i < SIZE; i++)
        columns[i][threadIdx.x] = v[i];
    const u32 first = (SIZE - n) / 2;
    u32 start = first + lo;
    if (around) {
        const i64 middle = (i64)columns[first + (n - 1) / 2][threadIdx.x] + columns[first + n / 2][threadIdx.x];
        start = first;
        while (start + keep < first + n && (i64)columns[start][threadIdx.x] + columns[start + keep][threadIdx.x] < middle)
            start++;
    }
    i64 sum = 0;
    for (u32 i = 0; i < keep; i++)
        sum += columns[start + i][threadIdx.x];
    out[index] = (u32)(int)div_half_even(sum, Divisor{inverse, keep, 0});
}

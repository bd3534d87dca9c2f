// Order statistics of columns of up to 1,024 rows, bit by bit: a block has eight columns in shared memory and 32 threads for each.
//
// The value of a rank is built from its upper bit down: a bit is 1 if no more than `rank` values lie below the prefix with it.
// Grid integers only (|q| <= 2^30): half a distance to the middle then fits 32 bits.
#include "common.cuh"

static const u32 COLUMNS = 8;
static const u32 PARTS = 32;
static const u32 MAX_ROWS = 1024;
static const u32 TOP = 0x80000000u;

struct Ranks {
    u32 first, last;
};

// Counters of two thresholds for each column. Of three sets one is read, one is being filled, one is made zero.
typedef u32 Counters[3][2][COLUMNS];

// Keys `first` and `last` (counted from 0) of the n sorted keys of this thread's column; `key(i)` is the key of row i.
template <class Key>
__device__ inline Ranks keys_at(Key key, u32 n, Ranks ranks, Counters &counters)
{
    const u32 column = threadIdx.x % COLUMNS, part = threadIdx.x / COLUMNS;
    Ranks prefix = {0, 0};
    if (part < 2)
        counters[0][part][column] = 0;
    __syncthreads();
    u32 set = 0;
    for (u32 bit = TOP; bit > 0; bit >>= 1) {
        const u32 following = set == 2 ? 0 : set + 1;
        if (part < 2)
            counters[following][part][column] = 0;
        const Ranks next = {prefix.first | bit, prefix.last | bit};
        Ranks below = {0, 0};
        for (u32 i = part; i < n; i += PARTS) {
            const u32 k = key(i);
            below.first += k < next.first;
            below.last += k < next.last;
        }
        atomicAdd(&counters[set][0][column], below.first);
        atomicAdd(&counters[set][1][column], below.last);
        __syncthreads();
        if (counters[set][0][column] <= ranks.first)
            prefix.first = next.first;
        if (counters[set][1][column] <= ranks.last)
            prefix.last = next.last;
        set = following;
    }
    return prefix;
}

// Half of |2q - middle|, rounded down: all distances of a column are odd or all are even, so that this keeps their order.
__device__ inline u32 half_distance(int q, i64 middle)
{
    const i64 distance = 2 * (i64)q - middle;
    return (u32)((u64)(distance < 0 ? -distance : distance) >> 1);
}

// As sorted_mean of sort.cu, for up to 1,024 rows.
extern "C" __global__ void __launch_bounds__(256)
select_mean(const Row *rows, u32 n, u64 len, u32 limit, float factor, u32 lo, u32 keep, u32 around, u64 inverse, u32 *out,
            u64 *fault)
{
    __shared__ int values[MAX_ROWS][COLUMNS];
    __shared__ Counters counters;
    __shared__ u64 sums[COLUMNS];
    __shared__ u32 counts[2][COLUMNS];
    const Grid grid = {limit, factor};
    const u32 column = threadIdx.x % COLUMNS, part = threadIdx.x / COLUMNS;
    const u64 index = (u64)blockIdx.x * COLUMNS + column;
    const bool inside = index < len;

    for (u32 i = part; i < n; i += PARTS) {
        const Row row = rows[i];
        const u32 word = inside ? row.values[index] : 0;
        if (row.raw && off_grid(word, grid))
            report_fault(fault, i, index, word);
        values[i][column] = grid_value(word, row.raw, grid);
    }
    if (part == 0)
        sums[column] = 0;
    if (part < 2)
        counts[part][column] = 0;

    // A barrier comes first in keys_at.
    const auto biased = [&](u32 i) { return (u32)values[i][column] ^ TOP; };
    const Ranks ranks = around ? Ranks{(n - 1) / 2, n / 2} : Ranks{lo, lo + keep - 1};
    const Ranks found = keys_at(biased, n, ranks, counters);
    const int a = (int)(found.first ^ TOP), b = (int)(found.last ^ TOP);
    const i64 middle = (i64)a + b;
    u32 farthest = 0;
    if (around) {
        __syncthreads(); // everybody has read the last counters
        const auto distance = [&](u32 i) { return half_distance(values[i][column], middle); };
        farthest = keys_at(distance, n, Ranks{keep - 1, keep - 1}, counters).first;
    }

    // What lies strictly inside is summed; of the values at the border only their numbers matter.
    i64 sum = 0;
    u32 count[2] = {0, 0};
    for (u32 i = part; i < n; i += PARTS) {
        const int q = values[i][column];
        const u32 d = half_distance(q, middle);
        const bool within = around ? d < farthest : a < q && q < b;
        sum += within ? q : 0;
        count[0] += around ? within : q <= a;
        count[1] += around ? d == farthest && 2 * (i64)q <= middle : q < b;
    }
    atomicAdd(&sums[column], (u64)sum);
    atomicAdd(&counts[0][column], count[0]);
    atomicAdd(&counts[1][column], count[1]);
    __syncthreads();
    if (part != 0 || !inside)
        return;
    i64 total = (i64)sums[column];
    if (around) {
        const u32 at_border = keep - counts[0][column];
        const u32 lower = at_border < counts[1][column] ? at_border : counts[1][column];
        const i64 distance = 2 * (i64)farthest + (middle & 1);
        total += (i64)lower * ((middle - distance) >> 1) + (i64)(at_border - lower) * ((middle + distance) >> 1);
    } else if (a == b) {
        total = (i64)keep * a;
    } else {
        total += (i64)(counts[0][column] - lo) * a + (i64)(lo + keep - counts[1][column]) * b;
    }
    out[index] = (u32)(int)div_half_even(total, Divisor{inverse, keep, 0});
}

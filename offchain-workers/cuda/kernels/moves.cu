// Operations that move elements: one thread, one element of the result.
#include "infer.cuh"

// Bits of an element; `bytes` each.
__device__ inline u64 element_at(const u8 *x, i64 at, u32 bytes)
{
    return bytes == 8 ? ((const u64 *)x)[at] : bytes == 4 ? ((const u32 *)x)[at] : x[at];
}

__device__ inline void put_element(u8 *y, u64 at, u64 element, u32 bytes)
{
    if (bytes == 8)
        ((u64 *)y)[at] = element;
    else if (bytes == 4)
        ((u32 *)y)[at] = (u32)element;
    else
        y[at] = (u8)element;
}

// x seen with other axes: Transpose, Expand.
extern "C" __global__ void __launch_bounds__(256)
view(const u8 *x, const Axes *axes, u32 n, u32 bytes, u8 *y)
{
    const u64 i = global_index();
    if (i < n)
        put_element(y, i, element_at(x, offset_of(axes, 0, (u32)i), bytes), bytes);
}

// An axis of x, and the places `first` to `first + count` of the result's that are filled from it.
struct Along {
    u64 outer;
    u64 inner;
    u64 size;       // of x
    u64 count;      // filled
    u64 first;      // of the result
    u64 size_there; // of the result
    u64 mode;       // 0: start + i * step. 1: i / step. 2, 3, 4: i - start, of what is outside the nearest, mirrored, `fill`.
    i64 start;
    i64 step;
    u64 fill;
};

// Slice, Split, Concat, Pad, Resize, Reshape.
extern "C" __global__ void __launch_bounds__(256)
place(const u8 *x, const Along *along, u32 n, u32 bytes, u8 *y)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const u64 behind = index % along->inner, i = index / along->inner % along->count;
    const u64 before = index / along->inner / along->count;
    const i64 last = (i64)along->size - 1;
    i64 at = (i64)i - along->start;
    bool filled = false;
    switch (along->mode) {
    case 0: at = along->start + (i64)i * along->step; break;
    case 1: at = (i64)i / along->step; break;
    case 2: at = at < 0 ? 0 : at > last ? last : at; break;
    case 3: at = at < 0 ? -at : at > last ? 2 * last - at : at; break;
    default: filled = at < 0 || at > last; break;
    }
    const u64 element =
        filled ? along->fill : element_at(x, (i64)((before * along->size + (u64)at) * along->inner + behind), bytes);
    put_element(y, (before * along->size_there + along->first + i) * along->inner + behind, element, bytes);
}

// Gather: y [outer, count, inner] from x [outer, size, inner]. Index -1 is the last one; one that is not there is a fault.
extern "C" __global__ void __launch_bounds__(256)
gather(const u8 *x, const i64 *indices, u32 n, u32 size, u32 count, u32 inner, u32 bytes, u8 *y, u32 node, u64 *fault)
{
    const u64 i = global_index();
    if (i >= n)
        return;
    const u64 behind = i % inner, which = i / inner % count, before = i / inner / count;
    i64 at = indices[which];
    if (at < 0)
        at += size;
    if (at < 0 || at >= (i64)size) {
        report(fault, node, which);
        at = 0;
    }
    put_element(y, i, element_at(x, (i64)((before * size + (u64)at) * inner + behind), bytes), bytes);
}

// ArgMax of lines of x [outer, size, inner]: the lowest index of a largest element.
extern "C" __global__ void __launch_bounds__(256)
arg_max(const float *x, u32 n, u32 size, u32 inner, i64 *y)
{
    const u64 line = global_index();
    if (line >= n)
        return;
    const float *first = x + line / inner * size * inner + line % inner;
    u32 best = 0;
    for (u32 i = 1; i < size; i++)
        if (first[(u64)i * inner] > first[(u64)best * inner])
            best = i;
    y[line] = best;
}

// TopK of lines of x [outer, size, inner]: an element's rank is the number of those that come before it.
extern "C" __global__ void __launch_bounds__(256)
top_k(const float *x, u32 n, u32 size, u32 inner, u32 k, u32 largest, float *values, i64 *indices)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const u64 behind = index % inner, before = index / inner / size;
    const u32 own = (u32)(index / inner % size);
    const float *first = x + before * size * inner + behind;
    const float value = first[(u64)own * inner];
    u32 rank = 0;
    for (u32 i = 0; i < size; i++) {
        const float other = first[(u64)i * inner];
        rank += (largest ? other > value : other < value) || (other == value && i < own);
    }
    if (rank >= k)
        return;
    const u64 at = (before * k + rank) * inner + behind;
    values[at] = value;
    indices[at] = own;
}

// Convolutions and pools over images [batch, height, width, channels]. Taps in the padding are skipped.
#include "lanes.cuh"

// An image, a window that moves over it, and the places of the result.
struct Window {
    u32 height, width, channels;
    u32 rows, columns;          // taps
    u32 outputs, depth, shared; // channels of the result, channels that each reads, outputs that read the same ones
    u32 out_height, out_width;
    u32 step[2], dilation[2], before[2], padded[2];
};

// The cell that a tap reads at a place; `size` or more where that is padding.
__device__ inline u32 read_at(const Window &w, u32 axis, u32 place, u32 tap)
{
    return place * w.step[axis] + tap * w.dilation[axis] - w.before[axis];
}

// The cell whose product with a tap is written to a place; `size` or more where there is none.
__device__ inline u32 written_at(const Window &w, u32 axis, u32 place, u32 tap)
{
    const u32 from = place + w.before[axis], distance = tap * w.dilation[axis];
    return from < distance || (from - distance) % w.step[axis] != 0 ? 0xffffffffu : (from - distance) / w.step[axis];
}

// The chain of one element of the result, over (tap down, tap across, channel) ascending, then the bias.
template <bool BACK>
__device__ inline void convolved(const float *x, const float *weights, const float *bias, const Window &w, u32 n, float *y,
                                 u32 node, u64 *fault)
{
    const u64 index = global_index();
    if (index >= n)
        return;
    const u32 output = (u32)(index % w.outputs);
    const u32 across = (u32)(index / w.outputs % w.out_width);
    const u32 down = (u32)(index / w.outputs / w.out_width % w.out_height);
    const u64 image = index / w.outputs / w.out_width / w.out_height;
    const float *from = x + image * w.height * w.width * w.channels + (u64)(output / w.shared) * w.depth;
    const float *own = weights + (u64)output * w.rows * w.columns * w.depth;
    float acc = 0.0f;
    for (u32 row = 0; row < w.rows; row++) {
        const u32 cell_y = BACK ? written_at(w, 0, down, row) : read_at(w, 0, down, row);
        if (cell_y >= w.height)
            continue;
        for (u32 column = 0; column < w.columns; column++) {
            const u32 cell_x = BACK ? written_at(w, 1, across, column) : read_at(w, 1, across, column);
            if (cell_x >= w.width)
                continue;
            const float *cell = from + ((u64)cell_y * w.width + cell_x) * w.channels;
            const float *tap = own + ((u64)row * w.columns + column) * w.depth;
            for (u32 c = 0; c < w.depth; c++)
                acc = __fmaf_rn(cell[c], tap[c], acc);
        }
    }
    store(y, index, bias ? __fadd_rn(acc, bias[output]) : acc, node, fault);
}

extern "C" __global__ void __launch_bounds__(256)
conv(const float *x, const float *weights, const float *bias, const Window *window, u32 n, float *y, u32 node, u64 *fault)
{
    convolved<false>(x, weights, bias, *window, n, y, node, fault);
}

extern "C" __global__ void __launch_bounds__(256)
conv_transpose(const float *x, const float *weights, const float *bias, const Window *window, u32 n, float *y, u32 node,
               u64 *fault)
{
    convolved<true>(x, weights, bias, *window, n, y, node, fault);
}

extern "C" __global__ void __launch_bounds__(256)
max_pool(const float *x, const Window *window, u32 n, float *y, u32 node, u64 *fault)
{
    const Window &w = *window;
    const u64 index = global_index();
    if (index >= n)
        return;
    const u32 channel = (u32)(index % w.channels);
    const u32 across = (u32)(index / w.channels % w.out_width);
    const u32 down = (u32)(index / w.channels / w.out_width % w.out_height);
    const u64 image = index / w.channels / w.out_width / w.out_height;
    const float *from = x + image * w.height * w.width * w.channels + channel;
    float most = of_bits(0xff800000u);
    for (u32 row = 0; row < w.rows; row++) {
        const u32 cell_y = read_at(w, 0, down, row);
        if (cell_y >= w.height)
            continue;
        for (u32 column = 0; column < w.columns; column++) {
            const u32 cell_x = read_at(w, 1, across, column);
            if (cell_x < w.width)
                most = max_of(most, from[((u64)cell_y * w.width + cell_x) * w.channels]);
        }
    }
    store(y, index, most, node, fault);
}

// Taps that lie on the image, or with `padding` on what is around it too.
__device__ inline u32 taps_on(const Window &w, u32 axis, u32 place, bool padding)
{
    const u32 taps = axis == 0 ? w.rows : w.columns, size = axis == 0 ? w.height : w.width;
    u32 count = 0;
    for (u32 tap = 0; tap < taps; tap++)
        count += padding ? place * w.step[axis] + tap * w.dilation[axis] < w.padded[axis] : read_at(w, axis, place, tap) < size;
    return count;
}

// AveragePool: S32 of the taps on the image, each in the lane of its number, by how many there are. A warp for each element.
extern "C" __global__ void __launch_bounds__(256)
average_pool(const float *x, const Window *window, u32 n, u32 padding, float *y, u32 node, u64 *fault)
{
    const Window &w = *window;
    const u64 index = own_line();
    if (index >= n)
        return;
    const u32 channel = (u32)(index % w.channels);
    const u32 across = (u32)(index / w.channels % w.out_width);
    const u32 down = (u32)(index / w.channels / w.out_width % w.out_height);
    const u64 image = index / w.channels / w.out_width / w.out_height;
    const float *from = x + image * w.height * w.width * w.channels + channel;
    float lane = 0.0f;
    for (u32 tap = own_lane(); tap < w.rows * w.columns; tap += LANES) {
        const u32 cell_y = read_at(w, 0, down, tap / w.columns), cell_x = read_at(w, 1, across, tap % w.columns);
        if (cell_y < w.height && cell_x < w.width)
            lane = __fadd_rn(lane, from[((u64)cell_y * w.width + cell_x) * w.channels]);
    }
    const float sum = halved(lane);
    const u32 divisor = taps_on(w, 0, down, padding) * taps_on(w, 1, across, padding);
    if (own_lane() == 0)
        store(y, index, __fdiv_rn(sum, __uint2float_rn(divisor)), node, fault);
}

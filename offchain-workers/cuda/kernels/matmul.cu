// Products of matrices: each element is one chain, k ascending. k is never padded: fma(+0, v, -0) = +0 would change bits.
#include "infer.cuh"

static const u32 TILE = 64; // rows and columns of a block; a thread has 4 x 4 of them
static const u32 DEPTH = 16;

// For each batch y [m, n] = a [m, k] times b, whose element (k, j) is at j * b_row + k * b_column; then the bias, if there is one.
// Batches are elements of `axes`, whose strides say where a and b begin. Block x takes a tile of one batch.
extern "C" __global__ void __launch_bounds__(256)
matmul(const float *a, const float *b, const float *bias, const Axes *axes, u32 m, u32 n, u32 k, u32 b_row, u32 b_column,
       float *y, u32 node, u64 *fault)
{
    __shared__ float a_tile[DEPTH][TILE];
    __shared__ float b_tile[DEPTH][TILE];
    const u32 across = (n + TILE - 1) / TILE, down = (m + TILE - 1) / TILE;
    const u32 batch = blockIdx.x / (across * down);
    const u32 row = blockIdx.x / across % down * TILE, column = blockIdx.x % across * TILE;
    const float *own_a = a + offset_of(axes, 0, batch), *own_b = b + offset_of(axes, 1, batch);
    const u32 own_row = threadIdx.x / 16 * 4, own_column = threadIdx.x % 16 * 4;
    float acc[4][4];
#pragma unroll
    for (u32 i = 0; i < 4; i++)
#pragma unroll
        for (u32 j = 0; j < 4; j++)
            acc[i][j] = 0.0f;
    for (u32 first = 0; first < k; first += DEPTH) {
        const u32 depth = k - first < DEPTH ? k - first : DEPTH;
#pragma unroll
        for (u32 part = threadIdx.x; part < TILE * DEPTH; part += INFER_THREADS) {
            const u32 deep = part % DEPTH, i = part / DEPTH;
            if (deep < depth && row + i < m)
                a_tile[deep][i] = own_a[(u64)(row + i) * k + first + deep];
            // Neighbouring threads read neighbouring elements.
            const u32 b_deep = b_column == 1 ? deep : part / TILE, j = b_column == 1 ? i : part % TILE;
            if (b_deep < depth && column + j < n)
                b_tile[b_deep][j] = own_b[(u64)(column + j) * b_row + (u64)(first + b_deep) * b_column];
        }
        __syncthreads();
        for (u32 deep = 0; deep < depth; deep++) {
#pragma unroll
            for (u32 i = 0; i < 4; i++)
#pragma unroll
                for (u32 j = 0; j < 4; j++)
                    acc[i][j] = __fmaf_rn(a_tile[deep][own_row + i], b_tile[deep][own_column + j], acc[i][j]);
        }
        __syncthreads();
    }
#pragma unroll
    for (u32 i = 0; i < 4; i++) {
#pragma unroll
        for (u32 j = 0; j < 4; j++) {
            const u32 at_row = row + own_row + i, at_column = column + own_column + j;
            if (at_row >= m || at_column >= n)
                continue;
            const float value = bias ? __fadd_rn(acc[i][j], bias[at_column]) : acc[i][j];
            store(y, ((u64)batch * m + at_row) * n + at_column, value, node, fault);
        }
    }
}

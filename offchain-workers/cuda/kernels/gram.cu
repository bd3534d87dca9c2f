// All inner products of the rows of a tile, on the integer tensor cores.
//
// A grid integer is four balanced digits to the base 256, q = sum of d_l * 256^l with -128 <= d_l <= 127: the bytes of
// (q + 0x80808080) xor 0x80808080, for |q| <= 2^30. A product of two rows is the sum over l, m of 256^(l+m) times the product of
// digit rows l and m, which `mma` computes exactly. At level l + m at most 49,408 = 2 * 128 * 128 + 2 * 128 * 65 comes together (the
// upper digit has at most 65), so that s32 holds 32,768 coordinates. Chunks whose upper digits are all 0 leave them out: the
// same integers.
//
// A block computes a 64 x 64 square of the matrix over at most SPAN coordinates; blockIdx.y counts the squares of the
// upper triangle row by row. An entry is (high, low): high * 2^32 + low.
#include "warp.cuh"

static const u32 SIDE = 64;        // rows of a square
static const u32 CHUNK = 64;       // coordinates between two barriers
static const u32 STRIDE = CHUNK + 16; // bytes of a digit row in shared memory: no two threads of a load meet in a bank
static const u32 SPAN = 32768;     // coordinates of a block
static const u32 THREADS = 512;
static const u32 WARPS = THREADS / 32;
static const u32 SLOTS = 2;        // 16 x 8 pieces of a square that a warp may have: 32 in all
static const u32 LEVELS = 7;
static const u32 LOADS = 2 * SIDE * CHUNK / 4 / THREADS; // groups of four values that a thread brings in for a chunk

typedef u8 Digits[4][SIDE][STRIDE];

// Where a piece lies in its square, in one register: rows from 16 * m on, columns from 8 * n on.
struct Piece {
    u32 packed;
    __device__ u32 m() const { return packed >> 8; }
    __device__ u32 n() const { return packed & 0xff; }
};

// The digits of four values as four words, word l holding digit l of each.
__device__ inline void split_digits(const int (&q)[4], u32 (&digits)[4])
{
    u32 w[4];
#pragma unroll
    for (u32 lane = 0; lane < 4; lane++)
        w[lane] = ((u32)q[lane] + 0x80808080u) ^ 0x80808080u;
    const u32 low01 = __byte_perm(w[0], w[1], 0x5140), low23 = __byte_perm(w[2], w[3], 0x5140);
    const u32 high01 = __byte_perm(w[0], w[1], 0x7362), high23 = __byte_perm(w[2], w[3], 0x7362);
    digits[0] = __byte_perm(low01, low23, 0x5410);
    digits[1] = __byte_perm(low01, low23, 0x7632);
    digits[2] = __byte_perm(high01, high23, 0x5410);
    digits[3] = __byte_perm(high01, high23, 0x7632);
}

__device__ inline u32 word_at(const Digits &digits, u32 digit, u32 row, u32 byte)
{
    return *(const u32 *)&digits[digit][row][byte];
}

// Products of one piece over one chunk, with L digits.
template <u32 L>
__device__ inline void multiply(int (&level)[LEVELS][4], const Digits &left, const Digits &right, Piece piece)
{
    const u32 lane = threadIdx.x % 32, row = lane / 4, byte = lane % 4 * 4;
#pragma unroll 1 // unrolled, it needs more registers than there are
    for (u32 k = 0; k < CHUNK; k += 32) {
        const u32 m = piece.m() * 16 + row, n = piece.n() * 8 + row, at = k + byte;
        u32 b[L][2];
#pragma unroll
        for (u32 l = 0; l < L; l++) {
            b[l][0] = word_at(right, l, n, at);
            b[l][1] = word_at(right, l, n, at + 16);
        }
#pragma unroll
        for (u32 l = 0; l < L; l++) {
            const u32 a[4] = {word_at(left, l, m, at), word_at(left, l, m + 8, at), word_at(left, l, m, at + 16),
                              word_at(left, l, m + 8, at + 16)};
#pragma unroll
            for (u32 other = 0; other < L; other++)
                mma_s8(level[l + other], a, b[other]);
        }
    }
}

struct Square {
    u32 m, n;
};

// The square of blockIdx.y in the upper triangle of `squares` squares on a side.
__device__ inline Square square_of(u32 index, u32 squares)
{
    u32 i = 0;
    while (index >= squares - i) {
        index -= squares - i;
        i++;
    }
    return Square{i, i + index};
}

// The pieces of a square that hold wanted entries are dealt to the warps in turn. The one that this warp has for `slot`; NONE
// where there is none.
static const u32 NONE = 0xffffffffu;

__device__ inline Piece piece_of(u32 slot, bool diagonal, u32 rows, u32 columns)
{
    u32 left = threadIdx.x / 32 + slot * WARPS;
    for (u32 m = 0; m * 16 < rows; m++) {
        const u32 first = diagonal ? 2 * m : 0, end = (columns + 7) / 8;
        const u32 here = end > first ? end - first : 0;
        if (left < here)
            return Piece{m << 8 | (first + left)};
        left -= here;
    }
    return Piece{NONE};
}

__device__ inline void add_level(i64 &high, u64 &low, int sum, u32 level)
{
    // Levels 0 to 3 start below bit 32, the others at or above it.
    if (level < 4) {
        const i64 shifted = (i64)sum * ((i64)1 << 8 * level);
        high += shifted >> 32;
        low += (u32)shifted;
    } else {
        high += (i64)sum * ((i64)1 << 8 * (level - 4));
    }
}

// The row of the square that this thread's load `i` belongs to: the first half of the loads are rows, the others columns.
__device__ inline u32 line_of(u32 i) { return threadIdx.x / (CHUNK / 4) + i % (LOADS / 2) * (THREADS / (CHUNK / 4)); }

// Adds the products of `n` rows, coordinates 0 .. len, to entries[i * n + j], i <= j.
extern "C" __global__ void __launch_bounds__(512)
gram(const Row *rows, u32 n, u64 len, u32 limit, float factor, u64 *entries)
{
    __shared__ __align__(16) Digits left_digits;
    __shared__ __align__(16) Digits right_digits;
    __shared__ u32 used[2];
    const Grid grid = {limit, factor};
    const u32 squares = (n + SIDE - 1) / SIDE;
    const Square square = square_of(blockIdx.y, squares);
    const bool diagonal = square.m == square.n;
    const u32 first_row = square.m * SIDE, first_column = square.n * SIDE;
    const u32 rows_here = n - first_row < SIDE ? n - first_row : SIDE;
    const u32 columns_here = n - first_column < SIDE ? n - first_column : SIDE;
    const u64 start = (u64)blockIdx.x * SPAN;
    const u32 width = len - start < SPAN ? (u32)(len - start) : SPAN;

    Piece pieces[SLOTS];
#pragma unroll
    for (u32 slot = 0; slot < SLOTS; slot++)
        pieces[slot] = piece_of(slot, diagonal, rows_here, columns_here);
    int level[SLOTS][LEVELS][4] = {};

    // Thread t brings in groups of four values: 16 of them make a chunk of a row, so that it always has the same group.
    const u32 group_in_chunk = threadIdx.x % (CHUNK / 4);
    Four next[LOADS];
    const u32 loads = diagonal ? LOADS / 2 : LOADS;

    const auto row_of = [&](u32 i) { return (i < LOADS / 2 ? square.m : square.n) * SIDE + line_of(i); };
    // Places beyond the last row or coordinate load the last one; what must not count becomes 0 when it is used, so that nothing
    // waits for the loads here.
    auto fetch = [&](u32 chunk) {
        const u32 group = min((int)(chunk / 4 + group_in_chunk), (int)((width - 1) / 4));
#pragma unroll
        for (u32 i = 0; i < LOADS; i++)
            if (i < loads)
                next[i] = load_four(rows[min((int)row_of(i), (int)n - 1)].values, start / 4 + group);
    };
    auto place = [&](u32 chunk, u32 parity) {
        const u32 at = chunk + group_in_chunk * 4;
        u32 all = 0;
#pragma unroll
        for (u32 i = 0; i < LOADS; i++) {
            if (i >= loads)
                continue;
            const u32 row = row_of(i), raw = rows[min((int)row, (int)n - 1)].raw; // again: a register less to carry over
            int q[4];
            u32 digits[4];
#pragma unroll
            for (u32 lane = 0; lane < 4; lane++)
                q[lane] = row < n && at + lane < width ? grid_value(next[i].v[lane], raw, grid) : 0;
            split_digits(q, digits);
            Digits &to = i < LOADS / 2 ? left_digits : right_digits;
#pragma unroll
            for (u32 l = 0; l < 4; l++)
                *(u32 *)&to[l][line_of(i)][group_in_chunk * 4] = digits[l];
            all |= (digits[2] ? 1u : 0u) | (digits[3] ? 2u : 0u);
        }
        if (all)
            atomicOr(&used[parity], all);
    };

    if (threadIdx.x < 2)
        used[threadIdx.x] = 0;
    __syncthreads();
    fetch(0);
    u32 parity = 0;
    for (u32 chunk = 0; chunk < width; chunk += CHUNK) {
        place(chunk, parity);
        __syncthreads();
        const u32 digits_used = used[parity];
        if (threadIdx.x == 0)
            used[parity ^ 1] = 0; // read before the last barrier, written after the next one
        fetch(chunk + CHUNK);
        const Digits &right = diagonal ? left_digits : right_digits;
#pragma unroll
        for (u32 slot = 0; slot < SLOTS; slot++) {
            if (pieces[slot].packed == NONE)
                continue;
            if (digits_used & 2)
                multiply<4>(level[slot], left_digits, right, pieces[slot]);
            else if (digits_used & 1)
                multiply<3>(level[slot], left_digits, right, pieces[slot]);
            else
                multiply<2>(level[slot], left_digits, right, pieces[slot]);
        }
        __syncthreads();
        parity ^= 1;
    }

    const u32 lane = threadIdx.x % 32;
#pragma unroll
    for (u32 slot = 0; slot < SLOTS; slot++) {
        if (pieces[slot].packed == NONE)
            continue;
#pragma unroll
        for (u32 c = 0; c < 4; c++) {
            const u32 i = first_row + pieces[slot].m() * 16 + lane / 4 + c / 2 * 8;
            const u32 j = first_column + pieces[slot].n() * 8 + lane % 4 * 2 + c % 2;
            if (i > j || j >= n)
                continue;
            i64 high = 0;
            u64 low = 0;
#pragma unroll
            for (u32 l = 0; l < LEVELS; l++)
                add_level(high, low, level[slot][l][c], l);
            u64 *entry = entries + ((u64)i * n + j) * 2;
            atomicAdd(entry, (u64)high);
            atomicAdd(entry + 1, low);
        }
    }
}

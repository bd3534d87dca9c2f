// What the kernels use of CUDA, as C++: one block at a time, its threads as fibers where they meet at barriers.
//
// It shows a kernel's logic, its barriers and its exchanges within a warp. It cannot show memory ordering, races within a warp,
// shifts of 32 and more, conversions out of range, or what the driver's compiler makes of PTX.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define __device__
#define __global__
#define __launch_bounds__(...)
#define __align__(bytes) __attribute__((aligned(bytes)))
// All shared memory lies in one section, which is filled with rubbish before every block.
#define __shared__ static __attribute__((section("quorate_shared")))

namespace shim {

struct Dim {
    unsigned x, y, z;
};

// The running thread. Set by the scheduler before a thread goes on.
extern Dim thread_index, block_index, block_size, grid_size;

[[noreturn]] inline void stop(const char *why)
{
    std::fprintf(stderr, "shim: %s (block %u,%u, thread %u)\n", why, block_index.x, block_index.y, thread_index.x);
    std::abort();
}

// Waits for all threads of the block.
void block_barrier();

// Gives each thread of a warp what its 32 threads brought: `bytes` each, one after the other. Valid until the next exchange.
const void *warp_exchange(const void *mine, std::size_t bytes);

template <class T>
inline const T *aligned_16(const T *pointer)
{
    if (reinterpret_cast<std::uintptr_t>(pointer) % 16 != 0)
        stop("a wide load or store is not aligned to 16 bytes");
    return pointer;
}
template <class T>
inline T *aligned_16(T *pointer)
{
    aligned_16(static_cast<const T *>(pointer));
    return pointer;
}

} // namespace shim

#define threadIdx (shim::thread_index)
#define blockIdx (shim::block_index)
#define blockDim (shim::block_size)
#define gridDim (shim::grid_size)
#define ALIGNED_16(pointer) (shim::aligned_16(pointer))

inline void __syncthreads() { shim::block_barrier(); }

struct __align__(16) uint4 {
    unsigned x, y, z, w;
};
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return uint4{x, y, z, w}; }

inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }

template <class To, class From>
inline To shim_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "sizes differ");
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}
inline float __uint_as_float(unsigned bits) { return shim_bits<float>(bits); }
inline unsigned __float_as_uint(float x) { return shim_bits<unsigned>(x); }
inline double __longlong_as_double(long long bits) { return shim_bits<double>(bits); }
inline long long __double_as_longlong(double x) { return shim_bits<long long>(x); }

// The C++ is built without contraction and runs in the default rounding mode.
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline float __int2float_rn(int n) { return static_cast<float>(n); }
inline float __uint2float_rn(unsigned n) { return static_cast<float>(n); }
inline float __ll2float_rn(long long n) { return static_cast<float>(n); }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline float __double2float_rn(double x) { return static_cast<float>(x); }
inline int __float2int_rn(float x)
{
    if (!(x >= -2147483648.0f && x < 2147483648.0f))
        shim::stop("a conversion to int is out of range");
    return static_cast<int>(std::nearbyint(x));
}

inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b)
{
    return static_cast<unsigned long long>(static_cast<unsigned __int128>(a) * b >> 64);
}

inline long long __mul64hi(long long a, long long b)
{
    return static_cast<long long>(static_cast<__int128>(a) * b >> 64);
}

inline unsigned __byte_perm(unsigned x, unsigned y, unsigned selector)
{
    const unsigned long long bytes = static_cast<unsigned long long>(y) << 32 | x;
    unsigned result = 0;
    for (unsigned i = 0; i < 4; i++)
        result |= static_cast<unsigned>(bytes >> 8 * (selector >> 4 * i & 7) & 0xff) << 8 * i;
    return result;
}

template <class T>
inline T atomicAdd(T *at, T value)
{
    const T old = *at;
    *at = old + value;
    return old;
}
inline unsigned atomicOr(unsigned *at, unsigned value)
{
    const unsigned old = *at;
    *at = old | value;
    return old;
}
inline unsigned long long atomicMin(unsigned long long *at, unsigned long long value)
{
    const unsigned long long old = *at;
    *at = value < old ? value : old;
    return old;
}

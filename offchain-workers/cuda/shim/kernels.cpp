// All kernels but the sorting ones as C++, and the door to all of them.
#include "registry.hpp"
#include "warp.hpp"

#include "../kernels/warp.cuh"

namespace column {
#include "../kernels/column.cu"
}
namespace products {
#include "../kernels/products.cu"
}
namespace squares {
#include "../kernels/gram.cu"
}
namespace selection {
#include "../kernels/select.cu"
}

static const shim::Registration registrations[] = {
    {"quantize_rows", 256, false, column::quantize_rows},
    {"weighted_mean", 256, false, column::weighted_mean},
    {"map_rows", 256, false, column::map_rows},
    {"sum32", 256, false, column::sum32},
    {"sum64", 256, false, column::sum64},
    {"apply", 256, false, column::apply},
    {"copy", 256, false, column::copy},
    {"dots", 256, true, products::dots},
    {"gram", 512, true, squares::gram},
    {"select_mean", 256, true, selection::select_mean},
};

// Runs a kernel. 0: done; 1: no such kernel; 2: blocks of this size are not what it is written for.
extern "C" int quorate_shim_launch(const char *name, unsigned grid_x, unsigned grid_y, unsigned threads, void **arguments,
                                   std::uint32_t order, std::uint64_t seed)
{
    const auto found = shim::kernels().find(name);
    if (found == shim::kernels().end())
        return 1;
    const shim::Kernel &kernel = found->second;
    if (threads != kernel.threads)
        return 2;
    shim::run_grid({grid_x, grid_y, 1}, threads, kernel.fibered, static_cast<shim::Order>(order), seed,
                   [&] { kernel.call(arguments); });
    return 0;
}

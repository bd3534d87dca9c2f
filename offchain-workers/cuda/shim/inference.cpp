// The kernels of inference as C++.
#include "registry.hpp"
#include "warp.hpp"

#include "../kernels/functions.cuh"
#include "../kernels/lanes.cuh"

namespace elementwise {
#include "../kernels/elementwise.cu"
}
namespace moves {
#include "../kernels/moves.cu"
}
namespace products_of_matrices {
#include "../kernels/matmul.cu"
}
namespace windows {
#include "../kernels/windows.cu"
}
namespace rows {
#include "../kernels/rows.cu"
}
namespace attention {
#include "../kernels/attention.cu"
}

static const shim::Registration registrations[] = {
    {"map_f32", 256, false, elementwise::map_f32},
    {"pair_f32", 256, false, elementwise::pair_f32},
    {"pair_whole", 256, false, elementwise::pair_whole},
    {"compare", 256, false, elementwise::compare},
    {"logic", 256, false, elementwise::logic},
    {"choose", 256, false, elementwise::choose},
    {"cast", 256, false, elementwise::cast},
    {"batch_norm", 256, false, elementwise::batch_norm},
    {"view", 256, false, moves::view},
    {"place", 256, false, moves::place},
    {"gather", 256, false, moves::gather},
    {"arg_max", 256, false, moves::arg_max},
    {"top_k", 256, false, moves::top_k},
    {"matmul", 256, true, products_of_matrices::matmul},
    {"conv", 256, false, windows::conv},
    {"conv_transpose", 256, false, windows::conv_transpose},
    {"max_pool", 256, false, windows::max_pool},
    {"average_pool", 256, true, windows::average_pool},
    {"softmax", 256, true, rows::softmax},
    {"layer_norm", 256, true, rows::layer_norm},
    {"rms_norm", 256, true, rows::rms_norm},
    {"reduce", 256, true, rows::reduce},
    {"attention_scores", 256, false, attention::attention_scores},
    {"attention_values", 256, false, attention::attention_values},
    {"rope", 256, false, attention::rope},
};

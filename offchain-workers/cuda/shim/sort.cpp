// The sorting kernels of one SIZE.
#include "registry.hpp"

#include "../kernels/sort.cu"

#define TEXT_AGAIN(text) #text
#define TEXT(text) TEXT_AGAIN(text)

static const shim::Registration registrations[] = {
    {TEXT(NAMED(median)), BLOCK, false, NAMED(median)},
    {TEXT(NAMED(sorted_mean)), BLOCK, false, NAMED(sorted_mean)},
};

// Kernels by name, and how to call one with a list of pointers to its arguments, as the driver does.
#pragma once
#include "fibers.hpp"

#include <map>
#include <string>
#include <utility>

namespace shim {

struct Kernel {
    unsigned threads; // most threads of a block
    bool fibered;     // whether its threads wait for each other
    std::function<void(void **)> call;
};

inline std::map<std::string, Kernel> &kernels()
{
    static std::map<std::string, Kernel> all;
    return all;
}

template <class... A, std::size_t... I>
void call(void (*kernel)(A...), void **arguments, std::index_sequence<I...>)
{
    kernel(*static_cast<A *>(arguments[I])...);
}

struct Registration {
    template <class... A>
    Registration(const char *name, unsigned threads, bool fibered, void (*kernel)(A...))
    {
        kernels()[name] = {threads, fibered, [kernel](void **arguments) {
                               call(kernel, arguments, std::index_sequence_for<A...>{});
                           }};
    }
};

} // namespace shim

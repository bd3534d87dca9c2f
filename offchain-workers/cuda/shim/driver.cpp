// The CUDA driver's functions that the crate calls, on top of the shim: what tests of src/driver.rs load as libcuda.so.1.
//
// Work on a stream runs when somebody waits for it. Types are those of cuda.h, by size.
#include "registry.hpp"

#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace {

enum Result { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_CONTEXT = 201, NOT_FOUND = 500, LAUNCH_FAILED = 719 };

struct Stream {
    std::deque<std::function<Result()>> work;
};

struct Event {
    std::chrono::steady_clock::time_point time;
    bool recorded = false;
    Stream *stream = nullptr;
};

using Module = std::string;

struct Function {
    std::string name;
    std::vector<std::size_t> sizes; // of the arguments
};

int context;
thread_local void *current = nullptr;
std::mutex running; // the shim has one running thread for the whole process

Result drain(Stream *stream)
{
    const std::lock_guard<std::mutex> lock(running);
    while (!stream->work.empty()) {
        const Result result = stream->work.front()();
        stream->work.pop_front();
        if (result != SUCCESS)
            return result;
    }
    return SUCCESS;
}

Result push(void *stream, std::function<Result()> work)
{
    if (current == nullptr)
        return INVALID_CONTEXT;
    if (stream == nullptr)
        return INVALID_VALUE; // the backend never uses the default stream
    const std::lock_guard<std::mutex> lock(running);
    static_cast<Stream *>(stream)->work.push_back(std::move(work));
    return SUCCESS;
}

// Sizes of the parameters of an entry, by its PTX; empty where there is none.
std::vector<std::size_t> parameters(const std::string &ptx, const std::string &name)
{
    std::vector<std::size_t> sizes;
    const std::size_t start = ptx.find(".entry " + name + "(");
    if (start == std::string::npos)
        return sizes;
    const std::size_t end = ptx.find(')', start);
    for (std::size_t at = ptx.find(".param .", start); at < end; at = ptx.find(".param .", at + 1))
        sizes.push_back(std::stoul(ptx.substr(at + 9, 2)) / 8);
    return sizes;
}

} // namespace

extern "C" {

int quorate_shim_launch(const char *, unsigned, unsigned, unsigned, void **, std::uint32_t, std::uint64_t);

int cuInit(unsigned) { return SUCCESS; }
int cuDriverGetVersion(int *version)
{
    const char *given = std::getenv("QUORATE_SHIM_DRIVER_VERSION");
    *version = given ? std::atoi(given) : 12040;
    return SUCCESS;
}
int cuGetErrorName(int, const char **text)
{
    *text = "SHIM_ERROR";
    return SUCCESS;
}
int cuGetErrorString(int, const char **text)
{
    *text = "an error of the shim";
    return SUCCESS;
}
int cuDeviceGetCount(int *count)
{
    *count = 1;
    return SUCCESS;
}
int cuDeviceGet(int *device, int ordinal)
{
    *device = 7;
    return ordinal == 0 ? SUCCESS : INVALID_VALUE;
}
int cuDeviceGetName(char *name, int length, int device)
{
    std::snprintf(name, static_cast<std::size_t>(length), "Shim");
    return device == 7 ? SUCCESS : INVALID_VALUE;
}
int cuDeviceGetAttribute(int *value, int attribute, int device)
{
    *value = attribute == 75 ? 8 : 0; // 75, 76: compute capability
    return device == 7 ? SUCCESS : INVALID_VALUE;
}
int cuDevicePrimaryCtxRetain(void **out, int device)
{
    *out = &context;
    return device == 7 ? SUCCESS : INVALID_VALUE;
}
int cuDevicePrimaryCtxRelease_v2(int) { return SUCCESS; }
int cuCtxGetCurrent(void **out)
{
    *out = current;
    return SUCCESS;
}
int cuCtxSetCurrent(void *wanted)
{
    current = wanted;
    return SUCCESS;
}
int cuCtxSynchronize() { return SUCCESS; }

int cuStreamCreate(void **stream, unsigned)
{
    *stream = new Stream;
    return SUCCESS;
}
int cuStreamDestroy_v2(void *stream)
{
    delete static_cast<Stream *>(stream);
    return SUCCESS;
}
int cuStreamSynchronize(void *stream) { return drain(static_cast<Stream *>(stream)); }

int cuMemGetInfo_v2(std::size_t *free_bytes, std::size_t *total)
{
    *free_bytes = 200 * 1000;
    *total = 1000 * 1000;
    return SUCCESS;
}
int cuMemAlloc_v2(std::uint64_t *address, std::size_t bytes)
{
    if (bytes == 0)
        return INVALID_VALUE;
    void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (memory == nullptr)
        return OUT_OF_MEMORY;
    std::memset(memory, 0xa5, bytes);
    *address = reinterpret_cast<std::uint64_t>(memory);
    return SUCCESS;
}
int cuMemFree_v2(std::uint64_t address)
{
    std::free(reinterpret_cast<void *>(address));
    return SUCCESS;
}
int cuMemHostAlloc(void **memory, std::size_t bytes, unsigned)
{
    *memory = bytes == 0 ? nullptr : std::malloc(bytes);
    return *memory == nullptr ? OUT_OF_MEMORY : SUCCESS;
}
int cuMemFreeHost(void *memory)
{
    std::free(memory);
    return SUCCESS;
}
int cuMemcpyHtoDAsync_v2(std::uint64_t to, const void *from, std::size_t bytes, void *stream)
{
    return push(stream, [=] {
        std::memcpy(reinterpret_cast<void *>(to), from, bytes);
        return SUCCESS;
    });
}
int cuMemcpyDtoHAsync_v2(void *to, std::uint64_t from, std::size_t bytes, void *stream)
{
    return push(stream, [=] {
        std::memcpy(to, reinterpret_cast<const void *>(from), bytes);
        return SUCCESS;
    });
}
int cuMemsetD8Async(std::uint64_t at, unsigned char value, std::size_t bytes, void *stream)
{
    return push(stream, [=] {
        std::memset(reinterpret_cast<void *>(at), value, bytes);
        return SUCCESS;
    });
}

int cuModuleLoadData(void **module, const void *image)
{
    *module = new Module(static_cast<const char *>(image));
    return SUCCESS;
}
int cuModuleUnload(void *module)
{
    delete static_cast<Module *>(module);
    return SUCCESS;
}
int cuModuleGetFunction(void **function, void *module, const char *name)
{
    const auto sizes = parameters(*static_cast<Module *>(module), name);
    if (sizes.empty())
        return NOT_FOUND;
    *function = new Function{name, sizes}; // as long as the process: functions have no end of their own
    return SUCCESS;
}
int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
                   unsigned block_z, unsigned shared, void *stream, void **arguments, void **extra)
{
    if (grid_z != 1 || block_y != 1 || block_z != 1 || shared != 0 || extra != nullptr || grid_y > 65535)
        return INVALID_VALUE;
    const Function &kernel = *static_cast<Function *>(function);
    // The driver copies the arguments before it returns.
    std::vector<std::uint64_t> copies;
    for (std::size_t i = 0; i < kernel.sizes.size(); i++) {
        copies.push_back(0);
        std::memcpy(&copies.back(), arguments[i], kernel.sizes[i]);
    }
    return push(stream, [=]() mutable {
        std::vector<void *> places;
        for (std::uint64_t &copy : copies)
            places.push_back(&copy);
        const int status = quorate_shim_launch(kernel.name.c_str(), grid_x, grid_y, block_x, places.data(), 2, 1);
        return status == 0 ? SUCCESS : LAUNCH_FAILED;
    });
}

int cuEventCreate(void **event, unsigned)
{
    *event = new Event;
    return SUCCESS;
}
int cuEventDestroy_v2(void *event)
{
    delete static_cast<Event *>(event);
    return SUCCESS;
}
int cuEventRecord(void *event, void *stream)
{
    auto *self = static_cast<Event *>(event);
    self->stream = static_cast<Stream *>(stream);
    return push(stream, [=] {
        self->time = std::chrono::steady_clock::now();
        self->recorded = true;
        return SUCCESS;
    });
}
int cuEventSynchronize(void *event)
{
    auto *self = static_cast<Event *>(event);
    return self->stream == nullptr ? INVALID_VALUE : drain(self->stream);
}
int cuEventElapsedTime(float *milliseconds, void *start, void *end)
{
    const auto *from = static_cast<Event *>(start), *to = static_cast<Event *>(end);
    if (!from->recorded || !to->recorded)
        return INVALID_VALUE;
    *milliseconds = std::chrono::duration<float, std::milli>(to->time - from->time).count();
    return SUCCESS;
}

} // extern "C"

// The threads of a block, one after the other in a chosen order, each until it waits or ends.
#include "context.hpp"
#include "fibers.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace shim {

Dim thread_index, block_index, block_size, grid_size;

namespace {

constexpr std::size_t STACK = 64 * 1024;
constexpr std::size_t EXCHANGE = 64; // most bytes that a thread brings to an exchange

struct Warp {
    unsigned arrived = 0;
    unsigned long generation = 0;
    std::size_t bytes = 0;
    alignas(16) unsigned char brought[2][32 * EXCHANGE];
};

struct Fiber {
    Context context;
    std::unique_ptr<unsigned char[]> stack{new unsigned char[STACK]};
    bool done = false;
};

struct Block {
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    unsigned arrived = 0, live = 0;
    unsigned long generation = 0;
    bool moved = false; // somebody got past a wait or ended in this round
    Context scheduler;
    const std::function<void()> *body = nullptr;
    bool fibered = false;
};

Block block;

void yield()
{
    if (!block.fibered)
        stop("a kernel that is declared to have no barrier reached one");
    Fiber &self = block.fibers[thread_index.x];
    switch_context(self.context, block.scheduler);
}

void entry()
{
    (*block.body)();
    Fiber &self = block.fibers[thread_index.x];
    self.done = true;
    block.moved = true;
    block.live--;
    if (block.arrived > 0)
        stop("a thread ended while others wait at a barrier");
    switch_context(self.context, block.scheduler);
}

void fill_shared()
{
    std::memset(__start_quorate_shared, 0xa5, static_cast<std::size_t>(__stop_quorate_shared - __start_quorate_shared));
}

void run_fibers(unsigned threads, Order order, std::mt19937_64 &random)
{
    if (block.fibers.size() < threads)
        block.fibers.resize(threads);
    block.warps.assign((threads + 31) / 32, Warp());
    block.arrived = 0;
    block.live = threads;
    std::vector<unsigned> turns(threads);
    for (unsigned i = 0; i < threads; i++) {
        turns[i] = order == Order::Descending ? threads - 1 - i : i;
        Fiber &fiber = block.fibers[i];
        fiber.done = false;
        make_context(fiber.context, fiber.stack.get(), STACK, entry);
    }
    while (block.live > 0) {
        if (order == Order::Random)
            std::shuffle(turns.begin(), turns.end(), random);
        block.moved = false;
        for (unsigned i : turns) {
            Fiber &fiber = block.fibers[i];
            if (fiber.done)
                continue;
            thread_index = {i, 0, 0};
            switch_context(block.scheduler, fiber.context);
        }
        if (!block.moved)
            stop("no thread can go on: not all of them reach the same barrier or exchange");
    }
}

void run_plain(unsigned threads, Order order, std::mt19937_64 &random)
{
    std::vector<unsigned> turns(threads);
    for (unsigned i = 0; i < threads; i++)
        turns[i] = order == Order::Descending ? threads - 1 - i : i;
    if (order == Order::Random)
        std::shuffle(turns.begin(), turns.end(), random);
    for (unsigned i : turns) {
        thread_index = {i, 0, 0};
        (*block.body)();
    }
}

} // namespace

void block_barrier()
{
#ifdef SHIM_WITHOUT_BARRIERS
    return; // for the test that shows that their absence shows
#endif
    const unsigned long mine = block.generation;
    if (++block.arrived == block.live && block.live == block_size.x) {
        block.arrived = 0;
        block.generation++;
        block.moved = true;
        return;
    }
    while (block.generation == mine)
        yield();
    block.moved = true;
}

const void *warp_exchange(const void *mine, std::size_t bytes)
{
    if (bytes > EXCHANGE)
        stop("an exchange is too large");
    if (!block.fibered)
        stop("a kernel that is declared to have no exchange within a warp reached one");
    Warp &warp = block.warps[thread_index.x / 32];
    const unsigned long generation = warp.generation;
    if (warp.arrived > 0 && warp.bytes != bytes)
        stop("the threads of a warp are at different exchanges");
    warp.bytes = bytes;
    unsigned char *brought = warp.brought[generation % 2];
    std::memcpy(brought + thread_index.x % 32 * bytes, mine, bytes);
    if (++warp.arrived == 32) {
        warp.arrived = 0;
        warp.generation++;
        block.moved = true;
    } else {
        while (warp.generation == generation)
            yield();
        block.moved = true;
    }
    return brought;
}

void run_grid(Dim grid, unsigned threads, bool fibered, Order order, std::uint64_t seed, const std::function<void()> &body)
{
    std::mt19937_64 random(seed);
    grid_size = grid;
    block_size = {threads, 1, 1};
    block.body = &body;
    block.fibered = fibered;
    std::vector<std::uint64_t> blocks(std::uint64_t{grid.x} * grid.y);
    for (std::uint64_t i = 0; i < blocks.size(); i++)
        blocks[i] = order == Order::Descending ? blocks.size() - 1 - i : i;
    if (order == Order::Random)
        std::shuffle(blocks.begin(), blocks.end(), random);
    for (std::uint64_t i : blocks) {
        block_index = {static_cast<unsigned>(i % grid.x), static_cast<unsigned>(i / grid.x), 0};
        fill_shared();
        if (fibered)
            run_fibers(threads, order, random);
        else
            run_plain(threads, order, random);
    }
}

} // namespace shim

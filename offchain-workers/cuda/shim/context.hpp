// Changing stacks. `ucontext` asks the kernel about signals at every change; on x86-64 a few instructions do, except under
// AddressSanitizer, which watches `swapcontext`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ucontext.h>

namespace shim {

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)

struct Context {
    void *stack_pointer;
};

// Saves what the calling convention (System V ABI, 3.2.1) asks a function to preserve, and goes on where `to` was left.
extern "C" void shim_switch(Context *from, const Context *to);
asm(R"(
    .text
    .type shim_switch, @function
    .hidden shim_switch
    .globl shim_switch
shim_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq (%rsi), %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
    .size shim_switch, .-shim_switch
)");

inline void switch_context(Context &from, Context &to) { shim_switch(&from, &to); }

// A context that starts `entry`, which must never return.
inline void make_context(Context &context, unsigned char *stack, std::size_t bytes, void (*entry)())
{
    auto top = reinterpret_cast<std::uintptr_t>(stack + bytes) & ~std::uintptr_t{15};
    auto *slots = reinterpret_cast<std::uintptr_t *>(top);
    slots[-1] = 0; // where a call would have left its return address: keeps the stack aligned as at a function's start
    slots[-2] = reinterpret_cast<std::uintptr_t>(entry);
    for (int i = 3; i <= 8; i++)
        slots[-i] = 0;
    context.stack_pointer = slots - 8;
}

#else

struct Context {
    ucontext_t inner;
};

inline void switch_context(Context &from, Context &to) { swapcontext(&from.inner, &to.inner); }

inline void make_context(Context &context, unsigned char *stack, std::size_t bytes, void (*entry)())
{
    getcontext(&context.inner);
    context.inner.uc_stack.ss_sp = stack;
    context.inner.uc_stack.ss_size = bytes;
    context.inner.uc_link = nullptr;
    makecontext(&context.inner, entry, 0);
}

#endif

} // namespace shim

#include "fiber.hpp"

#include "report.hpp"
#include "sanitizers.hpp"

#include <sys/mman.h>

// SIMCUDA_UCONTEXT chooses the portable switch where the assembly one would work too.
#if !defined(__x86_64__) || defined(SIMCUDA_UCONTEXT)
#define SIMCUDA_USE_UCONTEXT 1
#include <ucontext.h>
#else
#define SIMCUDA_USE_UCONTEXT 0
// Saves the callee-saved registers on the old stack, its pointer in *save, and continues on `to`.
extern "C" void simcuda_switch_stack(void** save, void* to);
asm(R"(
.text
.globl simcuda_switch_stack
.type simcuda_switch_stack, @function
simcuda_switch_stack:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
.size simcuda_switch_stack, .-simcuda_switch_stack
)");
#endif

namespace simcuda {
namespace {

constexpr std::size_t kGuard = 4096;
// AddressSanitizer pads every local variable.
constexpr std::size_t kStack = (SIMCUDA_ASAN ? 256 : 64) << 10;

}  // namespace

struct Fiber::Context {
#if SIMCUDA_USE_UCONTEXT
  ucontext_t machine;
#else
  void* stack_pointer = nullptr;
#endif
  // AddressSanitizer's view of the stack; of a main fiber, learnt when it is first left.
  const void* stack_bottom = nullptr;
  std::size_t stack_size = 0;
  void* fake_stack = nullptr;
  void* tsan_fiber = nullptr;
};

namespace {

#if SIMCUDA_ASAN
// The fiber that was left last, whose stack bounds AddressSanitizer tells on arrival.
const void** left_stack_bottom = nullptr;
std::size_t* left_stack_size = nullptr;
#endif

}  // namespace

void fiber_entered() {
#if SIMCUDA_ASAN
  __sanitizer_finish_switch_fiber(nullptr, left_stack_bottom, left_stack_size);
#endif
}

Fiber::Fiber() : context_(new Context) {
#if SIMCUDA_TSAN
  context_->tsan_fiber = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(Entry entry) : context_(new Context), entry_(entry) {
  void* memory = mmap(nullptr, kStack + kGuard, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    violation("cannot map the stack of a simulated thread");
  }
  mprotect(memory, kGuard, PROT_NONE);
  stack_ = static_cast<char*>(memory) + kGuard;
  context_->stack_bottom = stack_;
  context_->stack_size = kStack;
#if SIMCUDA_TSAN
  context_->tsan_fiber = __tsan_create_fiber(0);
#endif
  prepare_stack();
}

Fiber::~Fiber() {
  if (stack_ != nullptr) {
#if SIMCUDA_TSAN
    __tsan_destroy_fiber(context_->tsan_fiber);
#endif
    munmap(stack_ - kGuard, kStack + kGuard);
  }
  delete context_;
}

void Fiber::prepare_stack() {
#if SIMCUDA_USE_UCONTEXT
  getcontext(&context_->machine);
  context_->machine.uc_stack.ss_sp = stack_;
  context_->machine.uc_stack.ss_size = kStack;
  context_->machine.uc_link = nullptr;
  makecontext(&context_->machine, entry_, 0);
#else
  constexpr int kSavedRegisters = 6;
  void** top = reinterpret_cast<void**>(stack_ + kStack);
  *--top = nullptr;  // the return address of entry_, which aligns its frame as a call would
  *--top = reinterpret_cast<void*>(entry_);
  for (int i = 0; i < kSavedRegisters; ++i) {
    *--top = nullptr;
  }
  context_->stack_pointer = top;
#endif
}

void Fiber::restart() {
#if SIMCUDA_TSAN
  // A new identity and untouched pages: program order must not join two CUDA threads.
  __tsan_destroy_fiber(context_->tsan_fiber);
  context_->tsan_fiber = __tsan_create_fiber(0);
  mmap(stack_, kStack, PROT_READ | PROT_WRITE,
       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
#endif
  sanitizer_unpoison(stack_, kStack);
  prepare_stack();
}

void Fiber::switch_from(Fiber& from) {
#if SIMCUDA_TSAN
  constexpr unsigned kNoImplicitSynchronisation = 1;
  __tsan_switch_to_fiber(context_->tsan_fiber, kNoImplicitSynchronisation);
#endif
#if SIMCUDA_ASAN
  left_stack_bottom = &from.context_->stack_bottom;
  left_stack_size = &from.context_->stack_size;
  __sanitizer_start_switch_fiber(&from.context_->fake_stack, context_->stack_bottom,
                                 context_->stack_size);
#endif
#if SIMCUDA_USE_UCONTEXT
  swapcontext(&from.context_->machine, &context_->machine);
#else
  simcuda_switch_stack(&from.context_->stack_pointer, context_->stack_pointer);
#endif
#if SIMCUDA_ASAN
  __sanitizer_finish_switch_fiber(from.context_->fake_stack, left_stack_bottom, left_stack_size);
#endif
}

}  // namespace simcuda

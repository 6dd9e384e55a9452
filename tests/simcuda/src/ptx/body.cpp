#include "body.hpp"

#include "../runtime.hpp"
#include "../shared_memory.hpp"
#include "transfer.hpp"

namespace simcuda::ptx {

// Places the shared arrays; PTX addresses them by their offset.
void PtxBody::begin_block() {
  begin_memory_access();
  SharedMemory& shared = shared_memory();
  for (Symbol* symbol : entry_.shared_arrays) {
    const char* place =
        static_cast<char*>(shared.static_array(symbol, symbol->bytes, symbol->align));
    symbol->offset = static_cast<std::size_t>(place - shared.begin());
  }
  for (Symbol* symbol : entry_.dynamic_arrays) {
    symbol->offset = static_cast<std::size_t>(shared.dynamic() - shared.begin());
  }
}

void PtxBody::run_thread(void* const* args) const {
  constexpr std::uint64_t kUnwritten = 0xDEADBEEFDEADBEEFull;
  Thread thread;
  thread.entry = &entry_;
  thread.args = args;
  thread.registers.assign(static_cast<std::size_t>(entry_.registers), kUnwritten);
  thread.local.assign(entry_.local_bytes, 0xFF);
  std::uint64_t executed = 0;
  const std::size_t end = entry_.code.size();
  while (!thread.finished && thread.next < end) {
    const Instruction& ins = entry_.code[thread.next++];
    ++executed;
    if (ins.predicate >= 0) {
      const bool set = (thread.registers[static_cast<std::size_t>(ins.predicate)] & 1) != 0;
      if (set == ins.predicate_negated) {
        continue;
      }
    }
    ins.handler(thread, ins);
  }
  mutable_counters().ptx_instructions += executed;
}

}  // namespace simcuda::ptx

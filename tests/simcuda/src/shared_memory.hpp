// Shared memory of the block that runs: static arrays from the front, with canaries between them,
// dynamic shared memory at the very end, against a guard page. All of it starts as NaN.
#pragma once

#include <cstddef>
#include <vector>

namespace simcuda {

class SharedMemory {
 public:
  static constexpr std::size_t kStaticLimit = std::size_t{48} << 10;

  void begin_launch(std::size_t dynamic_bytes);
  void begin_block();
  void end_block();  // checks the canaries

  // The array of one program point: the same address for the same key, within a block.
  void* static_array(const void* key, std::size_t bytes, std::size_t align);
  char* dynamic() const { return memory_ + capacity_ - dynamic_padded_; }
  std::size_t dynamic_bytes() const { return dynamic_bytes_; }
  char* begin() const { return memory_; }
  std::size_t capacity() const { return capacity_; }
  bool is_guard(const void* address) const;
  // [offset, offset + bytes) lies in a declared static array or in dynamic shared memory.
  bool declared(std::size_t offset, std::size_t bytes) const;

 private:
  struct Array {
    const void* key;
    char* begin;
    std::size_t bytes;
  };

  void map(std::size_t bytes);
  void poison(char* begin, std::size_t bytes);

  char* memory_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t dynamic_bytes_ = 0;
  std::size_t dynamic_padded_ = 0;
  std::size_t used_ = 0;   // by the static arrays of this block
  std::size_t dirty_ = 0;  // by those of earlier blocks, not poisoned since
  std::vector<Array> arrays_;
};

SharedMemory& shared_memory();

}  // namespace simcuda

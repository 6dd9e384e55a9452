// A kernel whose threads are interpreted from PTX, on the fibers of the other executor.
#pragma once

#include "../kernel.hpp"
#include "module.hpp"

namespace simcuda::ptx {

class PtxBody : public KernelBody {
 public:
  explicit PtxBody(const Entry& entry) : entry_(entry) {}

  void begin_block() override;
  void run_thread(void* const* args) const override;
  bool measures_traffic() const override { return true; }

 private:
  const Entry& entry_;
};

}  // namespace simcuda::ptx

#pragma once

#include "src/init/reduction/wide_matrix.hpp"
#include "unit/cuda/any_device.hpp"
#include "unit/init/reduction_cases.hpp"

#include <gtest/gtest.h>

namespace polypath::testing {

using reduction::WideMatrix;

inline std::unique_ptr<Backend> cuda_backend() {
  fresh_device();
  return make_backend({BackendKind::cuda, 1});
}

/// A matrix multiplied by the pool and by the device in `slices` slices.
class WideProducts {
 public:
  WideProducts(Backend& backend, Index slices)
      : on_host_(rows, columns, stream, {WideMatrix::Keep::stored, pool_}),
        on_device_(rows, columns, stream,
                   {WideMatrix::Keep::regenerated,
                    pool_,
                    {},
                    backend.normal_products(),
                    rows * columns / slices}) {}

  static constexpr Index rows = 290;
  static constexpr Index columns = 170;
  static constexpr NormalStream stream{7, 1, 2, 0};

  [[nodiscard]] const WideMatrix& on_host() const { return on_host_; }
  [[nodiscard]] const WideMatrix& on_device() const { return on_device_; }

 private:
  ThreadPool pool_{1};
  WideMatrix on_host_;
  WideMatrix on_device_;
};

}  // namespace polypath::testing

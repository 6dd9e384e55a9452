#pragma once

#include "polypath/backend/operations.hpp"
#include "polypath/core/types.hpp"

#include <functional>
#include <memory>
#include <string>

namespace polypath {

enum class BackendKind { automatic, cpu, cuda, reference };

/// What computes; written to the header of a run and to every cell file.
struct BackendInfo {
  std::string name;         ///< "cpu", "reference", "cuda"
  std::string device;       ///< processor or card
  std::string simd_target;  ///< "AVX3", "NEON", ...; "none" where it has no meaning
  std::string libraries;    ///< names, versions and (OpenBLAS) the core in use
};

class Backend;

/// Backend memory, freed with the object, 64-byte aligned; its content starts as zeros.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Backend& backend, Index bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] Index bytes() const { return bytes_; }

 private:
  Backend* backend_ = nullptr;
  std::byte* data_ = nullptr;
  Index bytes_ = 0;
};

/// A place where batched operations run, one stream of work each: operations and copies take
/// effect in the order of the calls, `download` and `synchronise` wait for what they need. Not
/// thread-safe; threads that work side by side have a Backend each.
class Backend {
 public:
  virtual ~Backend() = default;

  [[nodiscard]] virtual BackendInfo info() const = 0;

  /// The operations in float or double. Throws BackendUnavailable where a backend lacks one.
  [[nodiscard]] virtual Operations<float>& operations(float tag) = 0;
  [[nodiscard]] virtual Operations<double>& operations(double tag) = 0;

  /// Copies between host and backend memory; the host side may be reused when the call returns.
  virtual void upload(void* target, const void* host_source, Index bytes) = 0;
  virtual void download(void* host_target, const void* source, Index bytes) = 0;
  virtual void synchronise() = 0;

  /// Runs body(0), ..., body(count - 1), which only call operations. A backend may record the
  /// calls once and replay them whenever `key` and `count` come again with the same operands.
  virtual void repeat(Index key, Index count, const std::function<void(Index)>& body) = 0;

  /// How many members it pays to train as one batch: 1 where threads each take a member.
  [[nodiscard]] virtual bool batches_members() const = 0;

 protected:
  friend class Buffer;
  /// Throws OutOfMemory. Zero bytes give a null pointer.
  virtual std::byte* allocate(Index bytes) = 0;
  virtual void release(std::byte* data, Index bytes) noexcept = 0;
};

struct BackendOptions {
  BackendKind kind = BackendKind::automatic;
  Index threads = 1;  ///< cpu: the team that works inside one member
};

/// Throws BackendUnavailable (with the reason and what to do) when `options.kind` cannot run here.
[[nodiscard]] std::unique_ptr<Backend> make_backend(const BackendOptions& options);

}  // namespace polypath

#pragma once

#include "polypath/backend/normal_products.hpp"
#include "polypath/backend/operations.hpp"
#include "polypath/core/linalg.hpp"
#include "polypath/core/types.hpp"

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>

namespace polypath {

enum class BackendKind { automatic, cpu, cuda, reference };

/// What computes; written to the header of a run and to every cell file.
struct BackendInfo {
  std::string name;         ///< "cpu", "reference", "cuda"
  std::string device;       ///< processor or card
  std::string simd_target;  ///< "AVX3", "NEON", ...; "none" where it has no meaning
  std::string libraries;    ///< names, versions and (OpenBLAS) the core in use
  /// Variables of the environment by which the vendor's libraries may compute with other digits,
  /// "NAME=value, ..."; empty where there is none.
  std::string math_overrides{};
};

/// What to tell the user of `math_overrides`; empty where there are none.
[[nodiscard]] std::string math_overrides_warning(const BackendInfo& info);

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

/// Host memory that a backend copies into while it goes on with other work (download_later);
/// 64-byte aligned, its content is arbitrary at first.
class HostBuffer {
 public:
  HostBuffer() = default;
  HostBuffer(Backend& backend, Index bytes);
  ~HostBuffer();
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&& other) noexcept;
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }

 private:
  Backend* backend_ = nullptr;
  std::byte* data_ = nullptr;
};

/// Whose calls a backend records (Backend::repeat): no two of a process are the same, unless one is
/// a copy of the other.
class RepeatOwner {
 public:
  RepeatOwner();
  [[nodiscard]] Index number() const { return number_; }

 private:
  Index number_;
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

  /// As download, into memory of a HostBuffer, and without waiting: the content is there once a
  /// later mark() is reached.
  virtual void download_later(void* host_target, const void* source, Index bytes) {
    download(host_target, source, bytes);
  }
  /// A point in this backend's work, reached when all that was asked for before it is done. The
  /// last marks_kept() can be asked for; an older one counts as reached a little later than it is.
  [[nodiscard]] virtual Index mark() { return 0; }
  /// 1 where work is done when the call returns.
  [[nodiscard]] virtual Index marks_kept() const { return 1; }
  [[nodiscard]] virtual bool reached(Index /*mark*/) { return true; }
  virtual void wait(Index /*mark*/) {}

  /// Runs body(0), ..., body(count - 1), which only call operations; what body(i) calls depends on
  /// the owner and on (start + i) % period only. A backend may record calls and replay them later
  /// without the body, until any of its memory comes or goes.
  virtual void repeat(const RepeatOwner& /*owner*/, Index /*start*/, Index /*period*/, Index count,
                      const std::function<void(Index)>& body) {
    for (Index i = 0; i < count; ++i) {
      body(i);
    }
  }

  /// How many members it pays to train as one batch: 1 where threads each take a member.
  [[nodiscard]] virtual bool batches_members() const = 0;

  /// Device memory, bytes, that a plan may use now; none where buffers are host memory.
  [[nodiscard]] virtual std::optional<Index> device_memory() const { return std::nullopt; }
  /// Whether float64 is many times slower than float32 here, as on cards for games.
  [[nodiscard]] virtual bool slow_float64() const { return false; }
  /// The economy SVD of a host matrix; none where there is no device to make it. Signs, and bases
  /// within equal singular values, are arbitrary. Throws Error where the device or its library
  /// fails: LAPACK can make it all the same.
  [[nodiscard]] virtual std::optional<ThinSvd> thin_svd(MatrixView<const double> /*a*/) {
    return std::nullopt;
  }
  /// Products with normals that are never stored; null where host threads make them as well. Lives
  /// as long as the backend.
  [[nodiscard]] virtual NormalProducts* normal_products() { return nullptr; }

 protected:
  friend class Buffer;
  friend class HostBuffer;
  /// Throws OutOfMemory. Zero bytes give a null pointer.
  virtual std::byte* allocate(Index bytes) = 0;
  virtual void release(std::byte* data, Index bytes) noexcept = 0;
  virtual std::byte* allocate_host(Index bytes) {
    return static_cast<std::byte*>(
        ::operator new (static_cast<std::size_t>(bytes), std::align_val_t{64}));
  }
  virtual void release_host(std::byte* data) noexcept {
    ::operator delete (data, std::align_val_t{64});
  }
};

struct BackendOptions {
  BackendKind kind = BackendKind::automatic;
  Index threads = 1;  ///< cpu: the team that works inside one member
};

/// Throws BackendUnavailable (with the reason and what to do) when `options.kind` cannot run here.
[[nodiscard]] std::unique_ptr<Backend> make_backend(const BackendOptions& options);

/// Why `cuda` cannot run here, with what to do; empty when it can, and `automatic` then takes it.
/// Found out once for the process.
[[nodiscard]] std::string cuda_unavailable_reason();

}  // namespace polypath

#include "polypath/core/blas.hpp"

#include "src/core/blas_start.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <optional>

#include <cblas.h>
#include <fmt/format.h>

namespace polypath {
namespace {

struct KnownCore {
  std::string_view name;
  VectorUnit needs;
};

/// The x86-64 cores of OpenBLAS up to 0.3.29, by the instructions of their kernels.
constexpr std::array known_cores{KnownCore{"Generic", VectorUnit::sse},
                                 KnownCore{"Prescott", VectorUnit::sse},
                                 KnownCore{"Katmai", VectorUnit::sse},
                                 KnownCore{"Coppermine", VectorUnit::sse},
                                 KnownCore{"Northwood", VectorUnit::sse},
                                 KnownCore{"Banias", VectorUnit::sse},
                                 KnownCore{"Athlon", VectorUnit::sse},
                                 KnownCore{"Atom", VectorUnit::sse},
                                 KnownCore{"Core2", VectorUnit::sse},
                                 KnownCore{"Penryn", VectorUnit::sse},
                                 KnownCore{"Dunnington", VectorUnit::sse},
                                 KnownCore{"Nehalem", VectorUnit::sse},
                                 KnownCore{"Opteron", VectorUnit::sse},
                                 KnownCore{"Opteron_SSE3", VectorUnit::sse},
                                 KnownCore{"Barcelona", VectorUnit::sse},
                                 KnownCore{"Bobcat", VectorUnit::sse},
                                 KnownCore{"Nano", VectorUnit::sse},
                                 KnownCore{"Sandybridge", VectorUnit::avx},
                                 KnownCore{"Bulldozer", VectorUnit::avx},
                                 KnownCore{"Piledriver", VectorUnit::avx},
                                 KnownCore{"Steamroller", VectorUnit::avx},
                                 KnownCore{"Haswell", VectorUnit::avx2},
                                 KnownCore{"Zen", VectorUnit::avx2},
                                 KnownCore{"Excavator", VectorUnit::avx2},
                                 KnownCore{"SkylakeX", VectorUnit::avx512},
                                 KnownCore{"Cooperlake", VectorUnit::avx512},
                                 KnownCore{"SapphireRapids", VectorUnit::avx512}};

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::optional<VectorUnit> unit_of_core(std::string_view core) {
  const auto* const found =
      std::find_if(known_cores.begin(), known_cores.end(),
                   [core](const KnownCore& known) { return same_word(known.name, core); });
  return found == known_cores.end() ? std::nullopt : std::optional(found->needs);
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

}  // namespace

VectorUnit processor_vector_unit() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return VectorUnit::avx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return VectorUnit::avx2;
  }
  if (__builtin_cpu_supports("avx")) {
    return VectorUnit::avx;
  }
#endif
  return VectorUnit::sse;
}

const char* blas_core_for(VectorUnit unit) {
  switch (unit) {
    case VectorUnit::avx512:
      return "SkylakeX";
    case VectorUnit::avx2:
      return "Haswell";
    case VectorUnit::avx:
      return "Sandybridge";
    case VectorUnit::sse:
      break;
  }
  return "Nehalem";
}

bool blas_core_is_old(const BlasCoreFacts& facts) {
  const std::optional<VectorUnit> needs = unit_of_core(facts.in_use);
  return needs && *needs < VectorUnit::avx2 && *needs < facts.processor;
}

std::string better_blas_core(const BlasCoreFacts& facts) {
  return facts.asked.empty() && blas_core_is_old(facts) ? blas_core_for(facts.processor) : "";
}

BlasInUse blas_in_use() {
  BlasInUse blas;
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": name and version.
  const std::string build = openblas_get_config();
  const std::size_t name_end = build.find(' ');
  blas.version = build.substr(0, build.find(' ', name_end + 1));
  blas.core = openblas_get_corename();
  blas.processor = processor_vector_unit();
  blas.old = blas_core_is_old({blas.processor, blas.core, ""});
  blas.found = environment(blas_core_replaced);
  blas.asked = blas.found.empty() ? environment(blas_core_variable) : "";
  return blas;
}

std::string old_blas_core_text(const BlasInUse& blas) {
  if (!blas.old) {
    return "";
  }
  const std::string cost = fmt::format(
      "its core {}, which is older than this processor: preparing data and narrow networks takes "
      "up "
      "to three times as long",
      blas.core);
  const char* better = blas_core_for(blas.processor);
  if (!blas.asked.empty()) {
    return fmt::format(
        "OPENBLAS_CORETYPE={} makes OpenBLAS use {}; unset it or set OPENBLAS_CORETYPE={}",
        blas.asked, cost, better);
  }
  return fmt::format(
      "OpenBLAS took {}, and the program could not start itself again with another; set "
      "OPENBLAS_CORETYPE={}",
      cost, better);
}

std::string ignored_blas_core_text(const BlasInUse& blas) {
  if (blas.asked.empty() || same_word(blas.asked, blas.core)) {
    return "";
  }
  return fmt::format(
      "OPENBLAS_CORETYPE={} was not taken: OpenBLAS does not know this core, or the processor "
      "cannot "
      "run it; it uses {}",
      blas.asked, blas.core);
}

}  // namespace polypath

// The two functions of libhwy that polypath calls, for programs that run where no libhwy is: Debian
// has only the shared library, and that one needs libstdc++.so. The compiler's own detection is
// asked, which also looks whether the system saves the wide registers. Groups of instructions are
// those of Highway 1.0, so that both choose the same target: tests/unit/backend compares them.
#include <hwy/targets.h>

namespace hwy {
namespace {

bool has_sse4() {
  return __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("sse4.2") &&
         __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes");
}

bool has_avx2() {
  return __builtin_cpu_supports("avx") && __builtin_cpu_supports("avx2") &&
         __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("lzcnt");
}

bool has_avx3() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
}

bool has_avx3_dl() {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("vpclmulqdq") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("vaes") && __builtin_cpu_supports("avx512vpopcntdq") &&
         __builtin_cpu_supports("avx512bitalg");
}

/// Each group asks for all that stand before it.
int64_t detected_targets() {
  int64_t targets = HWY_SCALAR | HWY_EMU128;
  bool all = true;
  const auto add = [&](bool has, int64_t target) {
    all = all && has;
    targets |= all ? target : 0;
  };
  add(__builtin_cpu_supports("ssse3") != 0, HWY_SSSE3);
  add(has_sse4(), HWY_SSE4);
  add(has_avx2(), HWY_AVX2);
  add(has_avx3(), HWY_AVX3);
  add(has_avx3_dl(), HWY_AVX3_DL);
  return targets;
}

}  // namespace

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

int64_t SupportedTargets() {
  static const int64_t targets = detected_targets();
  return targets;
}

}  // namespace hwy

#include "polypath/core/blas.hpp"

#include "polypath/core/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct CoreCase {
  const char* name;
  BlasCoreFacts facts;
  const char* better;  ///< empty: stay
};

void PrintTo(const CoreCase& one, std::ostream* stream) { *stream << one.name; }

class BetterBlasCore : public ::testing::TestWithParam<CoreCase> {};

TEST_P(BetterBlasCore, IsTakenWhereOpenBlasDoesNotKnowTheProcessor) {
  EXPECT_EQ(better_blas_core(GetParam().facts), GetParam().better);
}

INSTANTIATE_TEST_SUITE_P(
    Processors, BetterBlasCore,
    ::testing::Values(
        CoreCase{"EmeraldRapidsOnOpenBlas0321", {VectorUnit::avx512, "Prescott", ""}, "SkylakeX"},
        CoreCase{"Zen5OnOpenBlas0320", {VectorUnit::avx512, "Zen", ""}, ""},
        CoreCase{"Zen4OnOpenBlas0321", {VectorUnit::avx512, "Cooperlake", ""}, ""},
        CoreCase{"NewLaptop", {VectorUnit::avx2, "Prescott", ""}, "Haswell"},
        CoreCase{"NewLaptopAsTheLibraryWritesIt", {VectorUnit::avx2, "prescott", ""}, "Haswell"},
        CoreCase{"NewAmd", {VectorUnit::avx2, "Barcelona", ""}, "Haswell"},
        CoreCase{"AvxCoreOnAvx2", {VectorUnit::avx2, "Sandybridge", ""}, "Haswell"},
        CoreCase{"AvxOnly", {VectorUnit::avx, "Nehalem", ""}, "Sandybridge"},
        CoreCase{"KnownAvxOnly", {VectorUnit::avx, "Sandybridge", ""}, ""},
        CoreCase{"OldProcessor", {VectorUnit::sse, "Prescott", ""}, ""},
        CoreCase{"CoreOfTheFuture", {VectorUnit::avx512, "DiamondRapids", ""}, ""},
        CoreCase{"LibraryNotYetStarted", {VectorUnit::avx512, "Unknown", ""}, ""},
        CoreCase{"AskedFor", {VectorUnit::avx512, "Prescott", "Prescott"}, ""},
        CoreCase{"AskedForButNotKnown", {VectorUnit::avx512, "Prescott", "Zen9"}, ""}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

TEST(BlasCore, OfThisProgramIsNotOlderThanTheProcessorUnlessAskedFor) {
  const BlasInUse blas = blas_in_use();
  EXPECT_THAT(blas.version, HasSubstr("OpenBLAS 0."));
  EXPECT_TRUE(!blas.old || !blas.asked.empty()) << old_blas_core_text(blas);
}

TEST(BlasCore, ThatIsOldIsToldWithItsRemedy) {
  BlasInUse blas{"OpenBLAS 0.3.21", "Prescott", "Prescott", "", true, VectorUnit::avx2};
  EXPECT_THAT(old_blas_core_text(blas), AllOf(HasSubstr("OPENBLAS_CORETYPE=Prescott makes"),
                                              HasSubstr("OPENBLAS_CORETYPE=Haswell")));
  blas.asked.clear();
  EXPECT_THAT(old_blas_core_text(blas), HasSubstr("could not start itself again"));
  blas.old = false;
  EXPECT_EQ(old_blas_core_text(blas), "");
}

TEST(BlasCore, ThatWasAskedForAndNotTakenIsTold) {
  BlasInUse blas{"OpenBLAS 0.3.21", "Haswell", "Hasswell", "", false, VectorUnit::avx2};
  EXPECT_THAT(ignored_blas_core_text(blas),
              AllOf(HasSubstr("OPENBLAS_CORETYPE=Hasswell was not taken"), HasSubstr("Haswell")));
  blas.asked = "HASWELL";
  EXPECT_EQ(ignored_blas_core_text(blas), "");
  blas.asked.clear();
  EXPECT_EQ(ignored_blas_core_text(blas), "");
}

TEST(BlasCheck, FindsNothingInTheInstalledLibrary) {
  EXPECT_EQ(find_blas_fault(installed_blas()), "");
  EXPECT_NO_THROW(require_sound_blas());
}

/// One entry of a result off by what a lost vector lane or a product in float makes of it.
TEST(BlasCheck, FindsOneWrongEntryOfAProduct) {
  BlasCalls calls = installed_blas();
  calls.multiply = [](bool transpose_a, bool transpose_b, int rows, int columns, int inner,
                      const double* a, const double* b, double* c) {
    installed_blas().multiply(transpose_a, transpose_b, rows, columns, inner, a, b, c);
    if (transpose_a && rows > 100) {
      c[rows * columns - 1] = std::nextafter(c[rows * columns - 1], 0.0);
    }
  };
  EXPECT_EQ(find_blas_fault(calls), "dgemm TN of 131 x 117 x 67: 1 of 8777 entries are wrong");
}

TEST(BlasCheck, FindsProductsThatForgetWhatTheyAreAddedTo) {
  BlasCalls calls = installed_blas();
  calls.multiply = [](bool transpose_a, bool transpose_b, int rows, int columns, int inner,
                      const double* a, const double* b, double* c) {
    std::fill_n(c, rows * columns, 0.0);
    installed_blas().multiply(transpose_a, transpose_b, rows, columns, inner, a, b, c);
  };
  EXPECT_THAT(find_blas_fault(calls), HasSubstr("391 of 391 entries are wrong"));
}

TEST(BlasCheck, FindsWrongDecompositions) {
  BlasCalls calls = installed_blas();
  calls.symmetric_eigen = [](int n, double* a, double* values) {
    const int info = installed_blas().symmetric_eigen(n, a, values);
    values[n / 2] *= 1.0 + 1e-7;  // as a kernel in float would leave it
    return info;
  };
  EXPECT_THAT(find_blas_fault(calls), HasSubstr("dsyevd leaves a residual"));

  calls = installed_blas();
  calls.svd = [](int m, int n, double* a, double* s, double* u, double* v_transposed) {
    const int info = installed_blas().svd(m, n, a, s, u, v_transposed);
    v_transposed[0] += m > 8 ? 1e-9 : 0.0;
    return info;
  };
  EXPECT_THAT(find_blas_fault(calls), HasSubstr("dgesdd leaves a residual"));

  calls = installed_blas();
  calls.orthonormal_rows = [](int m, int n, double* a) {
    const int info = installed_blas().orthonormal_rows(m, n, a);
    a[m * n - 1] = std::numeric_limits<double>::quiet_NaN();
    return info;
  };
  EXPECT_THAT(find_blas_fault(calls), HasSubstr("dgelqf and dorglq leaves a residual of inf"));

  calls = installed_blas();
  calls.svd = [](int, int, double*, double*, double*, double*) { return 3; };
  EXPECT_EQ(find_blas_fault(calls), "dgesdd returned info = 3 on a sound matrix");
}

TEST(BlasCheck, SaysWhatToSet) {
  const BlasInUse blas{"OpenBLAS 0.3.20", "SkylakeX", "", "", false, VectorUnit::avx512};
  EXPECT_THAT(blas_fault_text(blas, "dgemm NN: 1 of 1 entries are wrong"),
              AllOf(HasSubstr("OpenBLAS 0.3.20 (core SkylakeX)"), HasSubstr("dgemm NN"),
                    HasSubstr("OPENBLAS_CORETYPE=Haswell")));
  const BlasInUse slower{"OpenBLAS 0.3.20", "Haswell", "", "", false, VectorUnit::avx512};
  EXPECT_THAT(blas_fault_text(slower, "x"), HasSubstr("OPENBLAS_CORETYPE=Nehalem"));
}

}  // namespace
}  // namespace polypath

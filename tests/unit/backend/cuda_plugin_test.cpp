#include "polypath/backend/backend.hpp"
#include "polypath/core/build_info.hpp"

#include "src/backend/cuda_libraries.hpp"
#include "src/backend/plugin.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace polypath {
namespace {

using Path = std::filesystem::path;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Path built = POLYPATH_FAKE_CUDA;
const std::string plugin_name = "libpolypath_fake_plugin.so";
const std::string solver = "libpolypath_fake_solver.so.12";
const std::string sparse = "libpolypath_fake_sparse.so.12";
const std::string blas = "libpolypath_fake_blas.so.13";

/// An empty folder for the plug-in and for places of libraries, and an environment that names none.
class CudaLibraries : public ::testing::Test {
 protected:
  CudaLibraries() {
    std::string name = (std::filesystem::temp_directory_path() / "polypath-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    for (const char* variable : changed) {
      const char* value = std::getenv(variable);
      before_.emplace_back(variable, value == nullptr ? "" : value);
      unsetenv(variable);
    }
    setenv("PATH", "/nowhere", 1);
    setenv("HOME", (folder_ / "home").c_str(), 1);
    copy(plugin_name, "plugin");
  }
  ~CudaLibraries() override {
    for (const auto& [variable, value] : before_) {
      value.empty() ? unsetenv(variable.c_str()) : setenv(variable.c_str(), value.c_str(), 1);
    }
    std::filesystem::remove_all(folder_);
  }

  void copy(const std::string& name, const Path& below) { copy(name, below, name); }
  void copy(const std::string& name, const Path& below, const std::string& as) {
    std::filesystem::create_directories(folder_ / below);
    std::filesystem::copy_file(built / name, folder_ / below / as);
  }
  /// A file that PATH finds, or a link to `target`.
  void python(const Path& bin, const Path& target = {}) {
    std::filesystem::create_directories(folder_ / bin);
    if (target.empty()) {
      std::ofstream(folder_ / bin / "python3") << "";
    } else {
      std::filesystem::create_symlink(target, folder_ / bin / "python3");
    }
  }
  /// The libraries' folder of one more package below `prefix`.
  Path package(const Path& prefix) {
    const Path folder =
        folder_ / prefix / "lib" / "python3.11" / "site-packages" / "nvidia" / "cublas" / "lib";
    std::filesystem::create_directories(folder);
    return folder;
  }
  [[nodiscard]] std::string in_folder(const Path& below) const { return folder_ / below; }
  [[nodiscard]] Path plugin() const { return folder_ / "plugin" / plugin_name; }

  /// In a process of its own, because what is loaded stays loaded: says on stderr why libraries
  /// cannot be loaded, or that the plug-in itself can.
  [[noreturn]] void report() const {
    const std::string reason = load_cuda_libraries(plugin());
    if (!reason.empty()) {
      std::fprintf(stderr, "reason: %s\n", reason.c_str());
    } else if (dlopen(plugin().c_str(), RTLD_NOW) == nullptr) {
      std::fprintf(stderr, "plug-in: %s\n", dlerror());
    } else {
      std::fprintf(stderr, "all is loaded\n");
    }
    std::_Exit(0);
  }

  Path folder_;

 private:
  static constexpr std::array changed{
      "POLYPATH_CUDA_HOME", "POLYPATH_CUDA_PLUGIN", "CUDA_HOME", "CUDA_PATH", "PATH",
      "VIRTUAL_ENV",        "CONDA_PREFIX",         "HOME"};
  std::vector<std::pair<std::string, std::string>> before_;
};

using CudaLibrariesDeathTest = CudaLibraries;

CudaPlugin plugin_of(const std::string& version, const std::string& revision) {
  return {cuda_plugin_abi, cuda_plugin_layout, version.c_str(), revision.c_str(), nullptr, nullptr,
          nullptr};
}

TEST(CudaPlugin, OfThisBuildIsTaken) {
  const CudaPlugin same = plugin_of(build_info().version, build_info().git_revision);
  EXPECT_THAT(other_build(same, "lib.so"), IsEmpty());
}

TEST(CudaPlugin, OfAnotherBuildIsNamedWithTheRemedy) {
  const std::string revision = "0123456789ab";
  CudaPlugin other = plugin_of(build_info().version, revision);
  EXPECT_THAT(other_build(other, "lib.so"),
              AllOf(HasSubstr("lib.so"), HasSubstr(revision), HasSubstr(build_info().git_revision),
                    HasSubstr("empty folder")));
  other = plugin_of("0.0.9", build_info().git_revision);
  EXPECT_THAT(other_build(other, "lib.so"), HasSubstr("version 0.0.9"));
  other = plugin_of(build_info().version, build_info().git_revision);
  ++other.layout;
  EXPECT_THAT(other_build(other, "lib.so"), HasSubstr("another build"));
}

TEST(CudaPlugin, OfAnotherAbiIsReadNoFurther) {
  CudaPlugin other{cuda_plugin_abi + 1, 0, nullptr, nullptr, nullptr, nullptr, nullptr};
  EXPECT_THAT(other_build(other, "lib.so"), HasSubstr("another version"));
}

TEST_F(CudaLibraries, NeedsAreReadInTheirOrder) {
  const auto needed = needed_libraries(plugin());
  EXPECT_THAT(needed, Contains(solver));
  EXPECT_THAT(needed, Contains(blas));
  EXPECT_LT(std::find(needed.begin(), needed.end(), solver),
            std::find(needed.begin(), needed.end(), blas));
}

TEST_F(CudaLibraries, AFileThatIsNoLibraryNeedsNothing) {
  EXPECT_THAT(needed_libraries(folder_ / "missing"), IsEmpty());
  std::ofstream(folder_ / "text") << "\177ELF, or so it says";
  EXPECT_THAT(needed_libraries(folder_ / "text"), IsEmpty());
  copy(plugin_name, "cut", "cut");
  for (const std::uintmax_t size : {20U, 64U, 100U, 300U, 1000U, 5000U}) {
    std::filesystem::resize_file(folder_ / "cut" / "cut", size);
    EXPECT_THAT(needed_libraries(folder_ / "cut" / "cut"), Not(Contains(solver))) << size;
  }
}

TEST_F(CudaLibraries, FoldersOfTheNamedHomeComeFirst) {
  const auto toolkit = folder_ / "toolkit";
  const auto venv = folder_ / "venv" / "lib" / "python3.11" / "site-packages" / "nvidia";
  for (const auto& below : {toolkit / "lib64", toolkit / "targets" / "x86_64-linux" / "lib",
                            venv / "cu13" / "lib", venv / "cublas" / "lib"}) {
    std::filesystem::create_directories(below);
  }
  setenv("VIRTUAL_ENV", (folder_ / "venv").c_str(), 1);
  setenv("POLYPATH_CUDA_HOME", toolkit.c_str(), 1);
  const auto folders = cuda_library_folders();
  ASSERT_GE(folders.size(), 5U);
  EXPECT_EQ(folders[0], toolkit);
  EXPECT_EQ(folders[1], toolkit / "lib64");
  EXPECT_EQ(folders[2], toolkit / "targets" / "x86_64-linux" / "lib");
  EXPECT_THAT(folders, Contains(venv / "cu13" / "lib"));
  EXPECT_THAT(folders, Contains(venv / "cublas" / "lib"));
}

TEST_F(CudaLibraries, ASlashBehindAFolderOfPathChangesNothing) {
  const Path wanted = package("python");
  python("python/bin");
  for (const char* behind : {"", "/", "//", "/."}) {
    setenv("PATH", (in_folder("python/bin") + behind).c_str(), 1);
    EXPECT_THAT(cuda_library_folders(), Contains(wanted)) << "'" << behind << "'";
  }
}

TEST_F(CudaLibraries, LinksToPythonAreFollowedOneAtATime) {
  const Path venv = package("venv");
  const Path base = package("base");
  python("base/bin");
  python("venv/bin", "../../base/bin/python3");           // as `python3 -m venv` makes it
  python("links", folder_ / "venv" / "bin" / "python3");  // as a user puts it into PATH
  std::filesystem::create_directory_symlink("base/bin", folder_ / "linked");
  for (const char* place : {"links", "venv/bin"}) {
    setenv("PATH", in_folder(place).c_str(), 1);
    const auto folders = cuda_library_folders();
    EXPECT_THAT(folders, AllOf(Contains(venv), Contains(base))) << place;
    EXPECT_LT(std::find(folders.begin(), folders.end(), venv),
              std::find(folders.begin(), folders.end(), base))
        << place;
  }
  setenv("PATH", in_folder("linked").c_str(), 1);
  EXPECT_THAT(cuda_library_folders(), AllOf(Contains(base), Not(Contains(venv))));
}

TEST_F(CudaLibraries, LinksInACircleEnd) {
  python("one", folder_ / "two" / "python3");
  python("two", folder_ / "one" / "python3");
  const Path wanted = package("later");
  python("later/bin");
  setenv("PATH", (in_folder("one") + ":" + in_folder("later/bin")).c_str(), 1);
  EXPECT_THAT(cuda_library_folders(), Contains(wanted));
}

TEST_F(CudaLibraries, APythonBehindAWrapperAndTheBaseOfAVenvAreSearched) {
  const Path wrapped = package("venv");
  const Path base = package("base with blanks");
  python("wrappers");
  python("venv/bin");  // a copy, as `python3 -m venv --copies` makes it
  std::ofstream(folder_ / "venv" / "pyvenv.cfg")
      << "version = 3.11.2\nhome = " << in_folder("base with blanks/bin") << "/\n";
  setenv("PATH", (in_folder("wrappers") + ":" + in_folder("venv/bin")).c_str(), 1);
  EXPECT_THAT(cuda_library_folders(), AllOf(Contains(wrapped), Contains(base)));
}

TEST_F(CudaLibraries, AWholeFileIsNotDamagedAndACutOneIs) {
  EXPECT_EQ(damaged_library(plugin()), "");
  EXPECT_EQ(damaged_library(folder_ / "missing"), "");
  const auto size = std::filesystem::file_size(plugin());
  for (const auto left : {size - 1, size / 2, std::uintmax_t{64}}) {
    std::filesystem::resize_file(plugin(), left);
    EXPECT_THAT(
        damaged_library(plugin()),
        HasSubstr(std::to_string(left) + " bytes, and its headers need " + std::to_string(size)))
        << left;
  }
}

TEST_F(CudaLibrariesDeathTest, ACutPluginIsRefusedAndTheProcessorTaken) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // what was found before stays found
  std::filesystem::resize_file(plugin(), std::filesystem::file_size(plugin()) / 2);
  setenv("POLYPATH_CUDA_PLUGIN", plugin().c_str(), 1);
  const auto take = [] {
    const auto backend = make_backend({BackendKind::automatic, 1});
    std::fprintf(stderr, "%s: %s\n", backend->info().name.c_str(),
                 cuda_unavailable_reason().c_str());
    std::_Exit(0);
  };
  EXPECT_EXIT(take(), ::testing::ExitedWithCode(0),
              "^cpu: the CUDA plug-in .* is damaged or cut: .*unpack the bundle again");
}

TEST_F(CudaLibrariesDeathTest, ACutLibraryIsBlamed) {
  for (const auto& name : {solver, sparse, blas}) {
    copy(name, "toolkit/lib64");
  }
  std::filesystem::resize_file(folder_ / "toolkit" / "lib64" / blas, 4096);
  setenv("POLYPATH_CUDA_HOME", (folder_ / "toolkit").c_str(), 1);
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0), blas + " is damaged or cut");
}

TEST_F(CudaLibrariesDeathTest, AHomeThatDoesNotExistIsNamed) {
  EXPECT_EQ(cuda_home_fault(), "");
  setenv("POLYPATH_CUDA_HOME", in_folder("mistyped").c_str(), 1);
  EXPECT_THAT(cuda_home_fault(), HasSubstr("mistyped, and there is no such folder"));
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0),
              "reason: POLYPATH_CUDA_HOME names .*mistyped.*correct it");
}

TEST_F(CudaLibrariesDeathTest, AToolkitHasAll) {
  for (const auto& name : {solver, sparse, blas}) {
    copy(name, "toolkit/lib64");
  }
  setenv("POLYPATH_CUDA_HOME", (folder_ / "toolkit").c_str(), 1);
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0), "all is loaded");
}

TEST_F(CudaLibrariesDeathTest, ThePackagesOfAPythonHaveOneEach) {
  const Path nvidia = "python/lib/python3.12/site-packages/nvidia";
  copy(solver, nvidia / "cusolver" / "lib");
  copy(sparse, nvidia / "cusparse" / "lib");
  copy(blas, nvidia / "cublas" / "lib");
  std::filesystem::create_directories(folder_ / "python" / "bin");
  std::ofstream(folder_ / "python" / "bin" / "python3") << "";
  setenv("PATH", (folder_ / "python" / "bin").c_str(), 1);
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0), "all is loaded");
}

TEST_F(CudaLibrariesDeathTest, MissingOnesAreNamedWithTheRemedy) {
  copy(solver, "home/.local/lib/python3.12/site-packages/nvidia/cu13/lib");
  copy(blas, "home/.local/lib/python3.12/site-packages/nvidia/cu13/lib");
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0),
              "reason: .*needs " + sparse + ".*cannot be loaded.*POLYPATH_CUDA_HOME");
}

TEST_F(CudaLibrariesDeathTest, AnotherMajorVersionIsNamed) {
  copy(solver, "toolkit/lib64");
  copy(sparse, "toolkit/lib64");
  copy(blas, "toolkit/lib64", "libpolypath_fake_blas.so.12");
  setenv("POLYPATH_CUDA_HOME", (folder_ / "toolkit").c_str(), 1);
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0),
              "needs " + blas + ".*another major version.*lib64/libpolypath_fake_blas.so.12");
}

TEST_F(CudaLibrariesDeathTest, AFileThatIsBrokenIsBlamed) {
  copy(solver, "toolkit/lib64");
  copy(sparse, "toolkit/lib64");
  std::ofstream(folder_ / "toolkit" / "lib64" / blas) << "half a download";
  setenv("POLYPATH_CUDA_HOME", (folder_ / "toolkit").c_str(), 1);
  EXPECT_EXIT(report(), ::testing::ExitedWithCode(0), "the system says: .*" + blas);
}

TEST_F(CudaLibrariesDeathTest, OneThatIsAskedForLaterIsFoundTheSameWay) {
  copy(blas, "toolkit/lib64");
  setenv("POLYPATH_CUDA_HOME", (folder_ / "toolkit").c_str(), 1);
  const auto ask = [](const std::string& name) {
    std::string reason;
    const void* library = open_vendor_library(name.c_str(), reason);
    std::fprintf(stderr, "%s%s\n", library == nullptr ? "" : "opened", reason.c_str());
    std::_Exit(0);
  };
  EXPECT_EXIT(ask(blas), ::testing::ExitedWithCode(0), "^opened");
  EXPECT_EXIT(ask("libpolypath_fake_none.so.1"), ::testing::ExitedWithCode(0),
              "needs libpolypath_fake_none.so.1, .*POLYPATH_CUDA_HOME");
}

}  // namespace
}  // namespace polypath

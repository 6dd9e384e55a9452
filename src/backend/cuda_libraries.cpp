#include "src/backend/cuda_libraries.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include <dlfcn.h>
#include <elf.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>

namespace polypath {
namespace {

using Path = std::filesystem::path;

constexpr std::uint64_t nowhere = UINT64_MAX;

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

/// Reads an ELF file piecewise (NVIDIA's have hundreds of MB); nothing where a piece is not there.
class ElfFile {
 public:
  explicit ElfFile(const Path& file) : stream_(file, std::ios::binary) {}

  template <typename T>
  [[nodiscard]] std::optional<T> at(std::uint64_t offset) {
    T value{};
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    if (!stream_.read(reinterpret_cast<char*>(&value), sizeof(T))) {
      return std::nullopt;
    }
    return value;
  }

  [[nodiscard]] std::string text(std::uint64_t offset) {
    std::string found;
    stream_.clear();
    stream_.seekg(static_cast<std::streamoff>(offset));
    std::getline(stream_, found, '\0');
    return found;
  }

  /// Nothing unless this is a 64-bit little-endian file.
  [[nodiscard]] std::optional<Elf64_Ehdr> header() {
    auto found = at<Elf64_Ehdr>(0);
    if (found &&
        (std::memcmp(found->e_ident, ELFMAG, SELFMAG) != 0 ||
         found->e_ident[EI_CLASS] != ELFCLASS64 || found->e_ident[EI_DATA] != ELFDATA2LSB)) {
      found.reset();
    }
    return found;
  }

  /// Those that the file still has.
  [[nodiscard]] std::vector<Elf64_Phdr> segments() {
    const auto head = header();
    return head ? table<Elf64_Phdr>(head->e_phoff, head->e_phnum) : std::vector<Elf64_Phdr>{};
  }
  [[nodiscard]] std::vector<Elf64_Shdr> sections() {
    const auto head = header();
    return head ? table<Elf64_Shdr>(head->e_shoff, head->e_shnum) : std::vector<Elf64_Shdr>{};
  }

 private:
  template <typename T>
  std::vector<T> table(std::uint64_t offset, std::uint64_t count) {
    std::vector<T> found;
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const auto entry = at<T>(offset + i * sizeof(T))) {
        found.push_back(*entry);
      }
    }
    return found;
  }

  std::ifstream stream_;
};

/// Where the byte that is loaded to `address` stands in the file.
std::uint64_t file_offset(const std::vector<Elf64_Phdr>& segments, std::uint64_t address) {
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
        address - segment.p_vaddr < segment.p_filesz) {
      return segment.p_offset + (address - segment.p_vaddr);
    }
  }
  return nowhere;
}

void add_matches(const std::string& pattern, std::vector<Path>& folders) {
  glob_t matches{};
  if (glob(pattern.c_str(), GLOB_ONLYDIR, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      const Path folder = matches.gl_pathv[i];
      if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
        folders.push_back(folder);
      }
    }
  }
  globfree(&matches);
}

void add_toolkit(const std::string& home, std::vector<Path>& folders) {
  if (!home.empty()) {
    for (const char* below : {"/lib64", "/lib", "/targets/*/lib"}) {
      add_matches(home + below, folders);
    }
  }
}

/// `nvidia` packages of pip: one folder each, or one for all (`nvidia/cu13`).
void add_python(const std::string& prefix, std::vector<Path>& folders) {
  if (!prefix.empty()) {
    for (const char* kind : {"site", "dist"}) {
      add_matches(fmt::format("{}/lib/python3*/{}-packages/nvidia/*/lib", prefix, kind), folders);
    }
  }
}

/// The folder above the one that a file is in, by its name and by where links of folders lead.
void add_prefixes(const Path& folder, std::vector<std::string>& prefixes) {
  std::error_code unknown;
  const Path real = std::filesystem::weakly_canonical(folder, unknown);
  for (const Path& one : {folder, unknown ? folder : real}) {
    const std::string prefix = one.parent_path().string();
    if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) {
      prefixes.push_back(prefix);
    }
  }
}

/// The Python that a virtual environment was made of, as its pyvenv.cfg names it: `home = FOLDER`.
Path home_of_venv(const Path& prefix) {
  std::ifstream settings(prefix / "pyvenv.cfg");
  for (std::string line; std::getline(settings, line);) {
    std::istringstream words(line);
    std::string key;
    std::string equals;
    std::string value;
    if (words >> key >> equals && key == "home" && equals == "=" &&
        std::getline(words >> std::ws, value)) {
      return value;
    }
  }
  return {};
}

/// The folders above each `bin` that has this program, in PATH's order: where a link is, before
/// where it leads, one step at a time, since a virtual environment's python3 is a link out of it.
/// All of PATH, because the first may be a script that starts a later one.
std::vector<std::string> prefixes_of(const std::string& program) {
  constexpr int most_links = 40;  // as the kernel follows
  std::vector<std::string> prefixes;
  std::istringstream path(environment("PATH"));
  for (std::string entry; std::getline(path, entry, ':');) {
    std::error_code unknown;
    // "bin/" and "bin/." would have themselves as the parent's child.
    Path file = (std::filesystem::absolute(entry, unknown) / program).lexically_normal();
    if (entry.empty() || unknown || !std::filesystem::exists(file, unknown)) {
      continue;
    }
    for (int link = 0; link < most_links; ++link) {
      const Path folder = file.parent_path();
      add_prefixes(folder, prefixes);
      const Path target = std::filesystem::read_symlink(file, unknown);
      if (unknown) {
        break;
      }
      // An absolute target replaces the folder; a relative one starts where the folder really is.
      file = (std::filesystem::weakly_canonical(folder, unknown) / target).lexically_normal();
    }
  }
  return prefixes;
}

/// Those of Python: with the ones that its virtual environments were made of.
std::vector<std::string> python_prefixes() {
  std::vector<std::string> prefixes = prefixes_of("python3");
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    if (const Path home = home_of_venv(prefixes[i]); !home.empty()) {
      add_prefixes((home / "python3").lexically_normal().parent_path(), prefixes);
    }
  }
  return prefixes;
}

std::vector<Path> named_folders() {
  std::vector<Path> folders;
  const std::string home = environment("POLYPATH_CUDA_HOME");
  if (!home.empty()) {
    add_matches(home, folders);
    add_toolkit(home, folders);
    for (const char* below : {"/*/lib", "/nvidia/*/lib"}) {
      add_matches(home + below, folders);
    }
    add_python(home, folders);
  }
  return folders;
}

std::vector<Path> usual_folders() {
  std::vector<Path> folders;
  std::vector<std::string> toolkits = prefixes_of("nvcc");
  toolkits.insert(toolkits.begin(), {environment("CUDA_HOME"), environment("CUDA_PATH")});
  toolkits.insert(toolkits.end(), {"/usr/local/cuda", "/usr/local/cuda-*", "/opt/cuda"});
  for (const std::string& home : toolkits) {
    add_toolkit(home, folders);
  }
  const std::string conda = environment("CONDA_PREFIX");
  const std::string user = environment("HOME");
  std::vector<std::string> pythons = python_prefixes();
  pythons.insert(pythons.begin(), {environment("VIRTUAL_ENV"), conda});
  pythons.insert(pythons.end(), {user.empty() ? user : user + "/.local", "/usr/local", "/usr"});
  for (const std::string& prefix : pythons) {
    add_python(prefix, folders);
  }
  add_toolkit(conda, folders);
  return folders;
}

/// Loads libraries by name with what they need, and remembers what it could not find.
class LibraryLoader {
 public:
  void load_needs_of(const Path& file) {
    for (const std::string& name : needed_libraries(file)) {
      load(name, file.parent_path());
    }
  }
  /// Null where it is nowhere.
  [[nodiscard]] void* open(const std::string& name) {
    load(name, {});
    return dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  }
  /// What is missing and where it was looked for; empty where all was found. `user`: what needs it.
  [[nodiscard]] std::string reason(const std::string& user) const;

 private:
  void load(const std::string& name, const Path& beside);
  bool load_from(const std::vector<Path>& folders, const std::string& name);
  [[nodiscard]] std::vector<std::string> other_versions(const std::string& name) const;

  std::vector<Path> named_ = named_folders();
  std::vector<Path> usual_ = usual_folders();
  std::vector<std::string> missing_;
  std::vector<std::string> failures_;  ///< what the loader says of files that were there
};

bool is_loaded(const std::string& name) {
  return dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD) != nullptr;
}

bool LibraryLoader::load_from(const std::vector<Path>& folders, const std::string& name) {
  for (const Path& folder : folders) {
    const Path file = folder / name;
    std::error_code unknown;
    if (!std::filesystem::exists(file, unknown)) {
      continue;
    }
    if (std::string cut = damaged_library(file); !cut.empty()) {
      failures_.push_back(std::move(cut));
      continue;
    }
    load_needs_of(file);
    if (dlopen(file.c_str(), RTLD_LAZY | RTLD_LOCAL) != nullptr) {
      return true;
    }
    const char* words = dlerror();  // NOLINT(concurrency-mt-unsafe): once per process
    failures_.emplace_back(words == nullptr ? file.string() : words);
  }
  return false;
}

void LibraryLoader::load(const std::string& name, const Path& beside) {
  if (is_loaded(name) || std::find(missing_.begin(), missing_.end(), name) != missing_.end()) {
    return;
  }
  const std::vector<Path> near = beside.empty() ? std::vector<Path>{} : std::vector{beside};
  if (!load_from(named_, name) && !load_from(near, name) &&
      dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL) == nullptr && !load_from(usual_, name)) {
    missing_.push_back(name);
  }
}

/// Files called like the library but for the number behind `.so.`.
std::vector<std::string> LibraryLoader::other_versions(const std::string& name) const {
  std::vector<Path> folders = cuda_library_folders();
  std::istringstream path(environment("LD_LIBRARY_PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    folders.emplace_back(folder);
  }
  folders.insert(folders.end(), {"/usr/lib/x86_64-linux-gnu", "/usr/lib64"});
  const std::string stem = name.substr(0, name.find(".so") + 4);
  std::vector<std::string> found;
  for (const Path& folder : folders) {
    std::error_code unknown;
    for (const auto& entry : std::filesystem::directory_iterator(folder, unknown)) {
      const std::string file = entry.path().filename().string();
      // libcublas.so.12, not libcublas.so.12.9.1.4
      if (file.rfind(stem, 0) == 0 && file.find('.', stem.size()) == std::string::npos) {
        found.push_back(entry.path().string());
      }
    }
  }
  return found;
}

std::string LibraryLoader::reason(const std::string& user) const {
  if (missing_.empty()) {
    return {};
  }
  std::string text =
      fmt::format("{} needs {}, which cannot be loaded", user, fmt::join(missing_, ", "));
  std::vector<std::string> others;
  for (const std::string& name : missing_) {
    const auto found = other_versions(name);
    others.insert(others.end(), found.begin(), found.end());
  }
  if (!others.empty()) {
    text += fmt::format("; of another major version there is {}", fmt::join(others, ", "));
  }
  if (!failures_.empty()) {
    text += fmt::format("; the system says: {}", fmt::join(failures_, "; "));
  }
  std::vector<std::string> places;
  for (const Path& folder : cuda_library_folders()) {
    places.push_back(folder.string());
  }
  return text + fmt::format(
                    "; looked in the system's folders{}{}. Install these versions (the CUDA "
                    "toolkit, or without root: pip install nvidia-cublas nvidia-cusolver), or name "
                    "the folder that has them in POLYPATH_CUDA_HOME",
                    places.empty() ? "" : " and ", fmt::join(places, ", "));
}

}  // namespace

std::vector<std::string> needed_libraries(const Path& file) {
  ElfFile elf(file);
  const std::vector<Elf64_Phdr> segments = elf.segments();
  std::vector<std::uint64_t> names;
  std::uint64_t strings = nowhere;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type != PT_DYNAMIC) {
      continue;
    }
    for (std::uint64_t at = 0; at < segment.p_filesz; at += sizeof(Elf64_Dyn)) {
      const auto entry = elf.at<Elf64_Dyn>(segment.p_offset + at);
      if (!entry || entry->d_tag == DT_NULL) {
        break;
      }
      if (entry->d_tag == DT_NEEDED) {
        names.push_back(entry->d_un.d_val);
      } else if (entry->d_tag == DT_STRTAB) {
        strings = file_offset(segments, entry->d_un.d_ptr);
      }
    }
  }
  std::vector<std::string> needed;
  for (const std::uint64_t name : names) {
    if (strings != nowhere) {
      needed.push_back(elf.text(strings + name));
    }
  }
  return needed;
}

std::string damaged_library(const Path& file) {
  ElfFile elf(file);
  std::error_code unknown;
  const std::uint64_t size = std::filesystem::file_size(file, unknown);
  const auto header = elf.header();
  if (unknown || !header) {
    return {};  // the system's loader refuses these by itself, in its own words
  }
  bool cut = false;
  std::uint64_t end = 0;
  const auto reach = [&](std::uint64_t begin, std::uint64_t length) {
    cut = cut || begin > size || length > size - begin;
    end = std::max(end, length > UINT64_MAX - begin ? UINT64_MAX : begin + length);
  };
  reach(header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr));
  reach(header->e_shoff, header->e_shnum * sizeof(Elf64_Shdr));
  for (const Elf64_Phdr& segment : elf.segments()) {
    reach(segment.p_offset, segment.p_filesz);
  }
  for (const Elf64_Shdr& section : elf.sections()) {
    if (section.sh_type != SHT_NOBITS) {  // zeros that are not in the file
      reach(section.sh_offset, section.sh_size);
    }
  }
  return cut ? fmt::format("{} is damaged or cut: it has {} bytes, and its headers need {}",
                           file.string(), size, end)
             : "";
}

std::string cuda_home_fault() {
  const std::string home = environment("POLYPATH_CUDA_HOME");
  std::error_code unknown;
  if (home.empty() || std::filesystem::is_directory(home, unknown)) {
    return {};
  }
  return fmt::format("POLYPATH_CUDA_HOME names {}, and there is no such folder", home);
}

std::vector<Path> cuda_library_folders() {
  std::vector<Path> folders = named_folders();
  for (const Path& folder : usual_folders()) {
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(folder);
    }
  }
  return folders;
}

std::string load_cuda_libraries(const Path& plugin) {
  if (const std::string fault = cuda_home_fault(); !fault.empty()) {
    return fault + "; correct it, or unset it to search the usual folders";
  }
  LibraryLoader loader;
  loader.load_needs_of(plugin);
  return loader.reason("the CUDA plug-in " + plugin.string());
}

void* open_vendor_library(const char* name, std::string& reason) {
  LibraryLoader loader;
  void* library = loader.open(name);
  if (library == nullptr) {
    reason = loader.reason("the GPU's SVD");
  }
  return library;
}

}  // namespace polypath

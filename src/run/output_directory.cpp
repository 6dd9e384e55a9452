#include "output_directory.hpp"

#include "polypath/record/file_names.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace polypath {
namespace fs = std::filesystem;
namespace {

void make_directory(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure || !fs::is_directory(path)) {
    throw CannotCreate(fmt::format(
        "cannot create the output directory {} ({}); nothing was run. Choose another place with -o",
        path.string(), failure ? failure.message() : "a file of that name is in the way"));
  }
}

bool only_contains_lock(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().filename() != ".lock") {
      return false;
    }
  }
  return true;
}

void refuse_other_settings(const fs::path& path, const ConfigDocument& document) {
  const std::string there = read_text_file(path / "resolved.toml");
  const auto differences = differing_keys(there, document.resolved);
  if (differences.empty()) {
    return;
  }
  constexpr std::size_t shown = 12;
  std::string list;
  for (std::size_t i = 0; i < differences.size() && i < shown; ++i) {
    list += "\n  " + differences[i];
  }
  if (differences.size() > shown) {
    list += fmt::format("\n  and {} more", differences.size() - shown);
  }
  throw CannotCreate(
      fmt::format("{} holds a run with other settings, which would be mixed with this "
                  "one:{}\n(here: {}, there: "
                  "this command.) Choose another -o, or --restart to delete what is there",
                  path.string(), list, "the directory"));
}

void empty_directory(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().filename() != ".lock") {
      fs::remove_all(entry.path());
    }
  }
}

}  // namespace

void replace_text_file(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + ".tmp";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code failure;
  if (file) {
    fs::rename(temporary, path, failure);
  }
  if (!file || failure) {
    throw IoError(fmt::format("cannot write {} ({}); is the disk full? Finished cells are kept",
                              path.string(), failure ? failure.message() : std::strerror(errno)));
  }
}

std::string read_text_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) {
    throw IoError(fmt::format("cannot read {} ({})", path.string(), std::strerror(errno)));
  }
  return text.str();
}

bool is_output_directory(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path / "resolved.toml", ignored) &&
         fs::is_regular_file(path / "config.toml", ignored) &&
         fs::is_directory(path / "cells", ignored);
}

OutputDirectory::OutputDirectory(const fs::path& path, const ConfigDocument& document, bool restart)
    : path_(path) {
  std::error_code ignored;
  const bool existed = fs::exists(path, ignored);
  const bool ours = is_output_directory(path);
  if (existed && fs::is_directory(path) && !ours && !only_contains_lock(path)) {
    throw CannotCreate(fmt::format(
        "{} exists and was not made by polypath; nothing was changed. Choose another -o",
        path.string()));
  }
  make_directory(path);
  lock_ = std::make_unique<RunLock>(path);
  if (ours && restart) {
    empty_directory(path);
  } else if (ours) {
    refuse_other_settings(path, document);
    return;
  }
  make_directory(cells());
  replace_text_file(path / "config.toml", document.text);
  replace_text_file(path / "resolved.toml", document.resolved);
}

bool OutputDirectory::cell_is_finished(Index number) const {
  if (fs::exists(cell_path(cells(), number))) {
    return true;
  }
  fs::remove(partial_cell_path(cells(), number));
  fs::remove(cells() / (cell_name(number) + ".tmp"));
  return false;
}

}  // namespace polypath

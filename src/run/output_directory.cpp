#include "output_directory.hpp"

#include "polypath/record/file_names.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include <fmt/format.h>

namespace polypath {
namespace fs = std::filesystem;
namespace {

void make_directory(const fs::path& path) {
  std::error_code failure;
  fs::create_directories(path, failure);
  if (failure || !fs::is_directory(path, failure)) {
    throw CannotCreate(fmt::format(
        "cannot create the output directory {} ({}); nothing was run. Choose another place with -o",
        path.string(), failure ? failure.message() : "a file of that name is in the way"));
  }
}

/// Names that a run leaves in its directory.
bool is_our_name(const std::string& name) {
  static const std::set<std::string> names{".lock",         "cells",         "config.toml",
                                           "resolved.toml", "progress.json", "index.h5"};
  return names.count(fs::path(name).extension() == ".tmp" ? fs::path(name).stem().string() : name) >
         0;
}

/// What a directory holds, other than a lock: names of ours, and names that no run put there.
struct Names {
  std::vector<std::string> ours;
  std::vector<std::string> foreign;
};

Names names_in(const fs::path& path) {
  Names names;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name != ".lock") {
      (is_our_name(name) ? names.ours : names.foreign).push_back(name);
    }
  }
  std::sort(names.ours.begin(), names.ours.end());
  return names;
}

/// A run that was cut off while it made its directory leaves names of ours, .lock the first of
/// them. Beside names that are not, or with another content, they are somebody else's, and would be
/// overwritten. Other files (a scheduler's log, lost+found) are in nobody's way and stay.
void refuse_others_files(const fs::path& path, const ConfigDocument& document, bool restart) {
  const Names names = names_in(path);
  if (!names.ours.empty() && !names.foreign.empty()) {
    throw CannotCreate(
        fmt::format("{} holds {} and {}, but no resolved.toml: it was not made by polypath, and {} "
                    "would be overwritten; nothing was changed. Choose another -o",
                    path.string(), names.ours.front(), names.foreign.front(), names.ours.front()));
  }
  const fs::path config = path / "config.toml";
  if (!restart && !fs::exists(path / ".lock") && fs::is_regular_file(config) &&
      read_text_file(config) != document.text) {
    throw CannotCreate(fmt::format(
        "{} is another config than the one to run, and would be overwritten by it; nothing was "
        "changed. Choose another -o, or move it away",
        config.string()));
  }
}

std::vector<std::string> differences(const fs::path& path, const ConfigDocument& document) {
  try {
    return differing_keys(document.resolved, read_text_file(path / "resolved.toml"));
  } catch (const BadData& failure) {
    throw CannotCreate(
        fmt::format("{} is damaged ({}), so what the directory holds is unknown. "
                    "Choose another -o, or --restart to delete what is there",
                    (path / "resolved.toml").string(), failure.what()));
  }
}

void refuse_other_settings(const fs::path& path, const ConfigDocument& document) {
  const auto differing = differences(path, document);
  if (differing.empty()) {
    return;
  }
  constexpr std::size_t shown = 12;
  std::string list;
  for (std::size_t i = 0; i < differing.size() && i < shown; ++i) {
    list += "\n  " + differing[i];
  }
  if (differing.size() > shown) {
    list += fmt::format("\n  and {} more", differing.size() - shown);
  }
  throw CannotCreate(
      fmt::format("{0} holds a run with other settings, which would be mixed with this one "
                  "(here: this command; there: {0}):{1}\nChoose another -o, or --restart to delete "
                  "what is there",
                  path.string(), list));
}

/// What is in `cells` of a directory without settings, other than what was left half made.
std::vector<std::string> kept_names(const fs::path& cells) {
  std::vector<std::string> kept;
  if (fs::exists(cells) && !fs::is_directory(cells)) {
    return {"cells, a file"};
  }
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(cells, missing)) {
    if (entry.path().extension() != ".tmp") {
      kept.push_back(entry.path().filename().string());
    }
  }
  std::sort(kept.begin(), kept.end());
  return kept;
}

/// A run that was cut off while it made its directory has no results yet.
void refuse_results_without_settings(const fs::path& path) {
  const auto kept = kept_names(path / "cells");
  if (kept.empty()) {
    return;
  }
  throw CannotCreate(fmt::format(
      "{0} holds results ({1}{2}) but no resolved.toml, so what settings they belong to is unknown "
      "and this run would have to delete them; nothing was deleted. Put resolved.toml back from a "
      "copy of the directory, choose another -o, or --restart to delete what is there",
      path.string(), kept.front(),
      kept.size() > 1 ? fmt::format(" and {} more", kept.size() - 1) : ""));
}

void delete_our_files(const fs::path& path) {
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    if (name != ".lock" && is_our_name(name)) {
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
    const std::string reason = failure ? failure.message() : std::strerror(errno);
    fs::remove(temporary, failure);
    throw IoError(fmt::format("cannot write {} ({}); is there such a folder, and room on the disk?",
                              path.string(), reason));
  }
}

void refuse_unwritable(const fs::path& output) {
  const fs::path probe = output.string() + ".probe";
  replace_text_file(probe, "");
  fs::remove(probe);
}

void refuse_output(const fs::path& output, const fs::path& source) {
  std::error_code unknown;
  const fs::path target = fs::weakly_canonical(output, unknown);
  const fs::path kept = fs::weakly_canonical(source, unknown);
  const bool own = target == kept || target.parent_path() == kept / "cells" ||
                   (target.parent_path() == kept && is_our_name(target.filename().string()));
  if (own) {
    throw CannotCreate(
        fmt::format("{} is what this command reads and would be overwritten; choose "
                    "another name",
                    output.string()));
  }
  if (fs::exists(target, unknown) && !fs::is_regular_file(target, unknown)) {
    throw CannotCreate(
        fmt::format("{} is not a regular file; choose another name", output.string()));
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
  return fs::is_regular_file(path / "resolved.toml", ignored);
}

OutputDirectory::OutputDirectory(const fs::path& path, const ConfigDocument& document, bool restart)
    : path_(path) {
  try {
    prepare(document, restart);
  } catch (const fs::filesystem_error& failure) {
    throw CannotCreate(
        fmt::format("cannot use {} as the output directory ({}); nothing was run. "
                    "Choose another place with -o",
                    path.string(), failure.code().message()));
  }
}

void OutputDirectory::prepare(const ConfigDocument& document, bool restart) {
  make_directory(path_);
  const bool ours = is_output_directory(path_);
  if (!ours) {
    refuse_others_files(path_, document, restart);
  }
  lock_ = std::make_unique<RunLock>(path_);
  if (ours && !restart) {
    refuse_other_settings(path_, document);
    make_directory(cells());
    return;
  }
  if (!ours && !restart) {
    refuse_results_without_settings(path_);
  }
  delete_our_files(path_);
  make_directory(cells());
  replace_text_file(path_ / "config.toml", document.text);
  replace_text_file(path_ / "resolved.toml", document.resolved);
}

void OutputDirectory::delete_cell(Index number) const {
  fs::remove(cell_path(cells(), number));
  fs::remove(partial_cell_path(cells(), number));
  fs::remove(cells() / (cell_name(number) + ".tmp"));
}

}  // namespace polypath

#include "finished_cell.hpp"

#include "polypath/core/error.hpp"
#include "polypath/record/cell_reader.hpp"
#include "polypath/record/file_names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace polypath {
namespace {

std::optional<CellContents> read_finished(const OutputDirectory& directory, Index number,
                                          Log& log) {
  const auto path = cell_path(directory.cells(), number);
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  try {
    return read_cell(path);
  } catch (const Error& failure) {
    log.warning("cell_damaged",
                fmt::format("cell {} was finished but cannot be read any more, so it is trained "
                            "again ({})",
                            number, failure.what()),
                {{"cell", number}});
    return std::nullopt;
  }
}

void refuse_other_input(const CellContents& contents, const char* name, const std::string& now,
                        const std::string& what) {
  const auto found = contents.attributes.find(name);
  if (found != contents.attributes.end() && found->second != now) {
    throw CannotCreate(fmt::format(
        "{} was made with another content of {} than it has now; mixing them in one run would be "
        "misleading. Choose another -o, or --restart to delete what is there",
        contents.path.string(), what));
  }
}

}  // namespace

std::optional<FinishedCell> find_finished_cell(const OutputDirectory& directory,
                                               const PreparedCell& cell, Log& log) {
  const auto contents = read_finished(directory, cell.number, log);
  if (!contents) {
    directory.delete_cell(cell.number);
    return std::nullopt;
  }
  if (contents->cell != cell.number) {
    throw CannotCreate(
        fmt::format("{} holds cell {}, which its name does not say: a renamed copy? This run needs "
                    "the name for cell {}; move the file away",
                    contents->path.string(), contents->cell, cell.number));
  }
  refuse_other_input(*contents, "data_checksum", cell.data->checksum, "the data");
  refuse_other_input(*contents, "init_checksum", cell.init_checksum, "init.file");
  FinishedCell finished{
      contents->members(), 0,
      contents->attribute("backend", "unknown") + ": " + contents->attribute("device", "unknown")};
  finished.diverged =
      std::count(contents->status.begin(), contents->status.end(), MemberStatus::diverged);
  return finished;
}

}  // namespace polypath

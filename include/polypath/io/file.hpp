#pragma once

#include "polypath/io/data_set.hpp"
#include "polypath/io/handle.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace polypath {

struct WriteFault;

/// A group of an open file. Names may be paths ("a/b/c"): groups on the way are made. What is in it
/// keeps the order in which it was made, without which netCDF's writers refuse to add to a file.
/// Every call may throw IoError.
class Group {
 public:
  Group(Handle handle, std::string where) : handle_(std::move(handle)), where_(std::move(where)) {}

  Group create_group(const std::string& name);
  /// Throws BadData when there is no such group.
  [[nodiscard]] Group open_group(const std::string& name) const;

  DataSet create_data_set(const std::string& name, Element element, const Extents& extents,
                          const Storage& storage = {});
  /// One-dimensional, of UTF-8 strings in room for the longest: Octave cannot read a group that
  /// has strings of variable length.
  DataSet create_text_data_set(const std::string& name, const std::vector<std::string>& values);
  /// Throws BadData when there is no such data set.
  [[nodiscard]] DataSet open_data_set(const std::string& name) const;

  [[nodiscard]] bool has_data_set(const std::string& name) const;
  [[nodiscard]] bool has_group(const std::string& name) const;
  /// The names of everything directly in this group, sorted.
  [[nodiscard]] std::vector<std::string> names() const;

  [[nodiscard]] const Handle& handle() const { return handle_; }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  Handle handle_;
  std::string where_;
};

/// An HDF5 file in the library's default format, without HDF5's own file locking (which fails on
/// some network file systems and keeps readers out; DIR/.lock does that work).
class File {
 public:
  /// For reading. Throws MissingInput (no such file, or not readable) or BadData (not an HDF5 file,
  /// or a damaged one; the message ends with `advice`: how such a file is had again).
  [[nodiscard]] static File open(const std::filesystem::path& path,
                                 const std::string& advice = "make it again");
  /// A new file, replacing what was there; messages call it `shown_as` where that is given (the
  /// name it will have once it is whole). Throws CannotCreate.
  [[nodiscard]] static File create(const std::filesystem::path& path,
                                   const std::filesystem::path& shown_as = {});

  [[nodiscard]] Group root() const;

  /// Hands everything written so far to the operating system. A write that failed since the last
  /// flush (disk full) is reported here or by close(), as a file keeps data back; the file is left
  /// as it is from then on, and every later flush() and close() throws too.
  void flush();
  /// Throws IoError when data could not be written. Groups and data sets of the file must be closed
  /// before.
  void close();

 private:
  File(Handle handle, std::string where, std::shared_ptr<WriteFault> fault)
      : handle_(std::move(handle)), where_(std::move(where)), fault_(std::move(fault)) {}
  void throw_if_failed() const;

  Handle handle_;
  std::string where_;
  std::shared_ptr<WriteFault> fault_;
};

/// Makes the bytes of `from` durable (fsync) and gives it the name `to`, replacing what was there.
/// Throws IoError.
void publish_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace polypath

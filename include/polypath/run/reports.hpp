#pragma once

#include <filesystem>
#include <string>

namespace polypath {

/// `polypath analyse`, as the command line gives it.
struct AnalyseOptions {
  std::filesystem::path directory;
  std::filesystem::path csv;   ///< empty: none
  std::filesystem::path json;  ///< empty: none
  bool learned = false;        ///< table and CSV over members that have learned a mode alone
};

/// Prints the statistics of every cell in DIR to standard output, writes them as CSV and JSON where
/// asked, and puts summary metrics of every member into DIR/index.h5 (unless a run holds DIR or it
/// cannot be written: says so). Works while a run goes on. Throws MissingInput when DIR is not an
/// output directory or holds no cell that can be read, IoError.
void analyse(const AnalyseOptions& options);

/// `polypath theory`.
struct TheoryOptions {
  std::filesystem::path source;  ///< a config, or an output directory
  std::filesystem::path output;  ///< HDF5 file, replaced
};

/// Of a config: phase portraits (figure 3) of its depths, and escape epochs of every mode by the
/// paper's equation and the product flow. Of a directory: those, and for every finished member the
/// course predicted from its K_a(0), winner, final split, and theory - simulation.
/// Throws MissingInput, BadData, CannotCreate, IoError.
void write_theory(const TheoryOptions& options);

}  // namespace polypath

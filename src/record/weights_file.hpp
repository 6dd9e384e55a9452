#pragma once

#include "polypath/record/cell_file.hpp"

#include <filesystem>

namespace polypath {

/// Writes one member's final weights to FOLDER/weights-N-SEED.h5 in the layout that init.file reads
/// (initial_weights/pathway_<a>/layer_<d>, units out x units in; initial_biases likewise, one
/// dimension), through a temporary name. Throws CannotCreate or IoError.
void write_weights_file(const std::filesystem::path& folder, const CellHeader& header,
                        const FinalWeights& weights);

/// Bytes of its numbers.
[[nodiscard]] Index bytes_of(const FinalWeights& weights);

}  // namespace polypath

#pragma once

#include <string>

namespace polypath {

/// The name of this machine; "unknown" where it has none.
[[nodiscard]] std::string host_name();

}  // namespace polypath

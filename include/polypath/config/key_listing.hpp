#pragma once

#include <string>

namespace polypath {

/// Every key of a config as TOML, its meaning and values in a comment above it; only keys with
/// `pattern` in name, values or meaning (no matter the case) when that is not empty. The listing of
/// all keys is a config that sets every default. Throws UsageError when no key has `pattern`.
[[nodiscard]] std::string key_listing(const std::string& pattern);

}  // namespace polypath

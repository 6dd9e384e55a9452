// POLYPATH_SIMCUDA_*: the configuration of a simulator that a program loaded as a plug-in.
#include "report.hpp"
#include "runtime.hpp"

#include <cstdlib>
#include <string>

namespace simcuda {
namespace {

[[noreturn]] void bad_setting(const char* name, const std::string& value, const char* expected) {
  violation("%s=%s is not understood: expected %s", name, value.c_str(), expected);
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::uint64_t number(const char* name, const std::string& text, const char* expected) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || text[0] == '-' || *end != '\0') {
    bad_setting(name, text, expected);
  }
  return value;
}

std::size_t memory_size(const char* name, std::string text) {
  constexpr const char* kExpected = "bytes, with an optional K, M or G";
  std::size_t unit = 1;
  const std::string suffixes = "KMG";
  const std::size_t suffix = text.empty() ? std::string::npos : suffixes.find(text.back());
  if (suffix != std::string::npos) {
    unit = std::size_t{1} << (10 * (suffix + 1));
    text.pop_back();
  }
  return number(name, text, kExpected) * unit;
}

// Splits "a:b:c"; a missing part is empty.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// [api:]n[:error[:kind]], the api only where `with_api`.
Fault fault_setting(const char* name, const std::string& text, bool with_api) {
  constexpr const char* kExpected =
      "n[:error number[:once|sticky|asynchronous]] (FAIL_API: api:n[...])";
  std::vector<std::string> parts = parts_of(text);
  Fault fault;
  if (with_api) {
    fault.api = parts.front();
    parts.erase(parts.begin());
  }
  if (parts.empty() || parts.size() > 3) {
    bad_setting(name, text, kExpected);
  }
  fault.nth = number(name, parts[0], kExpected);
  if (parts.size() > 1) {
    fault.error = static_cast<cudaError_t>(number(name, parts[1], kExpected));
  }
  const std::string kind = parts.size() > 2 ? parts[2] : "once";
  if (kind == "sticky") {
    fault.kind = FaultKind::sticky;
  } else if (kind == "asynchronous") {
    fault.kind = FaultKind::asynchronous;
  } else if (kind != "once") {
    bad_setting(name, text, kExpected);
  }
  return fault;
}

template <class Value>
void choose(const char* name, Value& value,
            std::initializer_list<std::pair<const char*, Value>> choices) {
  const std::string text = setting(name);
  std::string expected;
  for (const auto& choice : choices) {
    if (text == choice.first) {
      value = choice.second;
      return;
    }
    expected += expected.empty() ? choice.first : std::string(" or ") + choice.first;
  }
  if (!text.empty()) {
    bad_setting(name, text, expected.c_str());
  }
}

void set_capability(Config& config, const char* name) {
  const std::string text = setting(name);
  const std::size_t dot = text.find('.');
  if (text.empty()) {
    return;
  }
  if (dot == std::string::npos) {
    bad_setting(name, text, "major.minor");
  }
  config.compute_major = static_cast<int>(number(name, text.substr(0, dot), "major.minor"));
  config.compute_minor = static_cast<int>(number(name, text.substr(dot + 1), "major.minor"));
}

}  // namespace

Config config_from_environment() {
  Config config;
  choose("POLYPATH_SIMCUDA_ORDER", config.order,
         {{"forward", Order::forward}, {"reverse", Order::reverse}, {"random", Order::random}});
  choose("POLYPATH_SIMCUDA_MODE", config.mode,
         {{"eager", Mode::eager}, {"deferred", Mode::deferred}});
  choose("POLYPATH_SIMCUDA_PROTECTION", config.protection,
         {{"automatic", Protection::automatic},
          {"page_permissions", Protection::page_permissions},
          {"off", Protection::off}});
  choose("POLYPATH_SIMCUDA_LOADING", config.loading,
         {{"lazy", Loading::lazy}, {"eager", Loading::eager}});
  choose("POLYPATH_SIMCUDA_SPLIT_K", config.split_k, {{"0", false}, {"1", true}});
  choose("POLYPATH_SIMCUDA_SVD_DIVERGES", config.svd_diverges, {{"0", false}, {"1", true}});
  if (const std::string text = setting("POLYPATH_SIMCUDA_GEMM_TILE"); !text.empty()) {
    config.gemm_tile =
        static_cast<int>(number("POLYPATH_SIMCUDA_GEMM_TILE", text, "a whole number"));
  }
  set_capability(config, "POLYPATH_SIMCUDA_CAPABILITY");
  if (const std::string text = setting("POLYPATH_SIMCUDA_MEMORY"); !text.empty()) {
    config.device_bytes = memory_size("POLYPATH_SIMCUDA_MEMORY", text);
  }
  if (const std::string text = setting("POLYPATH_SIMCUDA_SEED"); !text.empty()) {
    config.seed = number("POLYPATH_SIMCUDA_SEED", text, "a whole number");
  }
  if (const std::string text = setting("POLYPATH_SIMCUDA_DEVICES"); !text.empty()) {
    config.device_count =
        static_cast<int>(number("POLYPATH_SIMCUDA_DEVICES", text, "a whole number"));
  }
  return config;
}

void inject_faults_from_environment() {
  for (const char* name : {"POLYPATH_SIMCUDA_FAIL_NTH", "POLYPATH_SIMCUDA_FAIL_API"}) {
    const std::string text = setting(name);
    if (!text.empty()) {
      inject_fault(fault_setting(name, text, std::string(name).ends_with("API")));
    }
  }
  const char* lose = "POLYPATH_SIMCUDA_LOSE_DEVICE_AT";
  if (const std::string text = setting(lose); !text.empty()) {
    const std::uint64_t nth = number(lose, text, "the number of the call that finds it lost");
    inject_fault({"*", nth, cudaErrorLaunchFailure, FaultKind::sticky});
  }
}

}  // namespace simcuda

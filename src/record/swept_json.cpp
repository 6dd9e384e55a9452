#include "swept_json.hpp"

#include <nlohmann/json.hpp>

namespace polypath {
namespace {

using Json = nlohmann::ordered_json;

/// TOML's plain scalars and arrays are JSON; what is not JSON is kept as text.
Json parse_value(const std::string& value) {
  Json parsed = Json::parse(value, nullptr, false);
  return parsed.is_discarded() || parsed.is_object() ? Json(value) : parsed;
}

}  // namespace

std::string swept_to_json(const std::vector<SweptValue>& swept) {
  Json object = Json::object();
  for (const auto& [key, value] : swept) {
    object[key] = parse_value(value);
  }
  return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<SweptValue> swept_from_json(const std::string& text) {
  std::vector<SweptValue> swept;
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) {
    return swept;
  }
  for (const auto& [key, value] : object.items()) {
    const auto* string = value.get_ptr<const Json::string_t*>();
    const bool is_toml =
        string != nullptr && !string->empty() && (string->front() == '{' || string->front() == '[');
    swept.push_back({key, is_toml ? *string : value.dump()});
  }
  return swept;
}

bool swept_number(const std::string& value, double& number) {
  const Json parsed = Json::parse(value, nullptr, false);
  if (!parsed.is_number()) {
    return false;
  }
  number = parsed.get<double>();
  return true;
}

std::string swept_text(const std::string& value) {
  const Json parsed = Json::parse(value, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : value;
}

}  // namespace polypath

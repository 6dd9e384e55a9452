#pragma once

#include "settings.hpp"

#include <array>
#include <string>
#include <string_view>

namespace polypath::config {

template <class Enum>
struct Named {
  Enum value;
  std::string_view name;
};

/// How each value is spelt in a config, in the order in which messages list them. A new enumerator
/// is one more line here.
template <class Enum>
inline constexpr int names_of = 0;

template <>
inline constexpr auto names_of<Task> = std::to_array<Named<Task>>({
    {Task::hierarchy, "hierarchy"},
    {Task::random, "random"},
    {Task::file, "file"},
});

template <>
inline constexpr auto names_of<CorrelationKind> = std::to_array<Named<CorrelationKind>>({
    {CorrelationKind::sum, "sum"},
    {CorrelationKind::mean, "mean"},
});

template <>
inline constexpr auto names_of<SvdPlace> = std::to_array<Named<SvdPlace>>({
    {SvdPlace::automatic, "auto"},
    {SvdPlace::device, "device"},
    {SvdPlace::host, "host"},
});

template <>
inline constexpr auto names_of<Activation> = std::to_array<Named<Activation>>({
    {Activation::linear, "linear"},
    {Activation::tanh, "tanh"},
    {Activation::relu, "relu"},
});

template <>
inline constexpr auto names_of<InitMethod> = std::to_array<Named<InitMethod>>({
    {InitMethod::gaussian, "gaussian"},
    {InitMethod::file, "file"},
    {InitMethod::projected, "projected"},
    {InitMethod::sampled, "sampled"},
});

template <>
inline constexpr auto names_of<InitScheme> = std::to_array<Named<InitScheme>>({
    {InitScheme::fixed, "fixed"},
    {InitScheme::scaled, "scaled"},
    {InitScheme::orthogonal, "orthogonal"},
});

template <>
inline constexpr auto names_of<Loss> = std::to_array<Named<Loss>>({
    {Loss::sum_squares, "sum_squares"},
    {Loss::half_sum_squares, "half_sum_squares"},
    {Loss::mean_squares, "mean_squares"},
});

template <>
inline constexpr auto names_of<PrecisionChoice> = std::to_array<Named<PrecisionChoice>>({
    {PrecisionChoice::automatic, "auto"},
    {PrecisionChoice::float32, "float32"},
    {PrecisionChoice::float64, "float64"},
});

template <>
inline constexpr auto names_of<Precision> = std::to_array<Named<Precision>>({
    {Precision::float32, "float32"},
    {Precision::float64, "float64"},
});

template <>
inline constexpr auto names_of<ModesRecorded> = std::to_array<Named<ModesRecorded>>({
    {ModesRecorded::full, "full"},
    {ModesRecorded::diagonal, "diagonal"},
});

template <>
inline constexpr auto names_of<WeightsRecorded> = std::to_array<Named<WeightsRecorded>>({
    {WeightsRecorded::none, "none"},
    {WeightsRecorded::final, "final"},
});

template <>
inline constexpr auto names_of<LayersRecorded> = std::to_array<Named<LayersRecorded>>({
    {LayersRecorded::none, "none"},
    {LayersRecorded::initial, "initial"},
    {LayersRecorded::all, "all"},
});

template <class Enum>
[[nodiscard]] std::string name_of(Enum value) {
  for (const auto& named : names_of<Enum>) {
    if (named.value == value) {
      return std::string(named.name);
    }
  }
  return {};
}

}  // namespace polypath::config

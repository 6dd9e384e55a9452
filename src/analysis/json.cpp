#include "polypath/analysis/measures.hpp"
#include "polypath/core/build_info.hpp"

#include "report_text.hpp"

#include <nlohmann/json.hpp>

namespace polypath::analysis {
namespace {

using Json = nlohmann::ordered_json;

// nlohmann writes NaN as null, which is what JSON has for it.

Json interval_json(const Interval& interval) { return Json::array({interval.low, interval.high}); }

Json method_json(IntervalMethod method) {
  return method == IntervalMethod::none ? Json() : Json(method_name(method));
}

Json optional_index(Index value, Index from) { return value >= from ? Json(value) : Json(); }

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json summary_json(const Summary& summary) {
  Json quantiles = Json::object();
  for (std::size_t i = 0; i < quantile_levels.size(); ++i) {
    quantiles[number_text(quantile_levels[i], 2)] = summary.quantiles[i];
  }
  return {{"members", summary.count},
          {"undefined", summary.undefined},
          {"mean", summary.mean},
          {"mean_interval", interval_json(summary.mean_interval)},
          {"interval_method", method_json(summary.method)},
          {"deviation", summary.deviation},
          {"minimum", summary.minimum},
          {"maximum", summary.maximum},
          {"quantiles", quantiles}};
}

Json quantity_json(const QuantityStatistics& statistics) {
  const Quantity& quantity = statistics.quantity;
  Json json{{"quantity", quantity.name},
            {"mode", optional_index(quantity.mode, 1)},
            {"group", optional_index(quantity.group, 0)},
            {"pathway", optional_index(quantity.pathway, 0)},
            {"order", optional_index(quantity.order, 1)}};
  json.update(summary_json(statistics.summary));
  json["learned"] = summary_json(statistics.learned);
  return json;
}

Json swept_json(const CellStatistics& cell) {
  Json swept = Json::object();
  for (const auto& [key, value] : cell.swept) {
    const Json parsed = Json::parse(value, nullptr, false);
    swept[key] = parsed.is_discarded() ? Json(value) : parsed;
  }
  return swept;
}

Json settings_json(const CellSettings& settings) {
  return {{"depths", settings.depths},
          {"width", optional_json(settings.width)},
          {"gain", optional_json(settings.gain)},
          {"sigma", settings.config.init.sigma},
          {"activation", to_string(settings.config.network.activation)},
          {"learning_rate", settings.config.train.learning_rate},
          {"epochs", settings.config.train.epochs}};
}

Json winner_json(const WinnerStatistics& winner) {
  return {{"mode", optional_index(winner.mode, 1)},
          {"group", winner.group},
          {"pathway", winner.pathway},
          {"wins", winner.wins},
          {"members", winner.members},
          {"probability", winner.probability},
          {"interval", interval_json(winner.interval)}};
}

Json histogram_json(const ShareHistogram& histogram) {
  return {{"mode", histogram.mode},
          {"pathway", histogram.pathway},
          {"below", histogram.below},
          {"counts", histogram.counts},
          {"above", histogram.above}};
}

Json correlation_json(const WinnerCorrelation& pair) {
  return {{"modes", {pair.mode_a, pair.mode_b}},
          {"members", pair.members},
          {"same", pair.same},
          {"same_probability", pair.same_probability},
          {"same_interval", interval_json(pair.same_interval)},
          {"chance", pair.chance},
          {"correlation", pair.correlation},
          {"interval", interval_json(pair.interval)}};
}

template <class T, class Make>
Json list_json(const std::vector<T>& items, const Make& make) {
  Json list = Json::array();
  for (const auto& item : items) {
    list.push_back(make(item));
  }
  return list;
}

/// Mode by mode.
Json learned_json(const CellStatistics& cell) {
  Json list = Json::array();
  for (std::size_t place = 0; place < cell.target.size(); ++place) {
    list.push_back(cell.learned_members(static_cast<Index>(place) + 1));
  }
  return list;
}

Json cell_json(const CellStatistics& cell) {
  return {{"cell", cell.cell},
          {"swept", swept_json(cell)},
          {"settings", cell.settings ? settings_json(*cell.settings) : Json()},
          {"growing", cell.growing},
          {"modes_recorded", cell.diagonal ? "diagonal" : "full"},
          {"pathways", cell.pathways},
          {"members", cell.members},
          {"finished", cell.finished},
          {"diverged", cell.diverged},
          {"unfinished", cell.unfinished},
          {"S", cell.S},
          {"target", cell.target},
          {"mode_group", cell.group},
          {"learned_members", learned_json(cell)},
          {"quantities", list_json(cell.quantities, quantity_json)},
          {"winners", list_json(cell.winners, winner_json)},
          {"share_histograms", list_json(cell.histograms, histogram_json)},
          {"winner_correlations", list_json(cell.correlations, correlation_json)}};
}

Json absent_json(const AbsentCell& absent) {
  return {{"cell", absent.cell}, {"x", absent.x}, {"why", absent.why}};
}

Json coverage_json(const Coverage& coverage) {
  return {{"cells", coverage.cells},
          {"cells_planned", coverage.cells_planned},
          {"members", coverage.members},
          {"members_planned", coverage.members_planned},
          {"missing", coverage.missing}};
}

Json fit_json(const DominanceFit& fit) {
  return {{"against", against_name(fit.against)},
          {"mode", fit.mode},
          {"held", fit.held},
          {"cells", fit.cells},
          {"x", fit.x},
          {"mean", fit.mean},
          {"members", fit.members},
          {"learned", fit.learned},
          {"absent", list_json(fit.absent, absent_json)},
          {"slope", fit.slope},
          {"intercept", fit.intercept},
          {"interval", interval_json(fit.interval)}};
}

}  // namespace

std::string json_text(const Ensemble& ensemble) {
  Json json{{"directory", ensemble.directory.string()},
            {"program_version", build_info().version},
            {"git_revision", build_info().git_revision},
            {"confidence", confidence},
            {"learned_from", learned_from},
            {"coverage", coverage_json(ensemble.coverage)},
            {"notes", ensemble.notes},
            {"cells", list_json(ensemble.cells, cell_json)},
            {"fits", list_json(ensemble.fits, fit_json)},
            {"learned_fits", list_json(ensemble.learned_fits, fit_json)}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace polypath::analysis

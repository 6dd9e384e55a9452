#include "enum_names.hpp"

namespace polypath {

std::string to_string(Precision precision) { return config::name_of(precision); }
std::string to_string(Activation activation) { return config::name_of(activation); }
std::string to_string(Loss loss) { return config::name_of(loss); }
std::string to_string(Task task) { return config::name_of(task); }
std::string to_string(CorrelationKind correlation) { return config::name_of(correlation); }
std::string to_string(SvdPlace place) { return config::name_of(place); }
std::string to_string(InitMethod method) { return config::name_of(method); }
std::string to_string(InitScheme scheme) { return config::name_of(scheme); }
std::string to_string(ModesRecorded modes) { return config::name_of(modes); }
std::string to_string(WeightsRecorded weights) { return config::name_of(weights); }
std::string to_string(LayersRecorded layers) { return config::name_of(layers); }

}  // namespace polypath

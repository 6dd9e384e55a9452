// Whole epochs of the trainer on one backend: the paper's data, two pathways of equal width.
//
//   polypath_epochs [cuda|cpu] [--cases 1000:3:1,1000:3:32:4+8] [--delays 1,auto]
//       times every case (N : D : members : more delays), its delays in turn, and prints a table;
//       --json FILE writes it as well
//   polypath_epochs [cuda|cpu] --serve
//       is told through a pipe what to time, so that others can be timed in turn with it
//   polypath_epochs [cuda|cpu] --plain EPOCHS --cases 1000:3:1
//       trains without timing and without recorded blocks: for profilers
#include "polypath/backend/backend.hpp"
#include "polypath/backend/machine_limits.hpp"
#include "polypath/core/error.hpp"
#include "polypath/data/dataset.hpp"
#include "polypath/data/modes.hpp"
#include "polypath/init/initial_weights.hpp"
#include "polypath/plan/arena.hpp"
#include "polypath/plan/delay.hpp"
#include "polypath/train/trainer.hpp"

#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace polypath {
namespace {

using Json = nlohmann::ordered_json;

const std::map<std::string, Activation> activations{
    {"linear", Activation::linear}, {"tanh", Activation::tanh}, {"relu", Activation::relu}};
const std::map<std::string, Precision> precisions{{"float32", Precision::float32},
                                                  {"float64", Precision::float64}};

/// What the command line asks for.
struct Options {
  BackendOptions backend{BackendKind::cuda, 1};
  std::vector<std::string> cases{"1000:3:1"};  ///< N:D:members[:delay+delay]
  std::vector<std::string> delays{"1", "auto"};
  std::string activation = "linear";
  std::string precision = "float32";
  Index rounds = 5;
  double seconds = 0.3;
  Index plain = 0;
  bool serve = false;
  std::string json;
};

/// The parts of `text` between separators.
std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) {
    parts.push_back(part);
  }
  return parts;
}

/// Throws UsageError where `text` is not a whole number from 1 to `largest`.
Index positive_number(const std::string& text, Index largest, const char* what) {
  std::size_t used = 0;
  Index number = 0;
  try {
    number = std::stoll(text, &used);
  } catch (const std::logic_error&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || number < 1 || number > largest) {
    throw UsageError(fmt::format("`{}` is no {}; give a number from 1 to {}", text, what, largest));
  }
  return number;
}

/// "auto", or a number of epochs.
Index delay_of(const std::string& text, const ArenaRequest& request, bool on_device) {
  if (text == "auto") {
    return on_device ? choose_device_delay(request) : choose_delay(request);
  }
  return positive_number(text, 64, "delay of updates (or auto)");
}

/// Takes the time from the first record to the last: E epochs and one record.
class Stopwatch final : public Observer {
 public:
  explicit Stopwatch(Index last) : last_(last) {}
  void record(const Record& record) override {
    if (record.epoch == 0) {
      start_ = std::chrono::steady_clock::now();
    } else if (record.epoch == last_ && !ended_) {
      ended_ = true;
      seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    }
  }
  void progress(Index /*epoch*/) override {}
  void member_done(Index /*member*/, MemberStatus status, Index /*stopped_epoch*/,
                   double /*final_loss*/) override {
    diverged_ = diverged_ || status != MemberStatus::finished;
  }
  [[nodiscard]] double seconds() const {
    if (diverged_ || !ended_) {
      throw BadData("a member diverged, so epochs were left out; use a smaller learning rate");
    }
    return seconds_;
  }

 private:
  Index last_;
  std::chrono::steady_clock::time_point start_;
  double seconds_ = 0.0;
  bool ended_ = false;
  bool diverged_ = false;
};

/// A trainer on a backend of its own, kept warm.
class PreparedCase {
 public:
  /// `asked`: depth, width, activation, members, precision, delay, and optionally sigma (default:
  /// sigma sqrt(N) = 0.316) and learning_rate.
  PreparedCase(const BackendOptions& options, const Json& asked)
      : backend_(make_backend(options)), data_(hierarchy_dataset(4, 2)) {
    const auto width = asked.at("width").get<Index>();
    const auto depth = asked.at("depth").get<Index>();
    members_ = asked.at("members").get<Index>();
    if (width < 1 || depth < 2 || members_ < 1) {
      throw UsageError("a network has a width of at least 1, a depth of at least 2, a member");
    }
    NetworkConfig network;
    network.pathways.assign(2, {std::vector<Index>(static_cast<std::size_t>(depth - 1), width)});
    const NetworkShape shape = network_shape(network, data_.inputs(), data_.outputs());
    modes_ = find_modes(data_, CorrelationKind::sum);
    TrainerSettings settings;
    settings.request = {shape,
                        data_.examples(),
                        static_cast<Index>(modes_.S.size()),
                        members_,
                        precisions.at(asked.at("precision").get<std::string>()),
                        false,
                        1};
    settings.request.delay = delay_of(asked.value("delay", std::string("1")), settings.request,
                                      backend_->device_memory().has_value());
    settings.activation = activations.at(asked.at("activation").get<std::string>());
    settings.learning_rate = asked.value("learning_rate", 0.01);
    delay_ = settings.request.delay;
    weight_bytes_ = shape.weights() * members_ *
                    (settings.request.precision == Precision::float32 ? Index{4} : Index{8});
    trainer_ = make_trainer(*backend_, settings, data_, modes_);
    InitConfig init;
    init.sigma = asked.value("sigma", 0.01 * std::sqrt(1000.0 / static_cast<double>(width)));
    const auto weights = gaussian_weights(init, shape);
    // All that a profiler should see of the set-up is one member's.
    const Index drawn = asked.value("one_drawn", false) ? 1 : members_;
    for (Index m = 0; m < drawn; ++m) {
      weights->write(m, *backend_, trainer_->weights(m));
    }
  }

  /// Seconds of one training through `epochs` updates, no warm-up.
  double train(Index epochs) {
    if (epochs < 1) {
      throw UsageError("ask for at least 1 epoch");
    }
    Stopwatch stopwatch(epochs);
    trainer_->run({0, epochs}, stopwatch, {});
    backend_->synchronise();
    return stopwatch.seconds();
  }

  /// The same once a number of epochs came before: where blocks are recorded, first every kind of
  /// epoch runs plainly, then blocks are recorded, from then on they are replayed.
  double warm_seconds(Index epochs) {
    if (epochs != warm_epochs_) {
      warm_up_.clear();
      for (int run = 0; run < 3; ++run) {
        warm_up_.push_back(train(epochs));
      }
      warm_epochs_ = epochs;
    }
    return train(epochs);
  }

  [[nodiscard]] Index members() const { return members_; }
  [[nodiscard]] Index delay() const { return delay_; }
  /// Seconds of the runs that came before the first one timed at this length.
  [[nodiscard]] const std::vector<double>& warm_up() const { return warm_up_; }
  /// Bytes of weights that an epoch has to move at least, were nothing kept in a cache: read
  /// forward, read backward, read and written by an update every `delay` epochs.
  [[nodiscard]] double traffic() const {
    const double passes = delay_ == 1 ? 4.0 : 2.0 + 2.0 / static_cast<double>(delay_);
    return passes * static_cast<double>(weight_bytes_);
  }

 private:
  std::unique_ptr<Backend> backend_;
  Dataset data_;
  Modes modes_;
  std::unique_ptr<Trainer> trainer_;
  Index members_ = 1;
  Index delay_ = 1;
  Index weight_bytes_ = 0;
  Index warm_epochs_ = 0;
  std::vector<double> warm_up_;
};

Json about(const BackendOptions& options) {
  const BackendInfo info = make_backend(options)->info();
  return {{"backend", info.name},
          {"device", info.device},
          {"architecture", info.simd_target},
          {"libraries", info.libraries}};
}

/// One command of the protocol that bench/comparison/rival.py describes.
Json answer(const BackendOptions& options, const Json& message,
            std::vector<std::unique_ptr<PreparedCase>>& prepared) {
  const std::string command = message.at("command");
  if (command == "prepare") {
    prepared.push_back(std::make_unique<PreparedCase>(options, message));
    return {{"key", prepared.size() - 1},
            {"members", prepared.back()->members()},
            {"delay", prepared.back()->delay()},
            {"traffic_bytes", prepared.back()->traffic()}};
  }
  if (command == "time") {
    PreparedCase& timed = *prepared.at(message.at("key").get<std::size_t>());
    const double seconds = timed.warm_seconds(message.at("epochs").get<Index>());
    return {{"seconds", seconds}, {"warm_up_seconds", timed.warm_up()}};
  }
  if (command == "drop") {
    prepared.clear();
    return Json::object();
  }
  throw UsageError("`" + command + "` is no command; give prepare, time, drop or quit");
}

int serve(const BackendOptions& options) {
  std::cout << about(options).dump() << std::endl;
  std::vector<std::unique_ptr<PreparedCase>> prepared;
  std::string line;
  while (std::getline(std::cin, line)) {
    Json reply;
    try {
      const Json message = Json::parse(line);
      if (message.at("command") == "quit") {
        break;
      }
      reply = answer(options, message, prepared);
    } catch (const std::exception& failure) {  // told to the parent, which goes on with others
      reply = {{"error", failure.what()}};
    }
    std::cout << reply.dump() << std::endl;
  }
  return 0;
}

/// A delay of one case, timed in rounds.
struct Contestant {
  std::string label;
  std::unique_ptr<PreparedCase> timed;
  Index epochs = 0;
  std::vector<double> milliseconds;  ///< per epoch and member
};

/// Milliseconds per epoch and member of each of `delays`, one after the other in every round.
Json time_case(const Options& options, const Json& asked, const std::vector<std::string>& delays) {
  std::vector<Contestant> contestants;
  Json result{{"case", asked}, {"results", Json::array()}, {"left_out", Json::array()}};
  for (const std::string& delay : delays) {
    Json one = asked;
    one["delay"] = delay;
    try {
      Contestant contestant{"", std::make_unique<PreparedCase>(options.backend, one), 0, {}};
      contestant.label = fmt::format("polypath delay {}{}", contestant.timed->delay(),
                                     delay == "auto" ? " (auto)" : "");
      const double epoch = contestant.timed->warm_seconds(4) / 4.0;
      contestant.epochs =
          std::clamp<Index>(static_cast<Index>(options.seconds / std::max(epoch, 1e-9)), 5, 20000);
      contestants.push_back(std::move(contestant));
    } catch (const OutOfMemory& failure) {
      result["left_out"].push_back({{"delay", delay}, {"reason", failure.what()}});
    }
  }
  for (Index round = 0; round < options.rounds; ++round) {
    for (Contestant& one : contestants) {
      const auto shared = static_cast<double>(one.epochs * one.timed->members());
      one.milliseconds.push_back(1e3 * one.timed->warm_seconds(one.epochs) / shared);
    }
  }
  for (const Contestant& one : contestants) {
    const Spread spread = spread_of(one.milliseconds);
    const double epoch_seconds = 1e-3 * spread.median * static_cast<double>(one.timed->members());
    result["results"].push_back(
        {{"label", one.label},
         {"delay", one.timed->delay()},
         {"median_ms", spread.median},
         {"min_ms", spread.least},
         {"max_ms", spread.greatest},
         {"epochs", one.epochs},
         {"rounds_ms", one.milliseconds},
         {"warm_up_seconds", one.timed->warm_up()},
         {"gigabytes_per_second", 1e-9 * one.timed->traffic() / epoch_seconds}});
  }
  return result;
}

void write(const std::string& file, const Json& report) {
  if (file.empty()) {
    return;
  }
  std::ofstream out(file);
  out << report.dump(1) << '\n';
  out.close();
  if (!out) {
    throw IoError(file + " cannot be written, so the times would be lost; free space on its disk");
  }
}

/// Calls body(case, delays) for every case asked for.
template <class Body>
void for_each_case(const Options& options, const Body& body) {
  for (const std::string& text : options.cases) {
    const std::vector<std::string> parts = split(text, ':');
    if (parts.size() < 3 || parts.size() > 4) {
      throw UsageError("`" + text + "` is no case; give N:D:members or N:D:members:delay+delay");
    }
    std::vector<std::string> delays = options.delays;
    if (parts.size() == 4) {
      const auto more = split(parts[3], '+');
      delays.insert(delays.end(), more.begin(), more.end());
    }
    constexpr Index largest = Index{1} << 30;
    body(Json{{"depth", positive_number(parts[1], largest, "depth")},
              {"width", positive_number(parts[0], largest, "width")},
              {"activation", options.activation},
              {"members", positive_number(parts[2], largest, "number of members")},
              {"precision", options.precision}},
         delays);
  }
}

/// What a block costs before it is replayed: capturing and instantiating it, where graphs are used.
void print_warm_up(const Json& row, double members) {
  const auto epochs = row["epochs"].get<double>();
  const auto first = row["warm_up_seconds"].get<std::vector<double>>();
  fmt::print("{:>20} {} epochs: {:.3f} ms at first, {:.3f}, {:.3f}, then {:.3f}\n", "", epochs,
             1e3 * first[0], 1e3 * first[1], 1e3 * first[2],
             epochs * members * row["median_ms"].get<double>());
}

void print_table(const Options& options) {
  Json report = about(options.backend);
  fmt::print("{}: {}, {}, {}\n", report["backend"].get<std::string>(),
             report["device"].get<std::string>(), report["architecture"].get<std::string>(),
             report["libraries"].get<std::string>());
  fmt::print("{:>6} {:>3} {:>8}  {:<20} {:>12} {:>12} {:>12} {:>8}\n", "N", "D", "members", "",
             "ms/epoch", "least", "greatest", "GB/s");
  report["cases"] = Json::array();
  for_each_case(options, [&](const Json& asked, const std::vector<std::string>& delays) {
    const Json found = time_case(options, asked, delays);
    const auto members = asked["members"].get<double>();
    for (const Json& row : found["results"]) {
      fmt::print("{:>6} {:>3} {:>8}  {:<20} {:>12.5f} {:>12.5f} {:>12.5f} {:>8.1f}\n",
                 asked["width"].get<Index>(), asked["depth"].get<Index>(), members,
                 row["label"].get<std::string>(), members * row["median_ms"].get<double>(),
                 members * row["min_ms"].get<double>(), members * row["max_ms"].get<double>(),
                 row["gigabytes_per_second"].get<double>());
      print_warm_up(row, members);
    }
    for (const Json& row : found["left_out"]) {
      fmt::print("delay {}: left out, {}\n", row["delay"].get<std::string>(),
                 row["reason"].get<std::string>());
    }
    std::fflush(stdout);
    report["cases"].push_back(found);
    write(options.json, report);  // after every case: what is there stays there
  });
}

void train_plainly(const Options& options) {
  for_each_case(options, [&](Json asked, const std::vector<std::string>& delays) {
    asked["one_drawn"] = true;
    asked["delay"] = delays.front();
    PreparedCase timed(options.backend, asked);
    const double seconds = timed.train(options.plain);
    fmt::print("{} epochs of {} members, delay {}: {:.3f} ms\n", options.plain, timed.members(),
               timed.delay(), 1e3 * seconds);
  });
}

void run(const Options& options) {
  if (options.plain > 0) {
    train_plainly(options);
  } else {
    print_table(options);
  }
}

void add_options(CLI::App& app, Options& options) {
  const std::map<std::string, BackendKind> backends{{"cpu", BackendKind::cpu},
                                                    {"cuda", BackendKind::cuda}};
  app.add_option("BACKEND", options.backend.kind, "cuda or cpu")
      ->transform(CLI::CheckedTransformer(backends).description(""));
  app.add_option("--threads", options.backend.threads, "of the cpu backend, in one member");
  app.add_option("--cases", options.cases, "N:D:members[:delay+delay], separated by commas")
      ->delimiter(',');
  app.add_option("--delays", options.delays, "epochs between updates of W, or auto")
      ->delimiter(',');
  app.add_option("--activation", options.activation)
      ->check(CLI::IsMember({"linear", "tanh", "relu"}));
  app.add_option("--precision", options.precision)->check(CLI::IsMember({"float32", "float64"}));
  app.add_option("--rounds", options.rounds)->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "of one timing")->check(CLI::PositiveNumber);
  app.add_option("--plain", options.plain, "train so many epochs and time nothing")
      ->check(CLI::PositiveNumber);
  app.add_option("--json", options.json, "write everything there");
  app.add_flag("--serve", options.serve, "JSON commands from standard input, one a line");
}

}  // namespace
}  // namespace polypath

int main(int argc, char** argv) {
  CLI::App app("Times whole epochs of the trainer.", "polypath_epochs");
  polypath::Options options;
  polypath::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    if (options.serve) {
      return polypath::serve(options.backend);
    }
    polypath::run(options);
  } catch (const polypath::Error& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return static_cast<int>(error.code());
  }
  return 0;
}

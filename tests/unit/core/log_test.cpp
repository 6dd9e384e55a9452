#include "polypath/core/log.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace polypath {
namespace {

struct Capture {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), std::fclose};

  std::string text() const {
    std::fflush(file.get());
    std::rewind(file.get());
    std::string result(1 << 16, '\0');
    result.resize(std::fread(result.data(), 1, result.size(), file.get()));
    return result;
  }
};

TEST(Log, WritesSentencesForPeople) {
  const Capture capture;
  Log log(capture.file.get(), LogFormat::text, false);
  log.note("started", "a run starts");
  log.warning("odd", "this is odd");
  EXPECT_EQ(capture.text(), "a run starts\nwarning: this is odd\n");
}

TEST(Log, GoesOnWhereNobodyCanBeShownAnything) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"),
                                                             std::fclose);
  ASSERT_NE(full, nullptr);
  std::setvbuf(full.get(), nullptr, _IONBF, 0);  // each write fails at once
  Log log(full.get(), LogFormat::text, false);
  EXPECT_NO_THROW(log.warning("odd", "this is odd"));
  EXPECT_NO_THROW(log.progress("half"));
}

TEST(Log, QuietKeepsWarnings) {
  const Capture capture;
  Log log(capture.file.get(), LogFormat::text, true);
  log.note("started", "a run starts");
  log.warning("odd", "this is odd");
  EXPECT_EQ(capture.text(), "warning: this is odd\n");
}

TEST(Log, WritesOneObjectALineForMachines) {
  const Capture capture;
  Log log(capture.file.get(), LogFormat::json, false);
  log.note(
      "cell_finished", "a \"quoted\"\nname",
      {{"cell", Index{3}}, {"seconds", 0.5}, {"resumed", true}, {"path", std::string("a\xff")}});
  const std::string text = capture.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  const auto object = nlohmann::json::parse(text);
  EXPECT_EQ(object["event"], "cell_finished");
  EXPECT_EQ(object["level"], "note");
  EXPECT_EQ(object["message"], "a \"quoted\"\nname");
  EXPECT_EQ(object["cell"], 3);
  EXPECT_EQ(object["seconds"], 0.5);
  EXPECT_EQ(object["resumed"], true);
}

TEST(Log, ShowsNoProgressLineInAFile) {
  const Capture capture;
  Log log(capture.file.get(), LogFormat::text, false);
  log.progress("10 %");
  EXPECT_EQ(capture.text(), "");
}

}  // namespace
}  // namespace polypath

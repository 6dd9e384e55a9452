#pragma once

#include <stdexcept>
#include <string>

namespace polypath {

/// What the process returns (sysexits.h). Only `main` ends the process.
enum class ExitCode : int {
  ok = 0,
  usage = 64,
  bad_data = 65,
  no_input = 66,
  unavailable = 69,
  internal = 70,
  out_of_memory = 71,
  cannot_create = 73,
  io = 74,
  interrupted = 75,
};

/// Base of everything polypath throws on purpose. The message reads
/// "what is wrong (where), why it matters, what to do" and is shown to the user as it is.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  [[nodiscard]] ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// One exception type per kind of failure; the kind decides the exit code.
template <ExitCode Code>
class ErrorOf : public Error {
 public:
  explicit ErrorOf(const std::string& message) : Error(Code, message) {}
};

using UsageError = ErrorOf<ExitCode::usage>;                ///< a wrong command line
using BadData = ErrorOf<ExitCode::bad_data>;                ///< a wrong config or data file
using MissingInput = ErrorOf<ExitCode::no_input>;           ///< a file that is not there
using BackendUnavailable = ErrorOf<ExitCode::unavailable>;  ///< no such device or library here
using InternalError = ErrorOf<ExitCode::internal>;      ///< a defect of ours, or nothing survived
using OutOfMemory = ErrorOf<ExitCode::out_of_memory>;   ///< foreseen or met
using CannotCreate = ErrorOf<ExitCode::cannot_create>;  ///< an output that cannot be made
using IoError = ErrorOf<ExitCode::io>;                  ///< reading or writing failed half way
using Interrupted = ErrorOf<ExitCode::interrupted>;     ///< SIGINT or SIGTERM

}  // namespace polypath

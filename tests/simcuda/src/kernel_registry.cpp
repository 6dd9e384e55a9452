#include "kernel.hpp"
#include "runtime.hpp"
#include "simcuda/builtins.hpp"

#include <cstdlib>
#include <unordered_map>

#include <cxxabi.h>
#include <dlfcn.h>

namespace simcuda {
namespace {

// Filled by static initialisers of nvcc's objects, hence constructed on first use.
std::unordered_map<const void*, Kernel>& kernels() {
  static std::unordered_map<const void*, Kernel> table;
  return table;
}

class CompiledBody : public KernelBody {
 public:
  CompiledBody(const void* function, Invoke invoke) : function_(function), invoke_(invoke) {}
  void run_thread(void* const* args) const override { invoke_(function_, args); }

 private:
  const void* function_;
  Invoke invoke_;
};

// Where the template arguments end and the parameter list begins: the last '(' outside <>.
std::string without_parameters(const std::string& signature) {
  int angle = 0;
  for (std::size_t i = 0; i < signature.size(); ++i) {
    angle += signature[i] == '<' ? 1 : signature[i] == '>' ? -1 : 0;
    if (signature[i] == '(' && angle == 0) {
      return signature.substr(0, i);
    }
  }
  return signature;
}

// Template kernels are demangled with their return type in front.
std::string without_return_type(const std::string& signature) {
  const std::string prefix = "void ";
  return signature.rfind(prefix, 0) == 0 ? signature.substr(prefix.size()) : signature;
}

}  // namespace

std::string demangled_without_parameters(const char* mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  const std::string name = text != nullptr ? text : mangled;
  std::free(text);
  return without_return_type(without_parameters(name));
}

Kernel* find_kernel(const void* function) {
  const auto found = kernels().find(function);
  return found != kernels().end() ? &found->second : nullptr;
}

void add_kernel(const void* function, Kernel kernel) { kernels()[function] = std::move(kernel); }

void register_kernel(const void* function, Invoke invoke, const std::size_t* sizes, int count) {
  const auto lock = lock_device();
  if (find_kernel(function) != nullptr) {
    return;
  }
  Kernel kernel;
  Dl_info info{};
  const bool named = dladdr(const_cast<void*>(function), &info) != 0 && info.dli_sname != nullptr;
  kernel.name = named ? demangled_without_parameters(info.dli_sname) : "unnamed kernel";
  kernel.body = std::make_unique<CompiledBody>(function, invoke);
  kernel.parameter_bytes.assign(sizes, sizes + count);
  add_kernel(function, std::move(kernel));
}

void reset_kernels() {
  for (auto& entry : kernels()) {
    entry.second.dynamic_shared_limit = Kernel{}.dynamic_shared_limit;
    entry.second.loaded = false;
  }
}

}  // namespace simcuda

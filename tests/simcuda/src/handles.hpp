// The objects a program holds by handle: what it still has, and what it has destroyed already.
#pragma once

#include "report.hpp"

#include <map>
#include <memory>

namespace simcuda {

template <class T>
class HandleSet {
 public:
  // `kind` names one of the objects in reports.
  explicit HandleSet(const char* kind) : kind_(kind) {}

  T* add(T value) {
    auto object = std::make_unique<T>(std::move(value));
    T* handle = object.get();
    objects_[handle] = std::move(object);
    return handle;
  }

  // The object, or a violation if the handle is not (any more) one of these.
  T& at(T* handle, const char* call) {
    const auto found = objects_.find(handle);
    if (found == objects_.end()) {
      violation("%s: %p is not a%s, or was destroyed", call, static_cast<void*>(handle), kind_);
    }
    return *found->second;
  }

  void remove(T* handle, const char* call) {
    at(handle, call);
    objects_.erase(handle);
  }

  std::size_t size() const { return objects_.size(); }
  void clear() { objects_.clear(); }

 private:
  const char* kind_;
  std::map<T*, std::unique_ptr<T>> objects_;
};

}  // namespace simcuda

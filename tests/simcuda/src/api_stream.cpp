// The stream and event calls of the runtime API that have nothing to do with captures.
#include "report.hpp"
#include "runtime.hpp"
#include "stream.hpp"

using simcuda::ApiCall;
using simcuda::record_error;

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const ApiCall call("cudaStreamCreateWithFlags");
  if (call.failed()) {
    return call.error();
  }
  if (flags != cudaStreamNonBlocking) {
    simcuda::violation(
        "a stream that synchronises with the default one (project rule: "
        "cudaStreamNonBlocking only)");
  }
  *stream = simcuda::create_stream();
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const ApiCall call("cudaStreamDestroy");
  simcuda::require_stream(stream, "cudaStreamDestroy");
  if (stream->capture != nullptr) {
    simcuda::violation("cudaStreamDestroy on a capturing stream");
  }
  simcuda::destroy_stream(stream);
  return call.error();
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const ApiCall call("cudaStreamSynchronize");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaStreamSynchronize");
  if (const cudaError_t error = simcuda::refuse_wait_in_capture(stream); error != cudaSuccess) {
    return error;
  }
  ++simcuda::mutable_counters().synchronisations;
  simcuda::run_stream(stream);
  return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  const ApiCall call("cudaStreamQuery");
  if (call.failed()) {
    return call.error();
  }
  simcuda::require_stream(stream, "cudaStreamQuery");
  if (const cudaError_t error = simcuda::refuse_wait_in_capture(stream); error != cudaSuccess) {
    return error;
  }
  if (stream->queue.empty()) {
    return cudaSuccess;
  }
  simcuda::make_progress();
  return cudaErrorNotReady;
}

cudaError_t cudaDeviceSynchronize() {
  const ApiCall call("cudaDeviceSynchronize");
  if (call.failed()) {
    return call.error();
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  ++simcuda::mutable_counters().synchronisations;
  simcuda::run_everything();
  return cudaSuccess;
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* argument) {
  const ApiCall call("cudaLaunchHostFunc");
  if (call.failed()) {
    return call.error();
  }
  simcuda::start_background_progress();
  simcuda::enqueue(stream, {"host function", [=] { function(argument); }, true});
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  const ApiCall call("cudaEventCreateWithFlags");
  if (call.failed()) {
    return call.error();
  }
  auto state = std::make_shared<simcuda::EventState>();
  state->timing = (flags & cudaEventDisableTiming) == 0;
  *event = simcuda::events().add({state});
  return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const ApiCall call("cudaEventDestroy");
  simcuda::events().remove(event, "cudaEventDestroy");
  return call.error();
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const ApiCall call("cudaEventSynchronize");
  if (call.failed()) {
    return call.error();
  }
  const auto state = simcuda::events().at(event, "cudaEventSynchronize").state;
  if (state->capture != nullptr) {
    return record_error(cudaErrorCapturedEvent);
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  ++simcuda::mutable_counters().synchronisations;
  const std::uint64_t generation = state->recorded;
  simcuda::run_until([&] { return state->completed >= generation; }, state->stream);
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const ApiCall call("cudaEventQuery");
  if (call.failed()) {
    return call.error();
  }
  const simcuda::EventState& state = *simcuda::events().at(event, "cudaEventQuery").state;
  if (state.capture != nullptr) {
    return record_error(cudaErrorCapturedEvent);
  }
  if (const cudaError_t error = simcuda::refuse_in_capture(); error != cudaSuccess) {
    return error;
  }
  if (state.completed >= state.recorded) {
    return cudaSuccess;
  }
  simcuda::make_progress();
  return cudaErrorNotReady;
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  const ApiCall call("cudaEventElapsedTime");
  if (call.failed()) {
    return call.error();
  }
  const simcuda::EventState& first = *simcuda::events().at(start, "cudaEventElapsedTime").state;
  const simcuda::EventState& last = *simcuda::events().at(end, "cudaEventElapsedTime").state;
  if (!first.timing || !last.timing || first.recorded == 0 || last.recorded == 0) {
    return record_error(cudaErrorInvalidResourceHandle);
  }
  if (first.completed < first.recorded || last.completed < last.recorded) {
    return record_error(cudaErrorNotReady);
  }
  // Host time of the simulation: fit to show that something ran, not how fast a device would be.
  *milliseconds = std::chrono::duration<float, std::milli>(last.time - first.time).count();
  return cudaSuccess;
}

}  // extern "C"

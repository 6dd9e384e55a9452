#include "fatbin.hpp"

#include "../report.hpp"

#include <cstdint>
#include <cstring>

#include <fatbinary_section.h>

namespace simcuda::ptx {
namespace {

// The layout is not documented; these are the fields that are needed, at the places where every
// toolkit from 9 to 13 has them.
struct Header {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint64_t payload_bytes;
};
struct Section {
  std::uint16_t kind;
  std::uint16_t version;
  std::uint32_t header_bytes;
  std::uint64_t padded_bytes;
  std::uint32_t compressed_bytes;  // 0 if the section is not compressed
};

constexpr std::uint32_t kHeaderMagic = 0xBA55ED50;
constexpr std::uint16_t kPtx = 1;

template <class T>
T read(const char* address) {
  T value;
  std::memcpy(&value, address, sizeof value);
  return value;
}

}  // namespace

std::string ptx_of_fat_binary(const void* wrapper) {
  const auto control = read<__fatBinC_Wrapper_t>(static_cast<const char*>(wrapper));
  const char* data = reinterpret_cast<const char*>(control.data);
  const auto header = read<Header>(data);
  if (control.magic != FATBINC_MAGIC || header.magic != kHeaderMagic) {
    violation("ptx: an object was registered whose fat binary has an unknown layout");
  }
  const char* section = data + header.header_bytes;
  const char* end = section + header.payload_bytes;
  while (section < end) {
    const auto head = read<Section>(section);
    const char* payload = section + head.header_bytes;
    if (head.kind == kPtx && head.compressed_bytes != 0) {
      violation("ptx: the PTX of an object is compressed; compile it with nvcc --no-compress");
    }
    if (head.kind == kPtx) {
      return {payload, strnlen(payload, head.padded_bytes)};
    }
    section = payload + head.padded_bytes;
  }
  violation("ptx: an object has no PTX; compile it with -gencode arch=compute_75,code=compute_75");
}

}  // namespace simcuda::ptx

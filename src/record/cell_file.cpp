#include "polypath/record/cell_file.hpp"

#include "polypath/core/error.hpp"

#include "bounded_queue.hpp"
#include "cell_schema.hpp"
#include "weights_file.hpp"

#include <exception>
#include <thread>
#include <variant>

#include <fmt/format.h>

namespace polypath {
namespace {

void require_whole_chunk(const RecordBlock& block, Index chunk) {
  if (block.first_record % chunk != 0 || block.records > chunk) {
    throw InternalError(fmt::format(
        "a block of {} records from {} does not keep to chunks of {}; a chunk is written once",
        block.records, block.first_record, chunk));
  }
}

/// How far the trainer may run ahead of the disk.
constexpr Index queue_bytes = Index{64} * 1024 * 1024;

struct MemberEnd {
  Index member = 0;
  MemberResult result;
};

using Work = std::variant<RecordBlock, InitialLayers, FinalWeights, MemberEnd>;

Index bytes_of(const RecordBlock& block) {
  return (static_cast<Index>(block.loss.size() + block.K.size() + block.outside.size()) +
          block.layers.numbers()) *
         Index{sizeof(double)};
}

}  // namespace

class CellWriter::Impl {
 public:
  Impl(const std::filesystem::path& folder, const CellHeader& header)
      : folder_(folder), header_(header), file_(folder, header), thread_([this] { serve(); }) {}

  ~Impl() { queue_.abandon(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void push(Work work, Index bytes) {
    if (!queue_.push(std::move(work), bytes)) {
      rethrow();
      throw InternalError("a cell was written to after it was finished");
    }
  }

  void finish() {
    queue_.close();
    if (thread_.joinable()) {
      thread_.join();
    }
    rethrow();
    if (!finished_) {
      try {
        file_.finish();
      } catch (...) {
        failure_ = std::current_exception();
        throw;
      }
      finished_ = true;
    }
  }

  [[nodiscard]] Index records_per_block() const { return records_per_chunk(header_); }

 private:
  void serve() {
    try {
      while (auto work = queue_.pop()) {
        std::visit([this](const auto& item) { write(item); }, *work);
      }
    } catch (...) {
      failure_ = std::current_exception();
      queue_.abandon();
    }
  }

  void write(const RecordBlock& block) { file_.write(block); }
  void write(const InitialLayers& initial) { file_.write(initial); }
  void write(const FinalWeights& weights) { write_weights_file(folder_, header_, weights); }
  void write(const MemberEnd& end) { file_.write_result(end.member, end.result); }

  /// Safe once the queue refuses items or the thread has been joined: `failure_` is written before
  /// either.
  void rethrow() const {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
  }

  std::filesystem::path folder_;
  CellHeader header_;
  BoundedQueue<Work> queue_{queue_bytes};
  std::exception_ptr failure_;
  bool finished_ = false;
  CellFile file_;
  std::jthread thread_;  // last: joined before anything that it uses is destroyed
};

CellWriter::CellWriter(const std::filesystem::path& folder, const CellHeader& header)
    : impl_(std::make_unique<Impl>(folder, header)) {}

CellWriter::~CellWriter() = default;

void CellWriter::write(RecordBlock block) {
  require_whole_chunk(block, impl_->records_per_block());
  const Index bytes = bytes_of(block);
  impl_->push(std::move(block), bytes);
}

void CellWriter::write(InitialLayers layers) {
  const Index bytes = layers.layers.numbers() * Index{sizeof(double)};
  impl_->push(std::move(layers), bytes);
}

void CellWriter::write(FinalWeights weights) {
  const Index bytes = bytes_of(weights);
  impl_->push(std::move(weights), bytes);
}

void CellWriter::member_done(Index member, const MemberResult& result) {
  impl_->push(MemberEnd{member, result}, static_cast<Index>(sizeof(MemberEnd)));
}

void CellWriter::finish() { impl_->finish(); }

Index CellWriter::records_per_block() const { return impl_->records_per_block(); }

}  // namespace polypath

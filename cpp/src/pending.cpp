#include "pilotage/pending.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "pilotage/errors.hpp"

namespace pilotage {

namespace {

constexpr std::size_t kMapped = std::size_t{64} << 10;  // bytes at once: a settlement takes 12 to 22 us more
constexpr std::size_t kAhead = std::size_t{2} << 20;    // of what is written: as many may come unsettled

}  // namespace

PendingDecisions::PendingDecisions(Index context_dim, std::int64_t capacity, std::int64_t epoch)
    : context_dim_(context_dim), capacity_(capacity), epoch_(epoch) {
  require_at_least("dim", 1, context_dim);
  require_at_least("capacity", 1, capacity);
  if (epoch < 0 || epoch > kMaxEpoch) {
    throw std::invalid_argument("epoch must be in [0, " + std::to_string(kMaxEpoch) + "], got " +
                                std::to_string(epoch));
  }
  entries_.resize(static_cast<std::size_t>(capacity));
  pages_ =
      claim_pages(static_cast<std::size_t>(capacity) * static_cast<std::size_t>(context_dim) * sizeof(double),
                  PageSize::kSmall);
  contexts_ = static_cast<double*>(pages_.get());
}

const PendingDecision* PendingDecisions::oldest() const {
  const PendingDecision& next = entries_[static_cast<std::size_t>(count_ % capacity_)];
  return next.id < 0 ? nullptr : &next;
}

std::span<std::byte> PendingDecisions::next_to_map() {
  const std::size_t context = static_cast<std::size_t>(context_dim_) * sizeof(double);
  const std::size_t all = static_cast<std::size_t>(capacity_) * context;
  const std::size_t written = static_cast<std::size_t>(std::min(count_, capacity_)) * context;
  mapped_ = std::max(mapped_, written / kMapped * kMapped);  // what is written is there
  if (mapped_ >= all || written + kAhead <= mapped_) {
    return {};
  }
  const std::size_t size = std::min(kMapped, all - mapped_);
  const std::span<std::byte> next(static_cast<std::byte*>(pages_.get()) + mapped_, size);
  mapped_ += size;
  return next;
}

PendingDecision& PendingDecisions::push(const ConstVectorRef& x) {
  const DecisionId id = next_id();
  ++count_;
  PendingDecision& entry = entries_[static_cast<std::size_t>(slot(id))];
  entry = PendingDecision{};
  entry.id = id;
  std::copy_n(x.data(), context_dim_, contexts_ + slot(id) * context_dim_);
  return entry;
}

PendingDecision* PendingDecisions::find(DecisionId id) {
  if (!issued(id)) {
    return nullptr;
  }
  PendingDecision& entry = entries_[static_cast<std::size_t>(slot(id))];
  return entry.id == id ? &entry : nullptr;
}

bool PendingDecisions::issued(DecisionId id) const {
  const std::int64_t counter = id & ((std::int64_t{1} << kCounterBits) - 1);
  return id >= 0 && (id >> kCounterBits) == epoch_ && counter < count_;
}

Eigen::Map<const Vector> PendingDecisions::context(DecisionId id) const {
  return {contexts_ + slot(id) * context_dim_, context_dim_};
}

std::int64_t PendingDecisions::slot(DecisionId id) const {
  return (id & ((std::int64_t{1} << kCounterBits) - 1)) % capacity_;
}

}  // namespace pilotage

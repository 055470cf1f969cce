// What a call cost, and that it cost nothing, or that nobody will ever say.
#include <algorithm>
#include <mutex>

#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"

namespace pilotage {

Status Router::absent(DecisionId id) const { return pending_.issued(id) ? Status::kLate : Status::kUnknown; }

Status Router::settle(DecisionId id, double usd) {
  to_nanodollars("cost", usd);
  std::unique_lock lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  const Status status =
      pending == nullptr ? absent(id) : settle_locked(*pending, input_in(*pending, usd), usd);
  map_ahead(std::move(lock));
  return status;
}

double Router::input_in(const PendingDecision& call, double usd) {
  // A bill that does not hold what others read beyond their prompts is not of a call like theirs.
  const bool alone = call.estimate > 0.0 && usd < call.prices.of(call.input_tokens, 0.0);
  return alone ? call.estimate : call.input_tokens;
}

Status Router::settle(DecisionId id, double input_tokens, double output_tokens) {
  require_nonnegative("input of tokens", input_tokens);
  require_nonnegative("output of tokens", output_tokens);
  std::unique_lock lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  const double usd = pending->prices.of(input_tokens, output_tokens);
  to_nanodollars("cost of tokens", usd);
  const Status status = settle_locked(*pending, input_tokens, usd);
  if (status == Status::kApplied && settings_.cost.learn && pending->estimate > 0.0) {
    inputs_.observe(pending->estimate, input_tokens);
  }
  map_ahead(std::move(lock));
  return status;
}

// A page that a decision finds unmapped costs it microseconds, or milliseconds where a hypervisor must find
// the memory first. A settlement is off the path of an answer, though others' may wait for it.
void Router::map_ahead(std::unique_lock<SpinningMutex> lock) {
  const std::span<std::byte> next = pending_.next_to_map();
  lock.unlock();
  map_pages(next);
}

Status Router::settle_locked(PendingDecision& pending, double input_tokens, double usd) {
  const NanoDollars actual = to_nanodollars("cost", usd);
  if (pending.outcome != Outcome::kOpen) {
    const bool same = pending.outcome == Outcome::kSettled && pending.settled == actual;
    return same ? Status::kDuplicate : Status::kConflict;
  }
  // Money first: what cannot be learned from is charged all the same.
  pending.outcome = Outcome::kSettled;
  pending.settled = actual;
  if (NanoDollars* outside = outside_of(pending)) {
    *outside += std::min(actual, kUnlimited - *outside);
  } else {
    accounts_.settle(pending, actual);
  }
  const bool learned = cost_model_.observe(pending.model, pending_.context(pending.id), pending.prices,
                                           input_tokens, usd, pending.max_tokens);
  calibration_[static_cast<std::size_t>(pending.model)].add(pending, actual, learned);
  return Status::kApplied;
}

NanoDollars* Router::outside_of(const PendingDecision& call) {
  if (call.scope == Accounts::kOutside) {
    return &outside_.adopted;
  }
  return accounts_.precedes(call) ? &outside_.replaced : nullptr;
}

void Router::expire_unsettled(const PendingDecision& call) {
  if (NanoDollars* outside = outside_of(call)) {
    *outside += std::min(call.reserved, kUnlimited - *outside);
  } else {
    accounts_.expire(call);
  }
}

Status Router::release(DecisionId id) {
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  if (pending->outcome != Outcome::kOpen || pending->reward) {
    return pending->outcome == Outcome::kReleased ? Status::kDuplicate : Status::kConflict;
  }
  pending->outcome = Outcome::kReleased;
  accounts_.release(*pending);
  return Status::kApplied;
}

Status Router::expire(DecisionId id) {
  const std::lock_guard lock(mutex_);
  PendingDecision* pending = pending_.find(id);
  if (pending == nullptr) {
    return absent(id);
  }
  if (pending->outcome != Outcome::kOpen) {
    return pending->outcome == Outcome::kExpired ? Status::kDuplicate : Status::kConflict;
  }
  pending->outcome = Outcome::kExpired;
  expire_unsettled(*pending);
  return Status::kApplied;
}

}  // namespace pilotage

#include "pilotage/ledger.hpp"

#include <algorithm>
#include <cassert>

#include "pilotage/errors.hpp"

namespace pilotage {

Ledger::Ledger(NanoDollars limit) : limit_(limit) { require_at_least("limit", 0, limit); }

void Ledger::set_limit(NanoDollars limit) {
  require_at_least("limit", 0, limit);
  limit_ = limit;
}

void Ledger::reserve(NanoDollars amount) {
  assert(amount >= 0 && affords(amount));
  reserved_ += amount;
  ++calls_;
}

void Ledger::settle(NanoDollars reserved, NanoDollars actual) {
  assert(reserved >= 0 && reserved <= reserved_ && actual >= 0 && calls_ > 0);
  reserved_ -= reserved;
  --calls_;
  // A sum beyond int64 stays at its end, 9.2e9 US dollars, where nothing more is affordable.
  settled_ += std::min(actual, kUnlimited - settled_ - reserved_);
  if (actual > reserved) {
    overrun_ += std::min(actual - reserved, kUnlimited - overrun_);
    ++overruns_;
  }
}

void Ledger::release(NanoDollars reserved) {
  assert(reserved >= 0 && reserved <= reserved_ && calls_ > 0);
  reserved_ -= reserved;
  --calls_;
}

NanoDollars Ledger::remaining() const { return limit_ == kUnlimited ? kUnlimited : room(); }

NanoDollars Ledger::room() const { return std::max<NanoDollars>(0, limit_ - settled_ - reserved_); }

}  // namespace pilotage

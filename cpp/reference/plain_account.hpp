// Textbook twin of the router's accounting: the list of everything that happened, summed afresh for every
// question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pilotage/money.hpp"

namespace pilotage::reference {

struct Event {
  enum class Kind : std::uint8_t { kDecide, kSettle, kRelease } kind;
  std::size_t decision;  // counted from 0
  NanoDollars amount;    // reserved, or the actual cost, or 0
};

struct Totals {
  NanoDollars settled = 0;
  NanoDollars reserved = 0;
  NanoDollars overrun = 0;
  std::int64_t overruns = 0;
  std::int64_t expired = 0;

  bool operator==(const Totals&) const = default;
};

/// capacity: decisions remembered. One still open when it is forgotten is charged what was reserved for it.
inline Totals plain_account(const std::vector<Event>& events, std::size_t capacity) {
  struct Call {
    NanoDollars reserved;
    bool open = true;
  };
  std::vector<Call> calls;
  Totals totals;
  for (const Event& event : events) {
    if (event.kind == Event::Kind::kDecide) {
      if (calls.size() >= capacity && calls[calls.size() - capacity].open) {
        Call& forgotten = calls[calls.size() - capacity];
        forgotten.open = false;
        totals.settled += forgotten.reserved;
        ++totals.expired;
      }
      calls.push_back({event.amount});
      continue;
    }
    Call& call = calls.at(event.decision);
    if (!call.open) {
      continue;
    }
    call.open = false;
    if (event.kind == Event::Kind::kSettle) {
      totals.settled += event.amount;
      if (event.amount > call.reserved) {
        totals.overrun += event.amount - call.reserved;
        ++totals.overruns;
      }
    }
  }
  for (const Call& call : calls) {
    totals.reserved += call.open ? call.reserved : 0;
  }
  return totals;
}

}  // namespace pilotage::reference

#include "pilotage/money.hpp"

#include <cmath>
#include <sstream>
#include <stdexcept>

namespace pilotage {

NanoDollars to_nanodollars(std::string_view name, double usd) {
  if (!(usd >= 0.0 && usd <= kMaxDollars)) {
    std::ostringstream message;
    message << name << " must be in [0, " << kMaxDollars << "] US dollars, got " << usd;
    throw std::invalid_argument(message.str());
  }
  return std::llround(usd * kNanoDollarsPerDollar);
}

}  // namespace pilotage

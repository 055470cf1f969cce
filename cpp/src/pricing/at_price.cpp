#include "pilotage/pricing/at_price.hpp"

#include <cmath>

namespace pilotage {

Verdict at_price(double price, double most, Index cheapest, const ConstVectorRef& cap,
                 std::span<std::uint8_t> eligible) {
  const bool finite = std::isfinite(price);
  for (Index k = 0; k < cap.size(); ++k) {
    if (k != cheapest && !(finite && cap[k] <= most)) {
      eligible[static_cast<std::size_t>(k)] = 0;
    }
  }
  return finite ? Verdict{Reason::kDualPrice, price} : Verdict{Reason::kCheapest, 0.0};
}

}  // namespace pilotage

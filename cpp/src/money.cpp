#include "pilotage/money.hpp"

#include <sstream>
#include <stdexcept>

namespace pilotage {

void refuse_dollars(std::string_view name, double usd) {
  std::ostringstream message;
  message << name << " must be in [0, " << kMaxDollars << "] US dollars, got " << usd;
  throw std::invalid_argument(message.str());
}

}  // namespace pilotage

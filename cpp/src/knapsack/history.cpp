#include "history.hpp"

namespace pilotage::knapsack {

std::vector<std::uint32_t> History::swaps(Node node) const {
  std::vector<std::uint32_t> out;
  for (; node != kRoot; node = links_[node].parent) {
    out.push_back(links_[node].swap);
  }
  return out;
}

void History::sweep() {
  moved_[kRoot] = kAlive;
  for (std::size_t node = links_.size(); node-- > 1;) {
    if (moved_[node] == kAlive) {
      moved_[links_[node].parent] = kAlive;
    }
  }
  Node next = 0;
  for (std::size_t node = 0; node < links_.size(); ++node) {
    if (moved_[node] == kAlive) {
      // Parents come first, so theirs is the new number already.
      links_[next] = {moved_[links_[node].parent], links_[node].swap};
      moved_[node] = next++;
    }
  }
  links_.resize(next);
}

}  // namespace pilotage::knapsack

// Which swaps led to a state: a forest of parent links, from which the dead are swept now and then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pilotage::knapsack {

class History {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;  // no swap taken

  Node add(Node parent, std::uint32_t swap) {
    links_.push_back({parent, swap});
    return static_cast<Node>(links_.size() - 1);
  }

  [[nodiscard]] std::size_t size() const { return links_.size(); }

  /// The swaps from the root to the node, the last one first.
  [[nodiscard]] std::vector<std::uint32_t> swaps(Node node) const;

  // To sweep: begin_sweep(); mark every node in use; sweep(); then replace each by moved(node).
  void begin_sweep() { moved_.assign(links_.size(), kDead); }
  void mark(Node node) { moved_[node] = kAlive; }
  void sweep();
  [[nodiscard]] Node moved(Node node) const { return moved_[node]; }

 private:
  static constexpr Node kDead = 0;
  static constexpr Node kAlive = 1;

  struct Link {
    Node parent;  // smaller than the node itself
    std::uint32_t swap;
  };
  std::vector<Link> links_{{kRoot, 0}};
  std::vector<Node> moved_;  // during a sweep: dead or alive, then the new number
};

}  // namespace pilotage::knapsack

#include "search.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>

#include "bounds.hpp"
#include "history.hpp"

namespace pilotage::knapsack {
namespace {

/// What has been decided so far, relative to the centre.
struct State {
  NanoDollars cost;
  Gain gain;
  History::Node node;  // the swaps taken
};

using States = std::vector<State>;  // by rising cost and rising gain: none dominates another

constexpr Gain kNoGain = std::numeric_limits<Gain>::min() / 2;
constexpr std::size_t kNodesPerState = 8;  // history kept per state before the dead are swept
constexpr std::size_t kPatience = 64;      // once states were dropped: further merges, times most_states

class Search {
 public:
  Search(const Core& core, const KnapsackSettings& settings)
      : core_(core),
        bounds_(bounds(core)),
        settings_(settings),
        patience_(kPatience * settings.max_states),
        best_gain_(core.best ? core.best->gain : 0) {}

  SearchResult run() {
    States states{{0, 0, History::kRoot}};
    for (std::size_t t = 0; t < core_.rows.size() && !states.empty(); ++t) {
      if (!add_row(t, states)) {
        for (const State& state : states) {
          dropped_ = std::max(dropped_, bounds_[t].of(state.cost, state.gain));
        }
        break;
      }
    }
    return {best_swaps(), best_gain_, std::max(best_gain_, dropped_)};
  }

 private:
  /// Gives every state each choice of one more prompt. False when it is time to stop, the states as they
  /// were.
  bool add_row(std::size_t t, States& states) {
    const Bound& bound = bounds_[t + 1];
    bool swapped = false;
    for (std::size_t s = core_.rows[t].first; s < core_.rows[t].first + core_.rows[t].count; ++s) {
      if (!bounds_.front().may_exceed(threshold(), core_.swaps[s].cost, core_.swaps[s].gain)) {
        continue;  // part of no better choice
      }
      if (settings_.stop() || !has_patience(states.size())) {
        return false;
      }
      merge(swapped ? partial_ : states, states, static_cast<std::uint32_t>(s), bound);
      std::swap(partial_, merged_);
      swapped = true;
      limit(partial_, bound);
      sweep(states);
    }
    if (swapped) {
      std::swap(states, partial_);
    }
    return true;
  }

  /// merged_ = the Pareto list of `kept` and of `states` with one swap, less what cannot end above the best.
  void merge(const States& kept, const States& states, std::uint32_t s, const Bound& bound) {
    const Swap& swap = core_.swaps[s];
    merged_.clear();
    last_gain_ = kNoGain;
    auto next = kept.begin();
    for (const State& state : states) {
      if (swap.cost > 0 && state.cost > bound.most_cost - swap.cost) {
        break;
      }
      const State swapped{state.cost + swap.cost, state.gain + swap.gain, state.node};
      for (; next != kept.end() && comes_before(*next, swapped); ++next) {
        keep_if_open(*next, bound);
      }
      if (is_open(swapped, bound)) {
        merged_.push_back({swapped.cost, swapped.gain, history_.add(state.node, s)});
        remember(merged_.back());
      }
    }
    for (; next != kept.end(); ++next) {
      keep_if_open(*next, bound);
    }
  }

  static bool comes_before(const State& a, const State& b) {
    return a.cost != b.cost ? a.cost < b.cost : a.gain >= b.gain;
  }

  void keep_if_open(const State& state, const Bound& bound) {
    if (is_open(state, bound)) {
      merged_.push_back(state);
    }
  }

  /// Whether the next state by cost is dominated by none before, and may end, or be, above the best.
  bool is_open(const State& state, const Bound& bound) {
    if (state.gain <= last_gain_) {
      return false;
    }
    last_gain_ = state.gain;
    return bound.may_exceed(threshold(), state.cost, state.gain) ||
           (state.cost <= core_.room && state.gain > best_gain_);
  }

  void remember(const State& state) {
    if (state.cost <= core_.room && state.gain > best_gain_) {
      best_gain_ = state.gain;
      best_node_ = state.node;
    }
  }

  /// Of too many states, keeps half: those with the largest bounds, of equal ones those nearest the room.
  void limit(States& states, const Bound& bound) {
    if (states.size() <= settings_.max_states) {
      return;
    }
    struct Rank {
      Gain bound;
      NanoDollars distance;
      std::size_t state;
    };
    std::vector<Rank> ranks;
    ranks.reserve(states.size());
    for (const State& state : states) {
      ranks.push_back({bound.of(state.cost, state.gain), std::abs(core_.room - state.cost), ranks.size()});
    }
    const std::size_t keep = settings_.max_states / 2 + 1;
    const auto end = ranks.begin() + static_cast<std::ptrdiff_t>(keep);
    std::ranges::nth_element(ranks, end, [](const Rank& a, const Rank& b) {
      if (a.bound != b.bound) {
        return a.bound > b.bound;
      }
      return a.distance != b.distance ? a.distance < b.distance : a.state < b.state;
    });
    dropped_ = std::max(dropped_, end->bound);  // the largest of those dropped
    ranks.erase(end, ranks.end());
    std::ranges::sort(ranks, {}, &Rank::state);
    std::ranges::transform(ranks, states.begin(), [&](const Rank& rank) { return states[rank.state]; });
    states.resize(keep);
  }

  /// Without hope of a proof the search goes on for a while only, to find something better.
  bool has_patience(std::size_t merges) {
    if (dropped_ <= threshold()) {
      return true;
    }
    patience_ -= std::min(patience_, merges);
    return patience_ > 0;
  }

  void sweep(States& states) {
    if (history_.size() < kNodesPerState * settings_.max_states) {
      return;
    }
    history_.begin_sweep();
    for_each_node(states, [&](History::Node& node) { history_.mark(node); });
    history_.sweep();
    for_each_node(states, [&](History::Node& node) { node = history_.moved(node); });
  }

  template <class Visit>
  void for_each_node(States& states, const Visit& visit) {
    visit(best_node_);
    for (States* list : {&states, &partial_}) {
      for (State& state : *list) {
        visit(state.node);
      }
    }
  }

  [[nodiscard]] std::vector<Swap> best_swaps() const {
    if (best_node_ == History::kRoot) {
      return core_.best ? std::vector{*core_.best} : std::vector<Swap>{};
    }
    std::vector<Swap> out;
    for (const std::uint32_t s : history_.swaps(best_node_)) {
      out.push_back(core_.swaps[s]);
    }
    return out;
  }

  /// A choice must gain more than this to count as better.
  [[nodiscard]] Gain threshold() const { return best_gain_ + core_.tolerance; }

  const Core& core_;
  std::vector<Bound> bounds_;  // (rows + 1)
  const KnapsackSettings& settings_;
  std::size_t patience_;
  States partial_, merged_;  // work space
  Gain last_gain_ = kNoGain;
  History history_;
  Gain best_gain_;
  History::Node best_node_ = History::kRoot;
  Gain dropped_ = kNoGain;  // the largest bound of a state given up
};

}  // namespace

SearchResult search(const Core& core, const KnapsackSettings& settings) {
  return Search(core, settings).run();
}

}  // namespace pilotage::knapsack

#include "pilotage/replay.hpp"

#include <vector>

#include "pilotage/errors.hpp"
#include "pilotage/money.hpp"

namespace pilotage {

namespace {

Eigen::Map<const Vector> row(const ConstRowMatrixRef& matrix, Index i) {
  return {matrix.row(i).data(), matrix.cols()};
}

void require_playable(const Recorded& recorded, const Played& played, Index d, Index models) {
  const Index n = recorded.contexts.rows();
  require_shape("contexts", n, d, recorded.contexts);
  require_size("input_tokens", n, recorded.input_tokens.size());
  require_shape("costs", n, models, recorded.costs);
  if (recorded.rewards.size() > 0) {
    require_shape("rewards", n, models, recorded.rewards);
  }
  for (const std::size_t size :
       {played.choice.size(), played.expected_cost.size(), played.expected_reward.size()}) {
    require_size("played", n, static_cast<Index>(size));
  }
  for (Index i = 0; i < n; ++i) {
    require_finite(kContext, row(recorded.contexts, i));
    require_nonnegative("input_tokens", recorded.input_tokens[i]);
  }
  for (const double usd : recorded.costs.reshaped<Eigen::RowMajor>()) {
    to_nanodollars("costs", usd);
  }
  for (const double reward : recorded.rewards.reshaped<Eigen::RowMajor>()) {
    require_unit_interval("rewards", reward);
  }
}

}  // namespace

void replay(Router& router, const Recorded& recorded, const Played& played_out,
            const ReplaySettings& settings) {
  const Index models = router.size();
  require_playable(recorded, played_out, router.dim(), models);
  std::vector<std::uint8_t> eligible(static_cast<std::size_t>(models));
  for (Index i = 0; i < recorded.contexts.rows(); ++i) {
    settings.poll();
    const Decision decision = router.decide(row(recorded.contexts, i), recorded.input_tokens[i], {},
                                            settings.explore, eligible, settings.tenant, settings.estimated);
    const auto at = static_cast<std::size_t>(i);
    played_out.choice[at] = decision.model;
    played_out.expected_cost[at] = to_dollars(decision.expected_cost);
    played_out.expected_reward[at] = decision.expected_reward;
    if (decision.model < 0) {
      continue;
    }
    router.settle(decision.id, recorded.costs(i, decision.model));
    if (recorded.rewards.size() > 0) {
      router.feedback(decision.id, recorded.rewards(i, decision.model));
    }
  }
}

}  // namespace pilotage

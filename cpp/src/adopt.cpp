// A call that was chosen elsewhere: remembered as a decision is, outside of every budget.
#include <algorithm>

#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"

namespace pilotage {

Decision Router::adopt(const ConstVectorRef& x, double input_tokens, Index k, bool estimated) {
  require_size("x", dim(), x.size());
  require_finite(kContext, x);
  require_nonnegative("input_tokens", input_tokens);
  const auto learning = learning_if_models_forget();
  const std::lock_guard lock(mutex_);
  require_index("model", bank_.size(), k);
  score(x, false);
  const Input input = input_of(input_tokens, estimated);
  foresee(x, input.tokens.expected);
  // From here on nothing throws.
  high_[k] = std::min(kMaxDollars, cost_model_.prices(k).of(input.tokens.high, high_tokens_[k]));
  Decision decision;
  decision.model = k;
  decision.propensity = 1.0;
  decision.expected_reward = mean_[k];
  decision.expected_cost = to_nanodollars("expected cost", cost_[k]);
  decision.reason = Reason::kAdopted;
  remember(x, input, Accounts::kOutside, decision);
  bank_.tick();
  return decision;
}

}  // namespace pilotage

// Router::decide, step by step; the rest of the router is in router.cpp.
#include <algorithm>
#include <cmath>
#include <limits>

#include "pilotage/caps.hpp"
#include "pilotage/errors.hpp"
#include "pilotage/router.hpp"
#include "pilotage/select.hpp"

namespace pilotage {

namespace {

constexpr double kWideFor = 100.0;  // decisions for each model before the bound narrows

}  // namespace

Decision Router::decide(const ConstVectorRef& x, double input_tokens, std::optional<double> max_tokens,
                        bool explore, std::span<std::uint8_t> eligible_out, std::string_view tenant,
                        bool estimated) {
  require_size("x", dim(), x.size());
  require_finite(kContext, x);
  require_nonnegative("input_tokens", input_tokens);
  const std::optional<double> limit = wanted_limit(max_tokens);
  const auto learning = learning_if_models_forget();
  const std::lock_guard lock(mutex_);
  require_size("eligible", bank_.size(), static_cast<Index>(eligible_out.size()));
  const Input input = input_of(input_tokens, estimated);
  score(x, explore);
  foresee(x, input.tokens.expected);
  const Decision decision = decide_weighed(x, input, limit, explore, eligible_out, accounts_.scope(tenant));
  if (!refuses(decision.reason)) {
    bank_.tick();
  }
  return decision;
}

Router::Input Router::input_of(double tokens, bool estimated) const {
  return estimated ? Input{inputs_.of(tokens), tokens} : Input{{tokens, tokens}, 0.0};
}

Decision Router::decide_weighed(const ConstVectorRef& x, const Input& input, std::optional<double> limit,
                                bool explore, std::span<std::uint8_t> eligible_out, Accounts::Scope scope) {
  // From here on nothing throws: the request counts.
  const NanoDollars room = accounts_.room(scope);
  const bool limited = limit || accounts_.hard(scope);
  afford(input.tokens.high, limited, limit, room, eligible_out);
  const Verdict verdict = accounts_.admit(scope, value_, cost_, high_, eligible_out);
  Decision decision;
  decision.reason = verdict.reason;
  if (refuses(verdict.reason)) {
    std::ranges::fill(eligible_out, std::uint8_t{0});
    decision.needed = needed();
    return decision;
  }
  choose(x, verdict, explore, eligible_out, decision);
  set_aside(input.tokens.high, limited, limit, scope, decision);
  remember(x, input, scope, decision);
  return decision;
}

double Router::alpha() const {
  const auto decided = static_cast<double>(pending_.given_out());
  const double wide = kWideFor * static_cast<double>(bank_.size());
  if (!settings_.least_alpha || decided <= wide) {
    return settings_.alpha;
  }
  // alpha_t = max(least, alpha sqrt(100 K / t))
  return std::max(*settings_.least_alpha, settings_.alpha * std::sqrt(wide / decided));
}

void Router::score(const ConstVectorRef& x, bool explore) {
  means(x, mean_);
  value_ = mean_;
  if (explore) {
    // score = mean + alpha sqrt(x' A^-1 x)
    bank_.rough_widths(x, width_, error_);
    value_ += alpha() * width_;
  }
  require_finite(kScore, value_);  // x is, but its products may overflow
}

void Router::foresee(const ConstVectorRef& x, double input_tokens) {
  cost_model_.lengths(x, high_tokens_);
  for (Index k = 0; k < bank_.size(); ++k) {
    const Prices& prices = cost_model_.prices(k);
    cost_[k] = prices.of(input_tokens, high_tokens_[k]);
    to_nanodollars("input_tokens must be fewer: expected cost", cost_[k]);
    high_tokens_[k] = cost_model_.high(k, high_tokens_[k]);
  }
}

double Router::longest(Index k, std::optional<double> limit) const {
  const auto index = static_cast<std::size_t>(k);
  return limit ? std::min(*limit, bound_[index]) : longest_[index];
}

void Router::afford(double input_tokens, bool limited, std::optional<double> limit, NanoDollars room,
                    std::span<std::uint8_t> eligible_out) {
  for (Index k = 0; k < bank_.size(); ++k) {
    const auto index = static_cast<std::size_t>(k);
    if (limited) {
      high_tokens_[k] = least_answer(high_tokens_[k], longest(k, limit));
    }
    high_[k] = std::min(kMaxDollars, cost_model_.prices(k).of(input_tokens, high_tokens_[k]));
    cost_[k] = std::min(cost_[k], high_[k]);  // an answer is cut at its limit
    const bool affordable = to_nanodollars("high cost", high_[k]) <= room;
    eligible_out[index] = enabled_[index] != 0 && affordable ? 1 : 0;
  }
}

NanoDollars Router::needed() const {
  double least = kMaxDollars;
  for (Index k = 0; k < bank_.size(); ++k) {
    least = enabled_[static_cast<std::size_t>(k)] != 0 ? std::min(least, high_[k]) : least;
  }
  return to_nanodollars("high cost", least);
}

Index Router::best(const ConstVectorRef& x, const Verdict& verdict, bool explore,
                   std::span<const std::uint8_t> eligible) {
  // argmax of score - lambda * cost
  value_ -= verdict.dual_price * cost_;
  if (!explore) {
    return select(value_, cost_, eligible);
  }
  // Rough widths settle it where one model is ahead by more than their errors. Of the others that may still
  // be the best, or tie with it, the one with the highest bound is looked at in full, until one is left or
  // all are known: most often the first look rules out the others.
  const double alpha = this->alpha();
  error_ *= alpha;
  for (Index next = contend(eligible); next >= 0; next = contend(eligible)) {
    width_[next] = bank_.width(next, x);
    value_[next] = mean_[next] + alpha * width_[next] - verdict.dual_price * cost_[next];
    error_[next] = 0.0;
  }
  return select(value_, cost_, contender_);
}

Index Router::contend(std::span<const std::uint8_t> eligible) {
  double surely = -std::numeric_limits<double>::infinity();
  for (Index k = 0; k < bank_.size(); ++k) {
    if (eligible[static_cast<std::size_t>(k)] != 0) {
      surely = std::max(surely, value_[k] - error_[k]);
    }
  }
  const double least = surely - 2.0 * kTieTolerance * std::max(1.0, std::abs(surely));
  Index contenders = 0;
  Index next = -1;
  for (Index k = 0; k < bank_.size(); ++k) {
    const double most = value_[k] + error_[k];
    const bool contends = eligible[static_cast<std::size_t>(k)] != 0 && most >= least;
    contender_[static_cast<std::size_t>(k)] = contends ? 1 : 0;
    contenders += contends ? 1 : 0;
    if (contends && error_[k] > 0.0 && (next < 0 || most > value_[next] + error_[next])) {
      next = k;
    }
  }
  return contenders > 1 ? next : -1;
}

void Router::choose(const ConstVectorRef& x, const Verdict& verdict, bool explore,
                    std::span<const std::uint8_t> eligible, Decision& decision_out) {
  const Index best = this->best(x, verdict, explore, eligible);
  decision_out.model = best;
  decision_out.propensity = 1.0;
  if (explore && settings_.exploration > 0.0) {
    const auto candidates = std::ranges::count(eligible, std::uint8_t{1});
    if (random_.uniform() < settings_.exploration) {
      std::int64_t drawn = random_.below(candidates);
      Index k = 0;
      while (eligible[static_cast<std::size_t>(k)] == 0 || drawn-- > 0) {
        ++k;
      }
      decision_out.model = k;
      decision_out.reason = k == best ? verdict.reason : Reason::kExploration;
    }
    // P(k) = epsilon / n + (1 - epsilon) [k is best]
    decision_out.propensity = settings_.exploration / static_cast<double>(candidates);
    decision_out.propensity += decision_out.model == best ? 1.0 - settings_.exploration : 0.0;
  }
  decision_out.expected_reward = mean_[decision_out.model];
  decision_out.width = explore ? width_[decision_out.model] : 0.0;
}

void Router::set_aside(double input_tokens, bool limited, std::optional<double> limit, Accounts::Scope scope,
                       Decision& decision_out) const {
  const Index k = decision_out.model;
  double reserved = high_[k];
  if (limited) {
    const Prices& prices = cost_model_.prices(k);
    const NanoDollars most = accounts_.share(scope, limit.has_value());
    const double tokens = longest_answer(prices, input_tokens, high_tokens_[k], longest(k, limit), most);
    decision_out.max_tokens = static_cast<std::int64_t>(tokens);
    reserved = std::min(kMaxDollars, prices.of(input_tokens, tokens));
  }
  decision_out.expected_cost = to_nanodollars("expected cost", cost_[k]);
  decision_out.reserved = to_nanodollars("reserved", reserved);
}

void Router::remember(const ConstVectorRef& x, const Input& input, Accounts::Scope scope,
                      Decision& decision_out) {
  if (const PendingDecision* oldest = pending_.oldest();
      oldest != nullptr && oldest->outcome == Outcome::kOpen) {
    expire_unsettled(*oldest);
  }
  PendingDecision& pending = pending_.push(x);
  pending.model = static_cast<std::int32_t>(decision_out.model);
  pending.scope = scope;
  pending.input_tokens = input.tokens.expected;
  pending.estimate = input.estimate;
  pending.prices = cost_model_.prices(decision_out.model);
  pending.expected = decision_out.expected_cost;
  pending.high = to_nanodollars("high cost", high_[decision_out.model]);
  pending.reserved = decision_out.reserved;
  if (decision_out.max_tokens) {
    pending.max_tokens = static_cast<double>(*decision_out.max_tokens);
  }
  accounts_.reserve(pending);
  decision_out.id = pending.id;
}

}  // namespace pilotage

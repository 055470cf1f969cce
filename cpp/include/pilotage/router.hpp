// The router: learning x money x pending decisions, as one deterministic state machine.
//
//   decide     context -> means, widths, expected costs -> eligible models, dual price
//              -> argmax of score - dual_price * cost -> reservation, limit of the answer -> Decision
//   settle     actual cost -> accounts, budget policies, cost model (every call, at once)
//   feedback   reward -> the posterior of the model that was called (perhaps, later, at most once)
//
// State is a function of the settings, the models and the sequence of calls. One mutex guards it all: every
// method may be called from any thread. Nothing is allocated per decision.
//
// A reward takes longer to learn than a small decision to make, and most of that time goes into what no
// decision reads or into reading alone. So whoever learns takes a mutex of its own, `learning_`, and the
// other one only to look the decision up and to write what decisions read. Posteriors are written by who has
// both, and but for that by nobody: either suffices to read b, theta and A^-1, and A is read and written
// under `learning_`.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pilotage/accounts.hpp"
#include "pilotage/ageing.hpp"
#include "pilotage/bank.hpp"
#include "pilotage/calibration.hpp"
#include "pilotage/cost.hpp"
#include "pilotage/input_estimates.hpp"
#include "pilotage/lock.hpp"
#include "pilotage/pending.hpp"
#include "pilotage/prior_test.hpp"
#include "pilotage/random.hpp"
#include "pilotage/types.hpp"

namespace pilotage {

struct RouterSettings {
  Index dim = 0;  // d, of a context, >= 1
  Score score = Score::kLinear;
  double alpha = 1.0;  // width of the confidence bound, >= 0
  /// What alpha narrows to with the decisions made, in [0, alpha]; none: it stays. See Router::alpha.
  std::optional<double> least_alpha{};
  double forgetting = 1.0;   // gamma in (0, 1]: what a decision leaves of what was learned; see Forgetting
  double exploration = 0.0;  // chance of a uniform draw among the eligible, in [0, 1]
  std::uint64_t seed = 0;
  std::int64_t capacity = 65'536;  // decisions remembered
  std::int64_t epoch = 0;          // in [0, kMaxEpoch]
  std::int64_t refactor_every = kRefactorEvery;
  CostSettings cost{};
  /// What every model goes back to, its own rewards kept: little by little as the priors age, and at once
  /// when rewards refute them. None: they stand.
  std::optional<ModelPrior> fallback{};
  std::int64_t halved_after = kHalvedAfter;  // rewards, >= 1; see Ageing
  /// A model without rewards is expected to earn what the enabled ones that have some earn on average, and
  /// with its first reward the mean of its prior becomes their mean theta; that of the very first model
  /// becomes the shortest theta with theta'x = its first reward. From a prior of 0 models would look worse
  /// than one that was called before and never be tried, the more so the shorter the contexts.
  bool like_pool = false;
};

struct ModelSettings {
  Prices prices;
  double expected_output_tokens;       // > 0
  ModelPrior prior;                    // of its reward, in d dimensions
  double max_output_tokens = 4'096.0;  // the longest answer that is paid for without max_tokens, >= 1
  bool informed = true;  // whether the prior knows this model: if not, it cannot be refuted here
  bool bounded = false;  // whether it can write no more than that, whatever max_tokens says
};

struct Decision {
  DecisionId id = -1;
  Index model = -1;         // -1: refused, see reason; nothing was reserved or remembered
  double propensity = 0.0;  // chance that this model was chosen, given the state
  double expected_reward = 0.0;
  double width = 0.0;  // sqrt(x' A^-1 x) of the chosen model, to about three digits; 0 when not exploring
  NanoDollars expected_cost = 0;
  NanoDollars reserved = 0;
  Reason reason = Reason::kInsufficientBudget;
  std::optional<std::int64_t> max_tokens{};  // the answer's limit, to be sent upstream
  NanoDollars needed = 0;                    // where refused: what the cheapest call would have set aside
};

/// What calls were charged that no account pays for.
struct Outside {
  NanoDollars adopted = 0;   // those whose model was chosen elsewhere
  NanoDollars replaced = 0;  // those decided under budgets that others had replaced by then
};

// What refusals call a context, whoever made it of a prompt.
inline constexpr const char* kContext = "prompt's x";
inline constexpr const char* kScore = "score of prompt's x";

/// What became of a settlement, a release or a reward. Only kApplied changed anything.
enum class Status : std::uint8_t {
  kApplied,
  kDuplicate,  // said before, in the same words
  kConflict,   // said before, otherwise
  kLate,       // given out, but no longer remembered
  kUnknown,    // never given out
};

class Router {
 public:
  /// models: at least one. Throws std::invalid_argument for anything outside the ranges above.
  Router(const RouterSettings& settings, std::span<const ModelSettings> models, Budgets budgets);

  /// With one hard budget for everybody.
  Router(const RouterSettings& settings, std::span<const ModelSettings> models, const BudgetSettings& budget);

  /// Chooses a model within every budget that applies to the tenant's decisions, and the longest answer that
  /// is paid for, see caps.hpp. input_tokens >= 0, estimated: of the prompt alone, see InputEstimates;
  /// max_tokens > 0 is the longest that is wanted. explore = false: the greedy rule, no width and no draw.
  /// Throws std::invalid_argument when x has another size or is not finite. O(K d^2).
  Decision decide(const ConstVectorRef& x,  // (d,)
                  double input_tokens, std::optional<double> max_tokens, bool explore,
                  std::span<std::uint8_t> eligible_out,  // (K,) which models could have been chosen
                  std::string_view tenant = {},          // "" for none
                  bool estimated = false);

  /// Decides n requests, one after the other, as n calls would; but where models forget, all are weighed as
  /// the models were when the batch came. Each model's memory is read once for many of them. Throws as
  /// `decide` does, before anything is decided. Other calls wait for all of it. Allocates.
  void decide_many(const ConstMatrixRef& contexts,                           // (d, n)
                   const ConstVectorRef& input_tokens,                       // (n,)
                   std::optional<double> max_tokens, bool explore,           // of each
                   std::span<Decision> decisions_out,                        // (n,)
                   Eigen::Ref<Eigen::Array<std::uint8_t, -1, -1>> eligible,  // (K, n)
                   std::string_view tenant = {}, bool estimated = false);

  /// Remembers a call to model k that was chosen elsewhere, for `settle` and `feedback`. No budget is asked
  /// and none is charged. Throws as `decide` does, and std::out_of_range. O(K d).
  Decision adopt(const ConstVectorRef& x, double input_tokens, Index k, bool estimated = false);  // x (d,)

  /// Charges a call's actual cost, US dollars >= 0, and learns from it what the model's calls cost. A cost
  /// that nothing can be learned from is charged all the same.
  Status settle(DecisionId id, double usd);

  /// As above, priced from token counts, each >= 0; learns how far off an estimate of the input was.
  Status settle(DecisionId id, double input_tokens, double output_tokens);

  /// The call never happened: gives the reservation back. Nothing is learned.
  Status release(DecisionId id);

  /// Nobody will say what the call cost: charges what was reserved for it. Nothing is learned.
  Status expire(DecisionId id);

  /// Learns one reward in [0, 1]. Throws NumericalError, see Posterior::update.
  Status feedback(DecisionId id, double reward);

  /// As one by one, but for last digits: a model after the other, in this order, its memory read once for
  /// several rewards; all in this order while rewards may refute a prior, or are a model's first. Other
  /// threads' calls come in between. Throws, before anything is learned, when a reward is not in [0, 1], and
  /// NumericalError, after which some are learned. Allocates.
  void feedback_many(std::span<const DecisionId> ids, const ConstVectorRef& rewards,
                     std::span<Status> statuses_out);  // (n,) each

  /// Opens new accounts and starts the policies afresh; what was learned stays. Calls decided before
  /// are charged to none of them, see `outside`.
  void set_budgets(Budgets budgets);
  void set_budget(const BudgetSettings& budget);

  /// A new period of one budget: see Accounts::refill.
  void refill(std::size_t budget);

  /// Another limit, pace or horizon of a running budget: see Accounts::change.
  void change_budget(std::size_t budget, std::optional<std::string_view> tenant, const BudgetChange& change);

  /// What no account pays for.
  [[nodiscard]] Outside outside() const;

  [[nodiscard]] BudgetState budget() const;  // of the account opened first
  [[nodiscard]] std::vector<AccountState> budgets() const;
  [[nodiscard]] std::vector<AccountState> budgets(
      std::string_view tenant) const;  // that apply to its decisions

  /// How well each model's costs were foreseen, (K,).
  [[nodiscard]] std::vector<CostCalibration> calibration() const;

  /// Appends a model and returns its index: decisions take it from now on. Throws std::invalid_argument for
  /// anything outside the ranges above.
  Index add(const ModelSettings& model);

  /// A model that is not enabled is not called; what was learned of it stays, and decisions made before
  /// are settled and rewarded as ever. Throws std::out_of_range, and std::invalid_argument when none would
  /// be left.
  void enable(Index k, bool enabled);

  /// What model k charges from the next decision on. Throws std::out_of_range, std::invalid_argument.
  void set_prices(Index k, const Prices& prices);

  /// The longest answer of model k, from the next decision on; see ModelSettings. Throws as above.
  void set_max_output_tokens(Index k, double tokens, bool bounded);

  /// Expected reward (in `score`'s sense), width and cost of every model for this context, changing
  /// nothing. O(K d^2).
  void estimate(const ConstVectorRef& x, double input_tokens, VectorRef reward_out, VectorRef width_out,
                VectorRef usd_out, bool estimated = false) const;  // x (d,), out (K,)

  /// Whether rewards have refuted the priors: they count no more, see PriorTest.
  [[nodiscard]] bool prior_refuted() const;

  [[nodiscard]] Index dim() const { return settings_.dim; }
  [[nodiscard]] Index size() const;                  // K, models that are not enabled included
  [[nodiscard]] Posterior posterior(Index k) const;  // a copy; throws std::out_of_range

 private:
  void append(const ModelSettings& model);
  /// Whether model k has no reward yet and is to be like those that have, which lead.
  [[nodiscard]] bool follows(Index k) const;
  [[nodiscard]] bool leads(Index k) const;
  /// Expected reward of every model, in `score`'s sense.
  void means(const ConstVectorRef& x, VectorRef means_out) const;  // x (d,), out (K,)
  /// Where a model starts whose first reward this is, until now at `before`.
  [[nodiscard]] Vector like_pool(const Vector& before, const ConstVectorRef& x, double reward) const;
  Status learn_first(Index k, DecisionId id, double reward);
  struct Input {
    InputTokens tokens;
    double estimate;  // 0 where they were counted
  };
  [[nodiscard]] Input input_of(double tokens, bool estimated) const;
  /// What the call read, where its cost alone is known.
  [[nodiscard]] static double input_in(const PendingDecision& call, double usd);
  Decision decide_weighed(const ConstVectorRef& x, const Input& input, std::optional<double> limit,
                          bool explore, std::span<std::uint8_t> eligible_out, Accounts::Scope scope);
  [[nodiscard]] std::unique_lock<SpinningMutex> learning_if_models_forget();
  Status learn_reward(DecisionId id, double reward);
  /// The second half of it: model k is prepared for x and this reward.
  Status take_prepared(Index k, const ConstVectorRef& x, DecisionId id, double reward);  // x (d,)
  void learn_together(Index k, std::span<const std::size_t> which, std::span<const DecisionId> ids,
                      const ConstVectorRef& rewards, std::span<Status> statuses_out);
  [[nodiscard]] std::optional<Status> refused_reward(DecisionId id, double reward);
  [[nodiscard]] double alpha() const;
  void score(const ConstVectorRef& x, bool explore);
  void foresee(const ConstVectorRef& x, double input_tokens);
  [[nodiscard]] double longest(Index k, std::optional<double> limit) const;  // L_k of caps.hpp
  void afford(double input_tokens, bool limited, std::optional<double> limit, NanoDollars room,
              std::span<std::uint8_t> eligible_out);
  [[nodiscard]] NanoDollars needed() const;
  [[nodiscard]] Index best(const ConstVectorRef& x, const Verdict& verdict, bool explore,
                           std::span<const std::uint8_t> eligible);
  /// Marks the eligible models that may still be the best, or tie with it: a value is off by at most its
  /// error. Returns the one with the highest bound of those with an error, or -1 where that settles it.
  Index contend(std::span<const std::uint8_t> eligible);
  void choose(const ConstVectorRef& x, const Verdict& verdict, bool explore,
              std::span<const std::uint8_t> eligible, Decision& decision_out);
  void set_aside(double input_tokens, bool limited, std::optional<double> limit, Accounts::Scope scope,
                 Decision& decision_out) const;
  void remember(const ConstVectorRef& x, const Input& input, Accounts::Scope scope, Decision& decision_out);
  [[nodiscard]] NanoDollars* outside_of(const PendingDecision& call);
  void expire_unsettled(const PendingDecision& call);
  void map_ahead(std::unique_lock<SpinningMutex> lock);
  Status settle_locked(PendingDecision& pending, double input_tokens, double usd);
  [[nodiscard]] Status absent(DecisionId id) const;
  [[nodiscard]] bool prior_in_doubt() const;
  void doubt_prior(Index k, double predicted, double reward);

  mutable SpinningMutex learning_;  // taken before the other
  mutable SpinningMutex mutex_;
  RouterSettings settings_;
  Bank bank_;
  PriorTest prior_test_;
  Ageing ageing_;
  CostModel cost_model_;
  InputEstimates inputs_;
  Index followers_ = 0;                       // models that begin like the pool
  std::vector<std::uint8_t> enabled_;         // (K,)
  std::vector<double> longest_;               // (K,) output tokens, without max_tokens
  std::vector<double> bound_;                 // (K,) and with it
  std::vector<CostCalibration> calibration_;  // (K,)
  PendingDecisions pending_;
  Accounts accounts_;
  Outside outside_;
  Random random_;
  Vector heard_;  // workspace (d,): the context of the reward that is being learned
  Vector mean_;   // workspaces (K,)
  Vector width_;
  Vector error_;  // of width_, at most
  Vector cost_;
  Vector high_;         // what such calls cost at most, 19 times out of 20
  Vector high_tokens_;  // and how long their answers are
  Vector value_;
  std::vector<std::uint8_t> contender_;
};

}  // namespace pilotage

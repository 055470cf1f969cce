"""The object a user holds."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pilotage import _check, _core
from pilotage._core import Decision
from pilotage.accounts import Accounts, as_budgets, core_budgets
from pilotage.batch import Prompts, counter, many_contexts, many_input_tokens
from pilotage.batch import input_tokens as input_tokens_of
from pilotage.budget import Budget, BudgetExhausted, BudgetState, Outside
from pilotage.calibration import CostCalibration
from pilotage.models import Model, as_models
from pilotage.plan import Plan, plan_batch
from pilotage.projection import DEFAULT_INTERCEPT
from pilotage.recorded import Replayed, play_recorded
from pilotage.start import DEFAULT_PRIOR_REWARD, Prompt, start_from

if TYPE_CHECKING:
    from pilotage.prior import Prior

DEFAULT_ALPHA, FORGETFUL_ALPHA, INFORMED_ALPHA, LEAST_ALPHA = 1.5, 1.0, 1.0, 0.8
DEFAULT_COST_COMPONENTS, DEFAULT_SHARED_COST_COMPONENTS = 16, 64
_EPOCH_BITS = 23
_OF_THE_FILE: Mapping[str, Any] = {}


class Router:
    """Chooses the model for each prompt, learns from rewards, spends no more than its budget.

    Every method may be called from any thread.

    Parameters
    ----------
    models : names, or `Model`s with prices; distinct, at least one
    budget : `Budget`, or None: the best model wins whatever it costs
    dim : d. Contexts are then vectors used exactly as given: no encoder, no intercept. For how a model starts
        see `prior_reward`
    encoder : text -> embedding; None for the packaged one. See `pilotage.encode.as_encoder`
    prior : what was learned before, a `Prior` or its file, fitted with the same encoder. A model it does not
        know starts from its pool's mean, unsure; one at least it must know. A calibrated prior counts half
        after 1,000 rewards, a quarter after 2,000, and so on to a sixteenth; rewards may refute it before,
        see `prior_refuted`. `strength` and `prior_reward` are what is left then; `intercept` is the prior's
    score : "linear", calibrated (theta'x), or "pilot", as published (cos(x, theta))
    alpha : width of the upper confidence bound, >= 0. A model whose first answers fail by chance is called
        again only if this is wide enough. None for 1.5; for 1 with `forgetting`, since a router that forgets
        never becomes sure and explores for ever, and with a calibrated prior, which spares most of the
        exploring. Less earns more where the pool stays the same, but below 0.8 a newcomer may look worse
        than good models do and never be tried. So the 1.5 narrows: after t > 100 K decisions between K
        models, greedy and adopted ones included, it is max(0.8, 1.5 sqrt(100 K / t)). With `forgetting` and
        with a calibrated prior, which may be wrong, alpha stays, and so does one that is given
    strength : lambda, the prior's weight in observations, > 0. With the packaged encoder the default shrinks
        the embedding's coefficients as lambda / (1 - w^2) = 13 observations would, the level as 3 would
    forgetting : gamma in (0, 1]. What was observed n decisions ago counts gamma^n times, and models return to
        their prior; 1 for never. Something like 1 - 1 / (decisions that the world stays the same)
    exploration : chance of a uniform draw among the eligible models, in [0, 1]; gives every candidate a
        positive propensity, which off-policy evaluation needs
    seed : of the exploration draws
    intercept : w in (0, 1), the constant's share of a text's context; see `Projection`. Not with `dim`
    prior_reward : what is expected of a model before its first reward, in [0, 1]. With `dim` there is no
        constant to hold it: by default the first reward of all says what is expected of its model, and a
        model without rewards is expected to earn what the pool's models that have some earn on average; with
        `forgetting` a model returns to what was expected at its first reward. 0, nothing is expected of any,
        as published: beside one that earns much others may never be tried. Anything else is refused.
        Contexts should be of about one length, or the first says too much, or too little, of all
    remember : how many decisions are kept for `settle` and `feedback`; when one is forgotten unsettled, its
        reservation is charged
    cost_components : how many leading components of the context predict the length of a model's answer, from
        its own; 0 for each model's mean length, as in the paper. By default 16, or the whole context if that
        is shorter
    shared_cost_components : how many predict it from the answers of all models, relative to each one's mean,
        so that a model that is seldom called is charged for long prompts, too; 0 for none. By default 64, or
        the whole context if that is shorter; 0 with cost_components=0
    cost_strength : weight of a model's `expected_output_tokens`, in settled calls, > 0
    learn_costs : False: expected lengths stay those of the models given. They are learned from settlements
        and, whatever `forgetting`, each model's last 500 count most
    budgets : several at once: a total, per tenant, per period. Each decision is inside all that apply to it
    clock : seconds since the epoch, in [0, 1e11), for budgets with a period; what it returns is checked when
        it is asked, by every call that moves or shows money. A reading far ahead refills once, and periods go
        on as ever when it is back
    tokenizer : text -> number of its tokens, where `input_tokens` is not given; None to estimate it, see
        `decide`

    Raises
    ------
    TypeError, ValueError : naming the argument, what was expected and what came

    References
    ----------
    PILOT, arXiv 2508.21141: section 3.2 for the scores and updates, section 4.1 for the budget.
    """

    def __init__(
        self,
        models: Iterable[str | Model],
        budget: Budget | None = None,
        *,
        dim: int | None = None,
        encoder: object = None,
        prior: Prior | str | os.PathLike[str] | None = None,
        score: Literal["linear", "pilot"] = "linear",
        alpha: float | None = None,
        strength: float = 2.5,
        forgetting: float = 1.0,
        exploration: float = 0.0,
        seed: int = 0,
        remember: int = 65_536,
        intercept: float = DEFAULT_INTERCEPT,
        prior_reward: float = DEFAULT_PRIOR_REWARD,
        cost_components: int | None = None,
        shared_cost_components: int | None = None,
        cost_strength: float = 1.0,
        learn_costs: bool = True,
        budgets: Sequence[Budget] | None = None,
        clock: Callable[[], float] = time.time,
        tokenizer: Callable[[str], float] | None = None,
    ) -> None:
        pool = as_models(models)
        self._names = [model.name for model in pool]  # ever, by index; it only grows
        self._removed: frozenset[str] = frozenset()
        self._pool_lock = threading.RLock()  # decisions do not take it
        plan = as_budgets(budget, budgets)
        if not callable(clock):
            raise TypeError(f"clock must be a function without arguments, got {clock!r}")
        if score not in ("linear", "pilot"):
            raise ValueError(f"score must be 'linear' or 'pilot', got {score!r}")
        self._start = start_from(
            models=self._names,
            dim=dim,
            encoder=encoder,
            prior=prior,
            intercept=intercept,
            prior_reward=prior_reward,
            strength=strength,
        )
        if dim is not None and tokenizer is not None:
            raise ValueError(f"tokenizer must be None when dim is given, got {tokenizer!r}")
        self._count = counter(tokenizer)
        forgetting = _check.discount("forgetting", forgetting)
        narrows = alpha is None and forgetting == 1.0 and not self._start.calibrated
        if alpha is None:
            alpha = DEFAULT_ALPHA if forgetting == 1.0 else FORGETFUL_ALPHA
            if self._start.calibrated:
                alpha = min(alpha, INFORMED_ALPHA)
        self._context = self._start.context
        dim = self._start.dim
        if cost_components is None:
            cost_components = min(DEFAULT_COST_COMPONENTS, dim)
        if shared_cost_components is None:
            shared_cost_components = 0 if cost_components == 0 else min(DEFAULT_SHARED_COST_COMPONENTS, dim)
        self._core = _core.Router(
            [self._core_model(model) for model in pool],
            core_budgets(plan),
            dim=dim,
            score=score,
            alpha=_check.nonnegative("alpha", alpha),
            least_alpha=LEAST_ALPHA if narrows else None,
            forgetting=forgetting,
            exploration=_check.unit_interval("exploration", exploration),
            seed=_check.count("seed", seed, minimum=0),
            capacity=_check.count("remember", remember),
            epoch=int.from_bytes(os.urandom(4), "big") >> (32 - _EPOCH_BITS),
            cost_components=_check.count("cost_components", cost_components, minimum=0),
            shared_cost_components=_check.count("shared_cost_components", shared_cost_components, minimum=0),
            cost_strength=_check.positive("cost_strength", cost_strength),
            learn_costs=_check.flag("learn_costs", learn_costs),
            fallback=self._start.fallback,
            like_pool=self._start.like_pool,
        )
        self._accounts = Accounts(self._core, plan, clock)

    @classmethod
    def from_config(
        cls,
        path: str | os.PathLike[str],
        *,
        models: Iterable[str | Model] | None = None,
        budget: Mapping[str, Any] | Budget | None = _OF_THE_FILE,
        **more: Any,
    ) -> Router:
        """A router from a file of settings, see `pilotage.config`; `pilotage tune` writes one.

        Parameters
        ----------
        path : JSON, or TOML from Python 3.11 on
        models : instead of the file's
        budget : keywords of `Budget` over the file's, a whole `Budget` instead of it, or None for none
        more : keywords of `Router` over the file's

        Raises
        ------
        FileNotFoundError, ImportError, TypeError, ValueError : as `pilotage.config.read_config`; a policy
            without an amount; no models; or as `Router`
        """
        from pilotage.config import read_config

        config = read_config(path)
        pool = config.models if models is None else models
        if not pool:
            raise ValueError(f"models must be given, since {path} names none")
        if budget is not None and not isinstance(budget, Budget):
            budget = config.make_budget(budget)
        keywords = {**config.router, **more}
        if config.dimension is not None:
            from pilotage.encode import Leading, as_encoder

            keywords["encoder"] = Leading(as_encoder(keywords.get("encoder")), config.dimension)
        return cls(pool, budget, **keywords)

    def decide(
        self,
        prompt: Prompt,
        *,
        input_tokens: float | None = None,
        max_tokens: float | None = None,
        explore: bool = True,
        tenant: str | None = None,
    ) -> Decision:
        """Chooses the model for one prompt and reserves its cost.

        Parameters
        ----------
        prompt : text, or its embedding (d_e,) from the router's encoder; with `dim=` the context (d,)
        input_tokens : length of what is sent, >= 0: the prompt, the system prompt, the history and the tools.
            A hard limit holds where this is exact, or above what is sent. Without it the text alone is
            counted, by `Router(tokenizer=)`, or estimated: a token for 4 ASCII characters, and for 3 bytes
            in UTF-8 of all others, rounded up; a vector counts 256. What calls read beyond such an estimate
            is learned from `settle(tokens=)`, of all models and tenants together: expected costs follow the
            mean of the last 64 calls, and what is set aside what 19 of 20 of them did not exceed
        max_tokens : the longest answer that is wanted, >= 1; of a model with `max_output_tokens` no more than
            that. The worst case under it is reserved. Where as much for each call under way would take more
            than an eighth of the money left, `Decision.max_tokens` is less, but never less than 19 of 20 such
            answers need: long answers of some are not paid for by refusing others
        explore : False for the greedy rule, without the confidence bound or the exploration floor
        tenant : on whose behalf: the budgets of that tenant apply too

        Raises
        ------
        BudgetExhausted : no model may be called within the budget; its `reason` says why, its `account` where
        TypeError, ValueError : wrong type or shape, not finite, negative tokens, a `max_tokens` below 1
        """
        if explore is not True and explore is not False:
            raise TypeError(f"explore must be True or False, got {explore!r}")
        if self._accounts.periodic:
            self._accounts.refill()
        # What has the right type already is not looked at again: that would take as long as a decision.
        tokens = (
            input_tokens
            if type(input_tokens) is float
            else input_tokens_of(prompt, input_tokens, self._count)
        )
        estimated = input_tokens is None
        longest = max_tokens
        if longest is not None and not (type(longest) is float and 1.0 <= longest <= 1e300):
            longest = _check.max_tokens(longest)
        of = "" if tenant is None else _check.tenant(tenant)
        # A vector that is a context is taken as it is; anything else is made one.
        core, names = self._core, self._names
        made = None
        if self._start.plain:
            made = core.decide(prompt, tokens, longest, explore, of, names, estimated)
        if made is None:
            made = core.decide(self._context(prompt), tokens, longest, explore, of, names, estimated)
        if type(made) is Decision:
            return made
        assert made is not None
        raise self._refusal(*made, of)

    def decide_many(
        self,
        prompts: Prompts,
        *,
        input_tokens: Sequence[float] | NDArray[np.number] | None = None,
        max_tokens: float | None = None,
        explore: bool = True,
        tenant: str | None = None,
    ) -> list[Decision | None]:
        """Chooses a model for each of many prompts, in order, as that many calls of `decide` would.

        It lets other threads run, but their calls of this router wait for all of it. Many large matrices are
        read once for several prompts, which takes half of the time at d = 384, K = 11; few or small ones gain
        nothing. A router that forgets weighs all prompts as its models were when the batch came. Work that is
        all known beforehand is spent better by `plan`.

        Parameters
        ----------
        prompts : n texts, or n vectors, each as in `decide`
        input_tokens : (n,) lengths of the prompts, >= 0; without them as in `decide`
        max_tokens, explore, tenant : of each, as in `decide`

        Returns
        -------
        (n,) decisions; None for a prompt for which no model may be called within the budget

        Raises
        ------
        TypeError, ValueError : as in `decide`, before anything is decided
        """
        if explore is not True and explore is not False:
            raise TypeError(f"explore must be True or False, got {explore!r}")
        tokens = many_input_tokens(prompts, input_tokens, self._count)
        contexts = many_contexts(prompts, self._context, self.dim)
        longest = None if max_tokens is None else _check.max_tokens(max_tokens)
        of = "" if tenant is None else _check.tenant(tenant)
        self._accounts.refill()
        return self._core.decide_many(
            contexts, tokens, longest, explore, of, self._names, estimated=input_tokens is None
        )

    def _refusal(self, reason: str, needed: float, tenant: str) -> BudgetExhausted:
        must = "budget must afford at least one model"
        if reason == "priced_out":
            must = "money must earn more here than elsewhere for a model to be called"
        states = self._accounts.states(tenant)
        return BudgetExhausted(
            f"{must}, the cheapest of which may cost {needed:.9g} US dollars, got {states}",
            reason,
            needed,
            self._accounts.refusing(states, reason, needed),
        )

    def adopt(self, prompt: Prompt, model: str, *, input_tokens: float | None = None) -> Decision:
        """Takes in a call whose model was chosen elsewhere, by `plan` or by a person, to learn from it.

        The decision's id is for `settle` and `feedback`, as any other. No budget is asked, and no limit of
        the answer is set. The call is charged to no account: `settle` learns from its cost, `budget` and
        `budgets` do not show it, and `outside.adopted` adds it up.

        Parameters
        ----------
        prompt, input_tokens : as in `decide`
        model : in the pool

        Raises
        ------
        TypeError, ValueError : as in `decide`; a name that is not in the pool
        """
        k, tokens = self._index(model), input_tokens_of(prompt, input_tokens, self._count)
        self._accounts.refill()
        return self._core.adopt(self._context(prompt), tokens, k, self._names, input_tokens is None)

    def settle(
        self,
        id: int,
        cost: float | None = None,
        *,
        tokens: Sequence[float] | NDArray[np.number] | None = None,
    ) -> str:
        """Charges a call's actual cost, at once, and learns from it what such calls cost.

        Parameters
        ----------
        id : `Decision.id`
        cost : US dollars, >= 0; or
        tokens : (input, output) counts, charged at the prices that the model had when it was chosen, whatever
            `set_prices` said since. Where `input_tokens` was not given, the first says how far off the
            estimate was, which a cost alone does not tell

        Returns
        -------
        "applied"; "duplicate" when already settled at this cost, "conflict" when otherwise settled or
        released; "late" when no longer remembered; "unknown" when never given out. Only "applied" changes
        anything.

        Raises
        ------
        TypeError, ValueError : neither or both given, not a number, not finite, negative
        """
        if (cost is None) == (tokens is None):
            raise ValueError(f"cost or tokens must be given, and not both, got cost={cost}, tokens={tokens}")
        key = id if type(id) is int else _check.decision_id(id)
        if self._accounts.periodic:
            self._accounts.refill()
        if tokens is None:
            return self._core.settle(key, cost if type(cost) is float else _check.number("cost", cost))
        read, written = tokens if type(tokens) is tuple and len(tokens) == 2 else _check.pair(tokens)
        if type(read) is not float or type(written) is not float:
            read, written = _check.pair((read, written))
        return self._core.settle_tokens(key, read, written)

    def release(self, id: int) -> str:
        """The call never happened: gives its reservation back. Returns as `settle` does."""
        key = _check.decision_id(id)
        self._accounts.refill()
        return self._core.release(key)

    def expire(self, id: int) -> str:
        """Nobody will say what the call cost: charges its reservation. Returns as `settle` does.

        A decision that is forgotten unsettled expires by itself; a reward for it is still learned.
        """
        key = _check.decision_id(id)
        self._accounts.refill()
        return self._core.expire(key)

    def feedback(self, id: int, reward: float) -> str:
        """Learns the reward in [0, 1] of one decision, at most once; True is 1, and False 0.

        Returns as `settle` does; a second, different reward is a "conflict". Raises ValueError for a
        reward outside [0, 1], TypeError for what is not a number.
        """
        key = id if type(id) is int else _check.decision_id(id)
        return self._core.feedback(key, reward if type(reward) is float else _check.reward(reward))

    def feedback_many(self, ids: Sequence[int], rewards: Sequence[float] | NDArray[np.floating]) -> list[str]:
        """Learns the rewards of many decisions, as `feedback` one by one; lets other threads run.

        A model's rewards are learned together, in this order, so that its matrix is read once for several;
        all in this order while rewards may still refute a prior, or, with `dim`, are a model's first.

        Raises TypeError or ValueError, before anything is learned, for lengths that differ or a reward
        outside [0, 1].
        """
        expected, given = _check.length("ids", ids, "ids"), _check.length("rewards", rewards, "rewards")
        if given != expected:
            raise ValueError(f"rewards must have length {expected}, got {given}")
        keys = [_check.decision_id(id) for id in ids]
        values = np.array([_check.reward(reward) for reward in rewards], np.float64)
        return self._core.feedback_many(keys, values)

    @property
    def budget(self) -> BudgetState:
        """The account now, the first of several: limit, settled, reserved, remaining, in US dollars.

        ValueError where every budget has an account for each tenant: `budgets` shows those.
        """
        return self._accounts.first()

    @property
    def budgets(self) -> dict[str, BudgetState]:
        """Every account now, by name: "total", "per-tenant/acme"."""
        return self._accounts.states()

    @property
    def outside(self) -> Outside:
        """What calls were charged so far that are in none of `budgets`, in US dollars."""
        return Outside(*self._core.outside())

    def set_budget(self, budget: Budget | None) -> None:
        """Opens a new account, or removes every limit: None. What was learned stays; calls still open close
        with the accounts before, and what they are charged is in `outside` alone.
        """
        self._accounts.replace(as_budgets(budget, None))

    def set_budgets(self, budgets: Sequence[Budget]) -> None:
        """Opens new accounts for several budgets, as `set_budget` does for one; an empty list removes every
        limit.
        """
        if budgets is None:
            raise TypeError("budgets must be a list of pilotage.Budget, [] to remove every limit, got None")
        self._accounts.replace(as_budgets(None, budgets))

    def set_limit(
        self,
        name: str,
        usd: float | None = None,
        *,
        usd_per_request: float | None = None,
        requests: int | None = None,
    ) -> None:
        """Changes the limit, the pace or the horizon of a running budget, and of its periods to come: what
        was settled and reserved stays, and so does what its policy has learned. The name of a budget with an
        account for each tenant replaces limits that were set for single tenants.

        Parameters
        ----------
        name : `Budget.name`, for every tenant where it has one account for each; or "<name>/<tenant>" for
            one, be it before its first decision
        usd : US dollars, >= 0; the policy has as much more money, or less, to spend. Below what was spent,
            nothing is affordable until it is raised again, or a new period begins. A budget that had none, of
            `usd_per_request` alone, has a limit from then on, and a hard one unless it is `soft`; only new
            budgets, `set_budget` or `set_budgets`, take it away
        usd_per_request : US dollars, >= 0, of a budget that has a pace; what was saved stays, at most 50
            requests' money at the new one
        requests : the horizon, those before included, >= 1, of a budget with the policy "dual" or "even"

        Raises
        ------
        TypeError, ValueError : naming the argument, nothing changed; nothing given
        """
        self._accounts.set_limit(name, usd, usd_per_request, requests)

    @property
    def costs(self) -> dict[str, CostCalibration]:
        """How well each model's costs were foreseen so far."""
        rows = self._core.calibration()
        pool = self.models
        return {
            name: CostCalibration(*row) for name, row in zip(self._names, rows, strict=False) if name in pool
        }

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the pool, in the order in which they joined."""
        return tuple(name for name in self._names if name not in self._removed)

    def add(self, model: str | Model) -> None:
        """Takes a model into the pool: decisions consider it from now on.

        A newcomer starts from the prior, or with `dim` as the pool does, see `prior_reward`, and its
        uncertainty gets it tried, within the budget. A model that was removed
        returns with what was learned of it, at the prices and with the longest answer given now, or with
        those it had where its name alone is given.

        Raises
        ------
        TypeError, ValueError : as in `Model`; a name that is in the pool already
        """
        if not isinstance(model, (str, Model)):
            raise TypeError(f"model must be a name or a Model, got {model!r}")
        with self._pool_lock:
            name = model.name if isinstance(model, Model) else model
            if name in self.models:
                raise ValueError(f"model must not be in the pool yet, got {name!r}")
            if isinstance(model, str) and model in self._removed:
                self._core.enable(self._names.index(model), True)
                self._removed -= {model}
                return
            (newcomer,) = as_models([model])
            if newcomer.name in self._removed:
                k = self._names.index(newcomer.name)
                self._core.set_prices(k, *newcomer.prices)
                self._core.set_max_output_tokens(k, newcomer.longest_answer, newcomer.bounded)
                self._core.enable(k, True)
                self._removed -= {newcomer.name}
            else:
                self._names.append(newcomer.name)  # first: a decision may name it once the core has it
                try:
                    self._core.add(self._core_model(newcomer))
                except BaseException:
                    self._names.pop()
                    raise

    def remove(self, model: str) -> None:
        """Takes a model out of the pool. Calls under way are settled and rewarded as ever.

        Raises
        ------
        ValueError : a name that is not in the pool, or the last one in it
        """
        with self._pool_lock:
            self._core.enable(self._index(model), False)
            self._removed |= {model}

    def set_prices(self, model: str, input_cost_per_token: float, output_cost_per_token: float) -> None:
        """What a model charges from the next decision on, US dollars per token, in [0, 1000].

        What was learned of the length of its answers stays. Raises ValueError and TypeError, naming the
        argument.
        """
        self._core.set_prices(
            self._index(model),
            _check.price(f"input_cost_per_token of {model!r}", input_cost_per_token),
            _check.price(f"output_cost_per_token of {model!r}", output_cost_per_token),
        )

    def _index(self, model: str) -> int:
        if model not in self.models:
            raise ValueError(f"model must be one of {', '.join(self.models)}, got {model!r}")
        return self._names.index(model)

    def _core_model(self, model: Model) -> _core.ModelSettings:
        return _core.ModelSettings(
            input_price=model.prices[0],
            output_price=model.prices[1],
            expected_output_tokens=model.expected_output_tokens,
            prior=self._start.model(model.name),
            max_output_tokens=model.longest_answer,
            informed=self._start.informed(model.name),
            bounded=model.bounded,
        )

    @property
    def prior_refuted(self) -> bool:
        """Whether rewards have refuted the prior.

        Each reward is predicted twice: from the prior, learning on the way, and from the model's own rewards
        alone. Once the second is 100 times likelier than the first, every model goes back to `prior_reward`
        and `strength`, and keeps the rewards it got: a prior of other models or other times costs a few dozen
        requests. Only models it knows count, and only their first 2,000 rewards.

        Were rewards as the first predicts, the chance that it is ever refuted would be at most 1 %, whether
        they are 0 and 1 or fractions (Ville's inequality). But it is a regression that learns on the way, not
        the truth: 2 of 400 true priors were refuted in runs of 10,000 requests, see `benchmarks/prior`.
        One that is right about other tasks, harder or easier for all models, is refuted more often. A prior
        as in the paper never is, nor does it age.
        """
        return self._core.prior_refuted

    @property
    def dim(self) -> int:
        """d, of a context."""
        return self._core.dim

    def estimate(
        self, prompt: Prompt, *, input_tokens: float | None = None
    ) -> dict[str, tuple[float, float, float]]:
        """What the router believes of each model for a prompt: (expected reward, width, expected cost).

        Changes nothing. Cost in US dollars; raises as `decide` does.
        """
        x = self._context(prompt)
        tokens = input_tokens_of(prompt, input_tokens, self._count)
        reward, width, cost = self._core.estimate(x, tokens, input_tokens is None)
        rows = zip(reward.tolist(), width.tolist(), cost.tolist(), strict=True)
        pool = self.models
        return {name: row for name, row in zip(self._names, rows, strict=False) if name in pool}

    def plan(
        self,
        prompts: Prompts,
        budget: float,
        *,
        input_tokens: Sequence[float] | NDArray[np.number] | None = None,
        allow_none: bool = False,
        time_limit: float | None = None,
    ) -> Plan:
        """One model for every prompt of a batch, at the highest expected reward within a budget of its own.

        For work that is all known beforehand: the best choice for the whole batch, where `decide` must choose
        prompt by prompt. It goes by `estimate`: expected rewards without the confidence bound, and expected
        costs. Nothing is reserved, charged or learned, and the router's own budget is not asked. To learn
        from a call of the plan, `adopt` it when it is made.

        The budget is one of expected costs, and no hard limit: the bill may exceed it. Answers longer than
        expected cost more, nothing limits them, and adopted calls are charged to no account.

        Parameters
        ----------
        prompts : N texts, or N vectors, each as in `decide`
        budget : US dollars of expected cost for all prompts together, in [0, 4e9]
        input_tokens : (N,) lengths of the prompts, >= 0; without them as in `decide`
        allow_none : a prompt may also go to no model, which costs and earns nothing
        time_limit : seconds, see `pilotage.knapsack.solve`

        Raises
        ------
        BudgetExhausted : not even the cheapest models fit the budget; impossible with `allow_none`
        TypeError, ValueError : as in `decide` and `pilotage.knapsack.solve`
        """
        tokens = many_input_tokens(prompts, input_tokens, self._count)
        contexts = map(self._context, prompts)
        names, pool, estimated = self._names, self._pool(), input_tokens is None
        return plan_batch(
            self._core, contexts, tokens, estimated, names, pool, budget, allow_none, time_limit
        )

    def replay(
        self,
        prompts: Prompts,
        costs: ArrayLike,
        rewards: ArrayLike | None = None,
        *,
        input_tokens: Sequence[float] | NDArray[np.number] | None = None,
        explore: bool = True,
        tenant: str | None = None,
    ) -> Replayed:
        """Plays requests whose outcomes are recorded for every model: what it would have done with them.

        As `decide`, `settle` and `feedback` for one request after the other would, but in the core, while
        other threads run. The router learns from the one model that it chose each time, and is charged for
        it; so it may begin with what is known. A recorded answer is not cut: what it cost beyond its
        reservation is an overrun. `add` and `remove` wait until it is over; Ctrl-C ends it, and requests
        before stay played.

        Parameters
        ----------
        prompts : n texts, or n vectors, each as in `decide`
        costs : (n, K) US dollars, >= 0, of every model in the order of `models`
        rewards : (n, K) in [0, 1]; None: none are told
        input_tokens : (n,) lengths of the prompts, >= 0; without them as in `decide`
        explore, tenant : of each, as in `decide`; a period of a budget does not end on the way

        Raises
        ------
        TypeError, ValueError : as in `decide`, and for outcomes of another shape or out of range, before
            anything is decided; but on the way, requests before it played, for one whose length or vector is
            so large that a cost or a score is out of range
        """
        if explore is not True and explore is not False:
            raise TypeError(f"explore must be True or False, got {explore!r}")
        tokens = many_input_tokens(prompts, input_tokens, self._count)
        contexts = many_contexts(prompts, self._context, self.dim)
        of = "" if tenant is None else _check.tenant(tenant)
        self._accounts.refill()
        estimated = input_tokens is None
        with self._pool_lock:
            return play_recorded(
                self._core, contexts, tokens, estimated, costs, rewards, self._pool(), explore, of
            )

    def _pool(self) -> list[int]:
        """Indices of the pool's models."""
        return [k for k, name in enumerate(self._names) if name not in self._removed]

"""
The C++ core of pilotage. Arrays are float64 and contiguous; money is US dollars.
"""
from __future__ import annotations
import collections.abc
import numpy
import numpy.typing
import typing
__all__: list[str] = ['CapSettings', 'Decision', 'DualSettings', 'EvenSettings', 'ModelPrior', 'ModelSettings', 'NoBudget', 'NumericalError', 'PacerSettings', 'Posterior', 'PrimalDualSettings', 'Router', 'ScopedBudget', 'TextEncoder', 'ZclSettings', 'choose_isa', 'isa', 'isas', 'replay', 'restore_decision', 'solve_knapsack', 'spend']
class NumericalError(ArithmeticError):
    pass
class NoBudget:
    """
    No money to count.
    """
    def __init__(self) -> None:
        ...
class CapSettings:
    """
    A hard limit without pacing; usd >= 0.
    """
    def __init__(self, usd: float) -> None:
        ...
class DualSettings:
    """
    One multiplier, kept solved for what is left; see Budget.
    """
    def __init__(self, usd: float, requests: int, unserved: float | None) -> None:
        ...
class PacerSettings:
    """
    So many dollars a request, without an end; see Budget.
    """
    def __init__(self, usd_per_request: float, usd: float | None, unserved: float | None) -> None:
        ...
class PrimalDualSettings:
    """
    ParetoBandit's controller; see Budget.
    """
    def __init__(self, usd_per_request: float, usd: float | None) -> None:
        ...
class EvenSettings:
    """
    An even split; see Budget.
    """
    def __init__(self, usd: float, requests: int, spill_over: bool) -> None:
        ...
class ZclSettings:
    """
    The paper's threshold with bins; see Budget.
    """
    def __init__(self, usd: float, requests: int, bin_size: int, lower: float | None, upper: float | None, stop: bool) -> None:
        ...
class ScopedBudget:
    """
    One budget, and whose decisions it applies to: '' everybody's, '*' each tenant's.
    """
    def __init__(self, spending: NoBudget | CapSettings | DualSettings | PacerSettings | PrimalDualSettings | EvenSettings | ZclSettings, soft: bool, tenant: str) -> None:
        ...
class ModelPrior:
    """
    What is believed of one model before its first observation.

    Parameters
    ----------
    mean : (d,) theta_prior
    strength : lambda > 0, its weight in observations: A_0 = lambda I, b_0 = lambda theta_prior

    Raises
    ------
    ValueError : mean or strength not finite, strength <= 0, d = 0
    """
    @staticmethod
    def of_statistics(precision: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], b: numpy.typing.NDArray[numpy.float64]) -> ModelPrior:
        """
        A prior with a full precision.

        Parameters
        ----------
        precision : (d, d) A_0, symmetric positive definite, such as lambda I + sum x x'
        b : (d,) b_0 = A_0 theta_prior, such as lambda theta_prior + sum r x

        Raises
        ------
        ValueError : not square, not symmetric, not positive definite, badly conditioned (1 / cond < 1e-12), not finite
        """
    def __init__(self, mean: numpy.typing.NDArray[numpy.float64], strength: float) -> None:
        ...
    @property
    def b(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        b_0 (d,), a read-only view
        """
    @property
    def dim(self) -> int:
        """
        d
        """
    @property
    def mean(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        theta_prior (d,), a read-only view
        """
    @property
    def precision(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        A_0 (d, d), a read-only view
        """
class Posterior:
    """
    One model's Bayesian linear regression of reward on context.

    A = A_0 and b = b_0 before the first observation, those of a `ModelPrior` or lambda I and lambda theta_prior;
    then A += x x' and b += y x,
    with A^-1 and theta = A^-1 b kept beside them by Sherman-Morrison.

    Parameters
    ----------
    prior_mean : (d,) theta_prior
    strength : lambda > 0, the prior's weight in observations
    refactor_every : updates between two fresh Cholesky factors

    Raises
    ------
    ValueError : prior_mean or strength not finite, strength <= 0, d = 0
    """
    @typing.overload
    def __init__(self, prior_mean: numpy.typing.NDArray[numpy.float64], strength: float, refactor_every: int = 4096) -> None:
        ...
    @typing.overload
    def __init__(self, prior: ModelPrior, refactor_every: int = 4096) -> None:
        ...
    def cosine(self, x: numpy.typing.NDArray[numpy.float64]) -> float:
        """
        cos(x, theta), 0 for a zero vector. x: (d,)
        """
    def forget(self, kept: float) -> bool:
        """
        Goes back to the prior but for a share of what was observed; False when A has no Cholesky factor.
        """
    def mean(self, x: numpy.typing.NDArray[numpy.float64]) -> float:
        """
        theta'x. x: (d,)
        """
    def refactorise(self) -> bool:
        """
        Recomputes A^-1 and theta from A and b; False when A has no Cholesky factor.
        """
    def update(self, x: numpy.typing.NDArray[numpy.float64], y: float, weight: float = 1.0) -> None:
        """
        Learns one observation, weight (> 0) times. x: (d,)
        """
    def width(self, x: numpy.typing.NDArray[numpy.float64]) -> float:
        """
        sqrt(x' A^-1 x). x: (d,)
        """
    @property
    def b(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        (d,), a read-only view
        """
    @property
    def covariance(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        A^-1 (d, d), a copy
        """
    @property
    def dim(self) -> int:
        """
        d
        """
    @property
    def precision(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        A (d, d), a copy
        """
    @property
    def theta(self) -> numpy.typing.NDArray[numpy.float64]:
        """
        (d,), a read-only view
        """
    @property
    def updates(self) -> int:
        """
        observations learned
        """
class ModelSettings:
    """
    One model: its prices and its prior.
    """
    def __init__(self, input_price: float, output_price: float, expected_output_tokens: float, prior: ModelPrior, max_output_tokens: float, informed: bool, bounded: bool) -> None:
        ...
@typing.final
class Decision:
    """
    Which model should answer, and why. Read-only.

    Attributes
    ----------
    id : 64-bit, never reused: for `settle`, `release` and `feedback`
    model : name of the model to call
    propensity : chance, in (0, 1], with which this model was chosen
    candidates : names of the models that could have been chosen within the budget
    expected_reward : in the units of the router's `score`
    width : sqrt(x' A^-1 x) of the chosen model, to about three digits (`Router.estimate` is exact); 0 for a
        greedy decision
    expected_cost : US dollars
    reserved : US dollars set aside until the call is settled or released
    max_tokens : the limit on the answer, to be sent upstream with the call: it is what keeps a hard budget,
        see `Budget`. None where none is needed
    reason : "best" (no pacing), "dual_price" (best reward minus price times cost), "cheapest" (the money left
        buys no more), "threshold" (cleared the policy's threshold), "even_split" (within an even split of
        what is left), "exploration" (drawn by the exploration floor) or "adopted" (chosen elsewhere)
    """
    @property
    def candidates(self) -> tuple[str, ...]:
        ...
    @property
    def expected_cost(self) -> float:
        ...
    @property
    def expected_reward(self) -> float:
        ...
    @property
    def id(self) -> int:
        ...
    @property
    def max_tokens(self) -> int | None:
        ...
    @property
    def model(self) -> str:
        ...
    @property
    def propensity(self) -> float:
        ...
    @property
    def reason(self) -> str:
        ...
    @property
    def reserved(self) -> float:
        ...
    @property
    def width(self) -> float:
        ...
class Router:
    """
    Learning, money and pending decisions. Safe from several threads.
    """
    def __init__(self, models: collections.abc.Sequence[ModelSettings], budgets: collections.abc.Sequence[ScopedBudget], *, dim: int, score: str, alpha: float, least_alpha: float | None, forgetting: float, exploration: float, seed: int, capacity: int, epoch: int, cost_components: int, shared_cost_components: int, cost_strength: float, learn_costs: bool, fallback: ModelPrior | None = None, like_pool: bool = False) -> None:
        ...
    def add(self, model: ModelSettings) -> int:
        """
        Appends a model; its index.
        """
    def adopt(self, x: numpy.typing.NDArray[numpy.float64], input_tokens: float, model: int, names: list[str], estimated: bool) -> Decision:
        """
        A decision that was taken elsewhere; no budget pays. x: (d,)
        """
    def budget(self) -> tuple[float | None, float, float, float | None, float, int, int, float]:
        """
        (limit, settled, reserved, remaining, overrun, overruns, expired, after_period)
        """
    def budgets(self, tenant: str | None) -> list[tuple[int, str, tuple[float | None, float, float, float | None, float, int, int, float]]]:
        """
        (budget, tenant, state) of every account, or of those that apply to a tenant's decisions.
        """
    def calibration(self) -> list[tuple[int, float, float, int, int, float, float]]:
        """
        (settled, expected, actual, above, unlearned, quantile, factor) of every model.
        """
    def change_budget(self, budget: int, tenant: str | None, usd: float | None, usd_per_request: float | None, requests: int | None) -> None:
        """
        Another limit, pace or horizon of a running budget; None leaves it.
        """
    def decide(self, x: typing.Any, input_tokens: float, max_tokens: float | None, explore: bool, tenant: str, names: list[str], estimated: bool) -> Decision | tuple[str, float] | None:
        """
        A decision, or the reason why there is none and what would have been set aside for the cheapest call. x: (d,); None, and nothing done, for anything but a contiguous float64 vector of d elements. names: of all models; it only ever grows
        """
    def decide_many(self, contexts: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], input_tokens: numpy.typing.NDArray[numpy.float64], max_tokens: float | None, explore: bool, tenant: str, names: list[str], estimated: bool) -> list[Decision | None]:
        """
        A decision, or None, for each of n contexts; lets other threads run. contexts: (n, d), input_tokens: (n,)
        """
    def enable(self, k: int, enabled: bool) -> None:
        """
        Whether model k may be called.
        """
    def estimate(self, x: numpy.typing.NDArray[numpy.float64], input_tokens: float, estimated: bool) -> tuple[numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
        """
        (reward, width, cost), each (K,), changing nothing. x: (d,)
        """
    def expire(self, id: int) -> str:
        """
        Nobody will say what the call cost: charges its reservation.
        """
    def feedback(self, id: int, reward: float) -> str:
        """
        Learns one reward in [0, 1].
        """
    def feedback_many(self, ids: collections.abc.Sequence[int], rewards: numpy.typing.NDArray[numpy.float64]) -> list[str]:
        """
        Learns n rewards; lets other threads run. rewards: (n,)
        """
    def outside(self) -> tuple[float, float]:
        """
        (adopted, replaced): what calls were charged that no account pays for.
        """
    def posterior(self, k: int) -> Posterior:
        """
        A copy of model k's posterior, up to date.
        """
    def refill(self, budget: int) -> None:
        """
        A new period of one budget.
        """
    def release(self, id: int) -> str:
        """
        The call never happened.
        """
    def set_budgets(self, budgets: collections.abc.Sequence[ScopedBudget]) -> None:
        """
        Opens new accounts; what was learned stays.
        """
    def set_max_output_tokens(self, k: int, tokens: float, bounded: bool) -> None:
        """
        The longest answer of model k, from the next decision on.
        """
    def set_prices(self, k: int, input_price: float, output_price: float) -> None:
        """
        What model k charges from the next decision on.
        """
    def settle(self, id: int, usd: float) -> str:
        """
        Charges a call's actual cost.
        """
    def settle_tokens(self, id: int, input_tokens: float, output_tokens: float) -> str:
        """
        Charges a call by its token counts.
        """
    @property
    def dim(self) -> int:
        ...
    @property
    def prior_refuted(self) -> bool:
        ...
    @property
    def size(self) -> int:
        """
        K
        """
class TextEncoder:
    """
    Uncased BERT tokenizer and sum of token vectors.

    Parameters
    ----------
    table : (V, d_e) int8, float32 or float64, C-contiguous: a row per token. The rows of a projected table make a
        projected embedding
    vocabulary : V distinct tokens; those that continue a word begin with "##"
    unknown : of the vocabulary, for words that cannot be cut into pieces
    special : of the vocabulary, ASCII: taken literally wherever they stand
    max_word : characters of a longer word, which is unknown
    max_characters, max_tokens : of a text; what follows is not read

    Raises
    ------
    ValueError : naming the argument
    """
    @typing.overload
    def __init__(self, table: typing.Annotated[numpy.typing.NDArray[numpy.int8], "[m, n]", "flags.c_contiguous"], *, vocabulary: collections.abc.Sequence[str], unknown: str, special: collections.abc.Sequence[str], max_word: int, max_characters: int, max_tokens: int) -> None:
        ...
    @typing.overload
    def __init__(self, table: typing.Annotated[numpy.typing.NDArray[numpy.float32], "[m, n]", "flags.c_contiguous"], *, vocabulary: collections.abc.Sequence[str], unknown: str, special: collections.abc.Sequence[str], max_word: int, max_characters: int, max_tokens: int) -> None:
        ...
    @typing.overload
    def __init__(self, table: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], *, vocabulary: collections.abc.Sequence[str], unknown: str, special: collections.abc.Sequence[str], max_word: int, max_characters: int, max_tokens: int) -> None:
        ...
    def context(self, text: str, intercept: float) -> numpy.typing.NDArray[numpy.float64]:
        """
        x (d_e + 1,) = [sqrt(1 - w^2) phi / |phi|, w] of the embedding phi and the intercept w.
        """
    def encode(self, texts: collections.abc.Sequence[str]) -> numpy.typing.NDArray[numpy.float32]:
        """
        phi (n, d_e), float32: rows of length one or zero.
        """
    def tokens(self, text: str) -> list[int]:
        """
        The identifiers of the text's tokens.
        """
    @property
    def dim(self) -> int:
        """
        d_e
        """
def choose_isa(isa: str) -> None:
    """
    Uses other kernels from now on.
    """
def isa() -> str:
    """
    Which kernels are in use.
    """
def isas() -> list[str]:
    """
    Those that this machine runs, the slowest first.
    """
def replay(router: Router, contexts: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], input_tokens: numpy.typing.NDArray[numpy.float64], costs: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], rewards: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], explore: bool, estimated: bool, tenant: str) -> tuple[numpy.typing.NDArray[numpy.int64], numpy.typing.NDArray[numpy.float64], numpy.typing.NDArray[numpy.float64]]:
    """
    Recorded requests, one after the other: decide, settle, feedback. Lets other threads run.

    Parameters
    ----------
    contexts : (N, d) C-contiguous, as all of these
    input_tokens : (N,)
    costs, rewards : (N, K), of every model; US dollars, and [0, 1]; rewards of shape (0, 0) are not told

    Returns
    -------
    choice : (N,) the model called, -1 for none
    expected_cost, expected_reward : (N,) 0 for none
    """
def restore_decision(id: int, model: int, propensity: float, expected_reward: float, width: float, expected_cost: float, reserved: float, max_tokens: int, names: list[str], reason: str, eligible: bytes) -> Decision:
    """
    A decision that was pickled.
    """
def solve_knapsack(values: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], costs: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], budget: float, allow_none: bool, time_limit: float | None, max_states: int = 1048576) -> tuple[numpy.typing.NDArray[numpy.int64] | None, float, float, float, bool]:
    """
    One model per prompt, under one budget.

    Parameters
    ----------
    values, costs : (N, K) C-contiguous, read while the GIL is released; costs in US dollars
    budget : US dollars
    allow_none : -1 is a choice too, which costs and earns nothing
    time_limit : seconds, or None
    max_states : states of the search alive at once

    Returns
    -------
    (choice (N,) or None when nothing fits, value, cost in US dollars, upper_bound, optimal)

    Raises
    ------
    ValueError : naming the argument
    """
def spend(budget: NoBudget | CapSettings | DualSettings | PacerSettings | PrimalDualSettings | EvenSettings | ZclSettings, reward: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], cost: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], actual: typing.Annotated[numpy.typing.NDArray[numpy.float64], "[m, n]", "flags.c_contiguous"], list_price: numpy.typing.NDArray[numpy.float64]) -> typing.Annotated[numpy.typing.NDArray[numpy.int64], "[m, 1]"]:
    """
    A budget over N requests with known estimates: (N,) the models called, -1 for none. reward, cost and actual: (N, K), rows contiguous; list_price: (K,), half of what a thousand tokens cost in and out.
    """

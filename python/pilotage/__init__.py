"""pilotage: which model should answer this prompt, learned online, within a budget.

    >>> import pilotage as pg
    >>> router = pg.Router(models=["gpt-4o", "gpt-4o-mini"], dim=2)
    >>> decision = router.decide([1.0, 0.0])
    >>> router.settle(decision.id, cost=2e-5)
    'applied'
    >>> router.feedback(decision.id, reward=0.9)
    'applied'

The method is PILOT, "Adaptive LLM Routing under Budget Constraints" (arXiv 2508.21141).
"""

from typing import TYPE_CHECKING

from pilotage import knapsack as knapsack
from pilotage._core import Decision, NumericalError
from pilotage._isa import isa
from pilotage.budget import Budget, BudgetExhausted, BudgetState, Outside
from pilotage.calibration import CostCalibration
from pilotage.models import Model
from pilotage.plan import Plan
from pilotage.recorded import Replayed
from pilotage.router import Router

if TYPE_CHECKING:
    from pilotage.prior import Prior

__all__ = [
    "Budget",
    "BudgetExhausted",
    "BudgetState",
    "CostCalibration",
    "Decision",
    "Model",
    "NumericalError",
    "Outside",
    "Plan",
    "Prior",
    "Replayed",
    "Router",
    "isa",
]


def __getattr__(name: str) -> object:
    if name == "Prior":  # loaded when asked for
        from pilotage.prior import Prior

        return Prior
    if name == "__version__":  # read when asked for: importlib.metadata costs milliseconds
        from importlib.metadata import version

        return version("pilotage")
    raise AttributeError(f"module 'pilotage' has no attribute {name!r}")

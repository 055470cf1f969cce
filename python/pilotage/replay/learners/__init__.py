"""Learners of the literature, one idea a file, to stand beside `Router` on equal terms.

Each sees the same contexts, is told the reward of the one model it called (`hybridllm` of all, `mf` of two),
and afterwards says what it expects every model to earn; costs and the policy that spends the money are the
replay's, see `pilotage.replay.baselines`.

| file | idea |
|---|---|
| `explore_only` | call models at random, fit one ridge regression each |
| `epoch_greedy` | of every so many prompts explore one, exploit the others (Langford and Zhang 2007) |
| `thompson` | call the model that is best under a draw from the posterior (Agrawal and Goyal 2013) |
| `nearest` | the mean reward of the nearest prompts that a model answered (PORT's estimate) |
| `levels` | every model's mean, whatever the prompt: what the best blind mixture needs |
| `hybrid` | would the cheap model do as well? A classifier with both models' outcomes (HybridLLM) |
| `factorisation` | who wins a vote? Factors of models and prompts (RouteLLM's matrix factorisation) |
"""

from pilotage.replay.learners.epoch_greedy import EpochGreedy
from pilotage.replay.learners.explore_only import ExploreOnly
from pilotage.replay.learners.factorisation import Factorisation
from pilotage.replay.learners.hybrid import Hybrid
from pilotage.replay.learners.learner import Learner
from pilotage.replay.learners.levels import Levels
from pilotage.replay.learners.nearest import Nearest
from pilotage.replay.learners.thompson import Thompson

__all__ = [
    "EpochGreedy",
    "ExploreOnly",
    "Factorisation",
    "Hybrid",
    "Learner",
    "Levels",
    "Nearest",
    "Thompson",
]

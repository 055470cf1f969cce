"""Off-policy evaluation: what another policy would have earned on one's own log.

| file | what it is |
|---|---|
| `log` | decisions that were made, with the chance that each had |
| `files` | such a log from Parquet, CSV, JSON lines or Vowpal Wabbit's dsjson |
| `target` | the policy in question as chances, (N, K) |
| `outcome_model` | what every model would have earned, cross-fitted, for the doubly robust estimate |
| `estimators` | IPS, SNIPS and the doubly robust estimate with intervals |
| `evaluate` | all of it, and what there is to be careful about |
| `dsjson`, `obp` | the log for Vowpal Wabbit and for the Open Bandit Pipeline |
"""

from pilotage.ope.dsjson import from_dsjson, to_dsjson
from pilotage.ope.estimators import Estimate, Estimates
from pilotage.ope.evaluate import Evaluation, evaluate
from pilotage.ope.files import read_log
from pilotage.ope.log import Log
from pilotage.ope.obp import read_obp, to_obp, write_obp
from pilotage.ope.target import greedy, uniform

__all__ = [
    "Estimate",
    "Estimates",
    "Evaluation",
    "Log",
    "evaluate",
    "from_dsjson",
    "greedy",
    "read_log",
    "read_obp",
    "to_dsjson",
    "to_obp",
    "uniform",
    "write_obp",
]

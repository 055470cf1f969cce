"""Settings of a router chosen on the tuning prompts alone, as a file that `Router.from_config` reads."""

from pilotage.tune.search import DEFAULTS, GRID, Setting, Trial, tune, tuned_policy

__all__ = ["DEFAULTS", "GRID", "Setting", "Trial", "tune", "tuned_policy"]

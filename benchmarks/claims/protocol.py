"""Deployment reward against budget and against learning size, regret while learning, and who got what."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.claims.complexity import sent
from benchmarks.claims.world import Variant, World
from pilotage.replay.references import Skyline
from pilotage.replay.runs import picked
from pilotage.tune import DEFAULTS

BUDGETS = (0.1, 0.25, 0.5)
MIDDLE = BUDGETS.index(0.25)  # where learning sizes are compared
SIZES = (100, 500, 2000)  # learning prompts, beside all of them

# The paper's cost policy for everybody, going on after a request that nothing fits; `pilot` stops there.
PUBLISHED = (
    Variant("pilot"),
    Variant("pilot+zcl"),
    Variant("pilot+zcl", prior=True),
    Variant("linucb+zcl"),
    Variant("epoch-greedy+zcl"),
    Variant("explore-only+zcl"),
    Variant("thompson+zcl"),
    Variant("random"),
)
OURS = (
    Variant("pilotage"),
    Variant("pilotage", prior=True),
    Variant("pilotage", tuned=True),
    Variant("pilot+dual"),
    Variant("pilot+dual", prior=True),
    Variant("linucb+dual"),
    Variant("epoch-greedy+dual"),
    Variant("explore-only+dual"),
    Variant("thompson+dual"),
    Variant("knn+dual"),
    Variant("knn"),
    Variant("mixture"),
)
BINARY = (Variant("hybridllm+zcl"), Variant("hybridllm+dual"))
# Which of them are compared at smaller learning sizes, too.
SIZED = tuple(
    variant
    for variant in (*PUBLISHED, *OURS)
    if variant.policy.partition("+")[0] not in ("knn", "mixture", "thompson")
    and variant not in (Variant("pilot"), Variant("pilotage", tuned=True))
)


def study(world: World, seeds: int) -> dict[str, Any]:
    """By learning size and variant: one value for each budget and seed. `sent` beside them: the skyline's."""
    n = len(world.split(0).learning)
    sizes = [size for size in SIZES if size < n]
    everybody = [*PUBLISHED, *OURS, *(BINARY if world.pool.binary else ())]
    found: dict[str, Any] = {"marks": [], "sent": [], "sizes": [*sizes, n], "played": {}}
    for size in [*sizes, None]:
        played: dict[str, dict[str, list[Any]]] = {}
        for seed in range(seeds):
            split = world.split(seed, size)
            limits = world.limits(split, BUDGETS)
            if size is None:
                found["marks"].append(world.marks(split, limits))
                skyline = Skyline(world.outcomes, split, world.embeddings)
                found["sent"].append([sent(world, split, skyline.choices(at.ceiling_usd)) for at in limits])
            for variant in everybody if size is None else SIZED:
                runs = world.play(
                    variant, split, limits if size is None else limits[MIDDLE : MIDDLE + 1], seed
                )
                row = played.setdefault(variant.name, {"reward": [], "cost": [], "regret": []})
                row["reward"].append([round(world.reward(split, run.deployed), 6) for run in runs])
                row["cost"].append([_cost(world, split, run.deployed) for run in runs])
                row["regret"].append([_regret(world, split, run.learned) for run in runs])
                if size is None:
                    row.setdefault("sent", []).append([sent(world, split, run.deployed) for run in runs])
        found["played"][str(size or n)] = played
    found["chosen"] = {
        "windows": list(world.windows.values()),
        "settings": [asdict(setting) for setting in world.settings.values()],
        "start": asdict(DEFAULTS),
    }
    return found


def _cost(world: World, split: Any, choices: Any) -> float:
    return float(f"{picked(world.outcomes.cost, split.deployment, choices).mean():.6g}")


def _regret(world: World, split: Any, learned: Any) -> float:
    """Summed over the learning prompts, against each prompt's best model."""
    best = world.outcomes.reward[split.learning].max(axis=1)
    return round(float((best - picked(world.outcomes.reward, split.learning, learned)).sum()), 3)

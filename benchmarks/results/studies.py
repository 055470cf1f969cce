"""The studies: which data, which pool."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "benchmarks" / "data"
PACKAGED = ROOT / "python" / "pilotage" / "replay" / "assets"

BUDGETS = (0.1, 0.25, 0.5)
POLICIES = (
    "pilotage",
    "pilotage+serve-all",
    "pilotage+zcl",
    "pilot",
    "pilot+dual",
    "linucb",
    "linucb+dual",
    "random",
    "always",
)
# ParetoBandit's, US dollars a request, and who is compared there.
CEILINGS = (8.3e-5, 2.3e-4, 6.6e-4, 1.9e-3, 5.3e-3, 1.5e-2)
UNDER_CEILINGS = ("pilotage", "pilotage+pacer", "linucb+dual", "random", "always")
SEEDS = 20

_THREE = ("meta-llama/llama-3.1-8b-instruct", "mistralai/mistral-large-2512", "google/gemini-2.5-pro")

_CHAT = (
    "gemini-1.5-pro-002", "Meta-Llama-3_1-70B-Instruct", "Meta-Llama-3_1-8B-Instruct", "DeepSeek-Coder-V2",
    "jamba-1.5-large", "Qwen1.5-72B-Chat", "Qwen1.5-7B-Chat", "Phi-3-mini-4k-instruct",
    "Mixtral-8x7B-Instruct-v0.1", "mathstral-7B", "c4ai-command-r-v01", "Mistral-7B-Instruct-v0.1",
    "Mistral-7B-Instruct-v0.2", "Yi-6b-Chat",
)  # fmt: skip
_TWELVE = (
    "claude-3-opus-20240229", "claude-3-5-sonnet-20241022", "gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18",
    "gpt-3.5-turbo-0125", "claude-3-haiku-20240307", "gemini-1.5-pro", "Mistral-Large-2",
    "Meta-Llama-3.1-70B-Instruct", "Meta-Llama-3.1-8B-Instruct", "Qwen2-72B-Instruct", "gemma-2-9b-it",
)  # fmt: skip


@dataclass(frozen=True)
class Study:
    """One pool on one data set.

    Attributes
    ----------
    models : None for all of the file
    ceilings : US dollars a request, in place of shares of the best model's cost
    online : learning goes on during deployment
    """

    title: str
    path: Path
    models: tuple[str, ...] | None = None
    policies: tuple[str, ...] = POLICIES
    ceilings: tuple[float, ...] | None = None
    online: bool = False


STUDIES = (
    Study("ParetoBandit, 4 models", PACKAGED / "paretobandit.parquet"),
    Study(
        "ParetoBandit, 3 models, its ceilings, learning on",
        PACKAGED / "paretobandit.parquet",
        _THREE,
        UNDER_CEILINGS,
        CEILINGS,
        online=True,
    ),
    Study("MMLU-Pro, 14 chat models", DATA / "mmlu_pro.parquet", _CHAT),
    Study(
        "MMLU-Pro, 14 chat models and a cheap good one",
        DATA / "mmlu_pro.parquet",
        (*_CHAT, "gemini-1.5-flash-002"),
    ),
    Study("ZeroEval, 12 models", DATA / "zeroeval.parquet", _TWELVE),
    Study("RouteLLM, 2 models", DATA / "routellm.parquet"),
)

# Whole pools under shares of the best model's cost.
POOLS = tuple(study for study in STUDIES if study.ceilings is None)

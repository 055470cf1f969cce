"""Other libraries' objects, those of them that are installed: `pip install --group bench-speed`."""

from __future__ import annotations

from importlib.util import find_spec

from benchmarks.libraries.contextual import ContextualBandits, ContextualBandits32
from benchmarks.libraries.library import Library
from benchmarks.libraries.mab import MabWiser
from benchmarks.libraries.pareto import ParetoBandit
from benchmarks.libraries.vowpal import VowpalWabbit

_KNOWN: dict[str, tuple[str, type[Library]]] = {
    "paretobandit": ("pareto_bandit", ParetoBandit),
    "contextualbandits": ("contextualbandits", ContextualBandits),
    "contextualbandits, float32": ("contextualbandits", ContextualBandits32),
    "mabwiser": ("mabwiser", MabWiser),
    "vowpalwabbit": ("vowpalwabbit", VowpalWabbit),
}
LIBRARIES = {name: library for name, (module, library) in _KNOWN.items() if find_spec(module)}

"""Adam (Kingma and Ba 2015, algorithm 1), for a handful of arrays, and the rule that stops it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pilotage.arrays import Floats

RATE, DECAY_1, DECAY_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


class Adam:
    """Descends in place on the arrays given; one `step` per gradient."""

    def __init__(self, parameters: Sequence[Floats], rate: float = RATE) -> None:
        self._parameters, self._rate, self._steps = list(parameters), rate, 0
        self._first = [np.zeros_like(each) for each in parameters]
        self._second = [np.zeros_like(each) for each in parameters]

    def step(self, gradients: Sequence[Floats]) -> None:
        self._steps += 1
        # m <- b1 m + (1 - b1) g,  v <- b2 v + (1 - b2) g^2,  w <- w - rate m^ / (sqrt(v^) + epsilon)
        scale_1, scale_2 = 1.0 - DECAY_1**self._steps, 1.0 - DECAY_2**self._steps
        for w, m, v, g in zip(self._parameters, self._first, self._second, gradients, strict=True):
            m += (1.0 - DECAY_1) * (g - m)
            v += (1.0 - DECAY_2) * (g * g - v)
            w -= (self._rate / scale_1) * m / (np.sqrt(v / scale_2) + EPSILON)


class EarlyStopping:
    """Keeps the parameters with the least held-out loss; gives up `patience` epochs after them."""

    def __init__(self, parameters: Sequence[Floats], patience: int) -> None:
        self._parameters, self._patience = list(parameters), patience
        self._best = [each.copy() for each in parameters]
        self.loss = math.inf
        self._since = 0

    def done(self, loss: float) -> bool:
        """Take one epoch's held-out loss; True when it is time to stop."""
        if loss < self.loss:
            self.loss, self._since = loss, 0
            for best, now in zip(self._best, self._parameters, strict=True):
                best[:] = now
        else:
            self._since += 1
        return self._since >= self._patience

    def restore(self) -> None:
        """Put the best parameters back."""
        for best, now in zip(self._best, self._parameters, strict=True):
            now[:] = best

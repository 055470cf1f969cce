"""LiteLLM's provider budget in the same harness: 64 calls at once against one limit."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.stress.harness import THREADS

MODEL = "openai/gpt-4o-mini"
PROMPT = "hello " * 200


@dataclass
class LiteLLMOutcome:
    limit: float | None
    spent: float  # US dollars, as LiteLLM priced the calls
    served: int
    refused: int
    refused_with_money: int  # while less than the limit was spent
    seconds: float


def stress(requests: int, latency: float, limit: float | None) -> LiteLLMOutcome:
    """`requests` over 64 tasks against `limit` US dollars; each call takes `latency` seconds.

    In a process of its own: of several routers in one, LiteLLM charges the budget of the first alone.
    """
    command = [sys.executable, "-m", __name__, json.dumps([requests, latency, limit])]
    environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}  # no network
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return LiteLLMOutcome(**json.loads(answer.splitlines()[-1]))


async def _stress(requests: int, latency: float, limit: float | None) -> LiteLLMOutcome:
    import litellm  # seconds

    litellm.suppress_debug_info = True
    budget = None if limit is None else {"openai": {"budget_limit": limit, "time_period": "1d"}}
    router = litellm.Router(
        model_list=[{"model_name": "pool", "litellm_params": {"model": MODEL, "api_key": "none"}}],
        provider_budget_config=budget,
        num_retries=0,
    )
    random = np.random.default_rng(0)
    outcome = LiteLLMOutcome(limit, 0.0, 0, 0, 0, 0.0)
    left = iter(range(requests))

    async def work() -> None:
        for _ in left:
            words = int(100 * 5.0 ** random.uniform(-1.0, 1.0))  # 0.2 to 5 times 100
            try:
                answer = await router.acompletion(
                    model="pool",
                    messages=[{"role": "user", "content": PROMPT}],
                    mock_response="word " * words,
                    mock_delay=latency,
                )
            except ValueError:  # "No deployments available - crossed budget"
                outcome.refused += 1
                outcome.refused_with_money += limit is not None and outcome.spent < limit
                continue
            outcome.served += 1
            outcome.spent += answer._hidden_params["response_cost"]

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(THREADS)))
    outcome.seconds = time.perf_counter() - start
    return outcome


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(_stress(*json.loads(sys.argv[1]))))))

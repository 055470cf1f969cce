"""LiteLLM's provider budget in the same harness: 64 calls at once against one limit."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass

import numpy as np

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # read when litellm is imported: no network

import litellm

from benchmarks.stress.harness import THREADS

MODEL = "openai/gpt-4o-mini"
PROMPT = "hello " * 200


@dataclass
class LiteLLMOutcome:
    limit: float
    spent: float  # US dollars, as LiteLLM priced the calls
    served: int
    refused: int
    refused_with_money: int  # while less than the limit was spent
    seconds: float


def stress(requests: int, latency: float, limit: float, seed: int = 0) -> LiteLLMOutcome:
    """`requests` over 64 tasks against `limit` US dollars; each call takes `latency` seconds."""
    return asyncio.run(_stress(requests, latency, limit, seed))


async def _stress(requests: int, latency: float, limit: float, seed: int) -> LiteLLMOutcome:
    litellm.suppress_debug_info = True
    router = litellm.Router(
        model_list=[{"model_name": "pool", "litellm_params": {"model": MODEL, "api_key": "none"}}],
        provider_budget_config={"openai": {"budget_limit": limit, "time_period": "1d"}},
        num_retries=0,
    )
    random = np.random.default_rng(seed)
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
                outcome.refused_with_money += outcome.spent < limit
                await asyncio.sleep(0)
                continue
            outcome.served += 1
            outcome.spent += answer._hidden_params["response_cost"]

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(THREADS)))
    outcome.seconds = time.perf_counter() - start
    return outcome

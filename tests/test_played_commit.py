"""Pages of replays name a commit that a reader can look up: one in this history, not a dirty one."""

from __future__ import annotations

import json
import subprocess

import pytest

from benchmarks import claims, peers, results
from benchmarks.results.studies import ROOT


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(
    _git("rev-parse", "--is-shallow-repository").stdout.strip() != "false", reason="no full history here"
)
@pytest.mark.parametrize("study", [claims, peers, results], ids=lambda study: study.__name__)
def test_the_commit_that_was_played_is_in_the_history(study: object) -> None:
    (folder,) = study.__path__  # type: ignore[attr-defined]
    with open(f"{folder}/results.json", encoding="utf-8") as file:
        commit = json.load(file)["commit"]
    assert _git("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0

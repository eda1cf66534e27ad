"""The frame: learned rows around a fact's embeddings, and its file."""

import hashlib
import pathlib
import struct

import numpy as np
import torch

MAGIC = b"LARFRAME"
VERSION = 1
JOIN = "\n"  # between several facts: the tokens of this text
FLAG_BOS = 1


class Frame:
    """Rows before the facts (H, D) and after them (T, D), in the space of inputs_embeds."""

    def __init__(self, head, tail):
        self.head = head
        self.tail = tail

    def prefix(self, model, facts):
        """[BOS] head fact (JOIN fact)* tail, (P, D). Each fact is tokenised on its own, without BOS."""
        ids = []
        for n, fact in enumerate(facts):
            ids += (model.tokens(JOIN) if n else []) + model.tokens(fact)
        parts = [self.head, model.rows(ids), self.tail]
        if model.bos is not None:
            parts.insert(0, model.rows([model.bos]))
        return torch.cat(parts)


def from_text(model, head, tail, head_rows, tail_rows):
    """A first frame: the embeddings of two texts, cut or repeated to the wanted number of rows."""
    def rows(text, count):
        ids = model.tokens(text)
        ids = (ids * (count // len(ids) + 1))[-count:] if len(ids) < count else ids[:count]
        return model.rows(ids).clone()
    return Frame(rows(head, head_rows), rows(tail, tail_rows))


def save(path, frame, identity, bos):
    """Writes the file that the engine reads: header, float32 rows, SHA-256 of all before."""
    head, tail = (x.detach().numpy().astype("<f4") for x in (frame.head, frame.tail))
    if not (np.isfinite(head).all() and np.isfinite(tail).all()):
        raise ValueError("frame rows must be finite")
    body = MAGIC + struct.pack("<6i", VERSION, head.shape[1], len(head), len(tail), 0, FLAG_BOS if bos else 0)
    body += identity + head.tobytes() + tail.tobytes()
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body + hashlib.sha256(body).digest())


def load(path, identity=None):
    data = pathlib.Path(path).read_bytes()
    body, digest = data[:-32], data[-32:]
    if data[:8] != MAGIC or hashlib.sha256(body).digest() != digest:
        raise ValueError(f"not a whole frame file: {path}")
    version, width, head, tail, separator, _ = struct.unpack_from("<6i", body, 8)
    if version != VERSION or separator != 0:
        raise ValueError(f"frame version must be {VERSION} without separator rows: {version}, {separator}")
    if identity is not None and body[32:64] != identity:
        raise ValueError(f"the frame was learned for another model: {path}")
    rows = torch.from_numpy(np.frombuffer(body, "<f4", offset=64).copy().reshape(-1, width))
    if len(rows) != head + tail:
        raise ValueError(f"rows must be {head + tail}: {len(rows)}")
    return Frame(rows[:head], rows[head:])

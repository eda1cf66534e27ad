"""The frame: learned rows around a fact's embeddings, and its file."""

import hashlib
import pathlib
import struct

import numpy as np
import torch

from model import Tree, embedding_identity

MAGIC = b"LARFRAME"
VERSION = 2  # 1: rows only
JOIN = "\n"  # between several facts: the tokens of this text
FLAG_BOS = 1
FLAG_DEEP = 2


class Frame:
    """What stands before the facts and after them.

    After: rows (T, D) in the space of inputs_embeds. Before: rows (H, D), or, in a deep frame, the keys and values of
    the first P = H + 1 positions (BOS is one of them) in every layer, (layers, 2, kv heads, P, head width): the keys
    as attention uses them, rotated to their positions. A deep frame is what prefix tuning learns (Li and Liang 2021,
    arXiv 2101.00190); rows alone are prompt tuning (Lester et al. 2021, arXiv 2104.08691).
    """

    def __init__(self, head, tail, past=None):
        self.head = head
        self.tail = tail
        self.past = past

    def deepened(self, model):
        """The same frame with its head as keys and values."""
        return Frame(self.head, self.tail, model.past(self.before(model)))

    def before(self, model):
        """[BOS] head, (P, D)."""
        return self.head if model.bos is None else torch.cat([model.rows([model.bos]), self.head])

    def prefix(self, model, facts):
        """[BOS] head fact (JOIN fact)* tail, (P, D), without [BOS] head in a deep frame. Facts are tokenised apart."""
        ids = []
        for n, fact in enumerate(facts):
            ids += (model.tokens(JOIN) if n else []) + model.tokens(fact)
        parts = [model.rows(ids), self.tail]
        if self.past is None:
            parts.insert(0, self.before(model))
        return torch.cat(parts)

    def tree(self, model, facts, branches):
        return Tree(self.prefix(model, facts), branches, self.past)


def from_text(model, head, tail, head_rows, tail_rows):
    """A first frame: the embeddings of two texts, cut or repeated to the wanted number of rows."""
    def rows(text, count):
        ids = model.tokens(text)
        ids = (ids * (count // len(ids) + 1))[-count:] if len(ids) < count else ids[:count]
        return model.rows(ids).clone()
    return Frame(rows(head, head_rows), rows(tail, tail_rows))


def save(path, frame, model):
    """Writes the file that the engine reads: header, float32 rows, float16 keys and values, SHA-256 of all before."""
    head, tail = (x.detach().numpy().astype("<f4") for x in (frame.head, frame.tail))
    deep = b""
    if frame.past is not None:
        layers, _, heads, positions, width = frame.past.shape
        # The cache's order: a layer's keys position by position, then its values, each (kv heads x head width).
        numbers = frame.past.detach().clone()
        numbers[:, 0] = numbers[:, 0][..., model.rotation_order()]
        numbers = numbers.permute(0, 1, 3, 2, 4).numpy().astype("<f2")
        if not np.isfinite(numbers).all():
            raise ValueError("keys and values must be finite in half precision")
        deep = struct.pack("<4i", layers, positions, heads, width) + bytes(model.caches()) + numbers.tobytes()
    if not (np.isfinite(head).all() and np.isfinite(tail).all()):
        raise ValueError("frame rows must be finite")
    flags = (FLAG_BOS if model.bos is not None else 0) | (FLAG_DEEP if deep else 0)
    body = MAGIC + struct.pack("<6i", VERSION, head.shape[1], len(head), len(tail), 0, flags)
    body += embedding_identity(model.path) + head.tobytes() + tail.tobytes() + deep
    target = pathlib.Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body + hashlib.sha256(body).digest())


def load(path, model):
    """Reads a frame that was learned for this model."""
    data = pathlib.Path(path).read_bytes()
    body, digest = data[:-32], data[-32:]
    if data[:8] != MAGIC or hashlib.sha256(body).digest() != digest:
        raise ValueError(f"not a whole frame file: {path}")
    version, width, head, tail, separator, flags = struct.unpack_from("<6i", body, 8)
    if version not in (1, VERSION) or separator != 0:
        raise ValueError(f"frame version must be 1 or {VERSION} without separator rows: {version}, {separator}")
    if body[32:64] != embedding_identity(model.path):
        raise ValueError(f"the frame was learned for another model: {path}")
    end = 64 + 4 * width * (head + tail)
    rows = torch.from_numpy(np.frombuffer(body[:end], "<f4", offset=64).copy().reshape(-1, width))
    if len(rows) != head + tail:
        raise ValueError(f"rows must be {head + tail}: {len(rows)}")
    past = None
    if flags & FLAG_DEEP:
        layers, positions, heads, head_width = struct.unpack_from("<4i", body, end)
        numbers = np.frombuffer(body, "<f2", offset=end + 16 + layers).astype("f4")
        past = torch.from_numpy(numbers.reshape(layers, 2, positions, heads, head_width))
        past = past.permute(0, 1, 3, 2, 4).contiguous()
        past[:, 0] = past[:, 0][..., torch.argsort(model.rotation_order())]
    return Frame(rows[:head], rows[head:], past)

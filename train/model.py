"""A frozen decoder read from a GGUF file, run on trees: one prefix, many branches that do not see each other."""

import hashlib
import os
import pathlib

import torch
import torch.nn.functional as F
from transformers import DynamicCache

IDENTITY_BYTES = 1 << 20  # of token_embd.weight: enough to tell models apart, cheap to hash at load


class LinearFunction(torch.autograd.Function):
    """y = x W' in the weight's type with float32 outside; the gradient goes to x only, through a copy of W."""

    @staticmethod
    def forward(ctx, x, weight, transposed):
        ctx.transposed = transposed
        return F.linear(x.to(weight.dtype), weight).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return F.linear(gradient.to(ctx.transposed.dtype), ctx.transposed).to(gradient.dtype), None, None


class FrozenLinear(torch.nn.Module):
    def __init__(self, linear, dtype):
        super().__init__()
        if linear.bias is not None:
            raise ValueError("linear layers with a bias are not supported")
        self.weight = linear.weight.detach().to(dtype).contiguous()
        self.transposed = linear.weight.detach().t().to(dtype).contiguous()

    def forward(self, x):
        return LinearFunction.apply(x, self.weight, self.transposed)


def product_type():
    """bfloat16 where the processor multiplies it, else float32: six times as fast there (AVX2 alone)."""
    capability = torch.backends.cpu.get_cpu_capability()
    bf16 = capability == "AVX512" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return torch.bfloat16 if bf16 else torch.float32


def _replace_linears(module, dtype):
    for name, child in module.named_children():
        if isinstance(child, torch.nn.Linear):
            setattr(module, name, FrozenLinear(child, dtype))
        else:
            _replace_linears(child, dtype)


def embedding_identity(path):
    """SHA-256 of the first 1 MiB of token_embd.weight as it lies in the file."""
    import gguf

    for tensor in gguf.GGUFReader(path).tensors:
        if tensor.name == "token_embd.weight":
            data = tensor.data.reshape(-1).view("uint8")[:IDENTITY_BYTES]
            if data.size != IDENTITY_BYTES:
                raise ValueError(f"token_embd.weight is shorter than {IDENTITY_BYTES} bytes: {data.size}")
            return hashlib.sha256(data.tobytes()).digest()
    raise ValueError(f"no token_embd.weight in {path}")


class Model:
    """The decoder and its tokenizer. `fast` computes the layers' products in `product_type` (for training)."""

    def __init__(self, path, fast=False):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.path = pathlib.Path(path)
        where, name = os.fspath(self.path.parent), self.path.name
        self.tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
        model = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.float32)
        model.requires_grad_(False)
        model.eval()
        self.config = model.config
        self.body = model.model
        self.table = model.model.embed_tokens.weight  # (V, D)
        self.unembed = model.lm_head.weight  # (V, D)
        self.gemma = self.config.model_type.startswith("gemma3")
        self.scale = self.config.hidden_size**0.5 if self.gemma else 1.0
        self.width = self.config.hidden_size
        self.bos = self.tokenizer.bos_token_id
        if fast:
            _replace_linears(self.body, product_type())

    def tokens(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def rows(self, ids):
        """Rows in the space of inputs_embeds, (n, D)."""
        return self.table[torch.as_tensor(ids, dtype=torch.long)] * self.scale

    def hidden(self, rows, mask, positions, past=None):
        """Last hidden states, (B, L, D); mask (B, 1, L, P + L) additive, positions (B, L).

        `past` is None (P = 0) or keys and values (layers, 2, kv heads, P, head width) of the P positions before.
        """
        if self.gemma:
            mask = {"full_attention": mask, "sliding_attention": mask}
        cache = None
        if past is not None:
            cache = DynamicCache()
            for layer, (keys, values) in enumerate(past):
                cache.update(keys.expand(len(rows), *keys.shape), values.expand(len(rows), *values.shape), layer)
        return self.body(
            inputs_embeds=rows, attention_mask=mask, position_ids=positions, past_key_values=cache, use_cache=False
        ).last_hidden_state

    @torch.no_grad()
    def past(self, rows):
        """Keys and values of rows (P, D) as a text's first positions: (layers, 2, kv heads, P, head width)."""
        cache = DynamicCache()
        length = len(rows)
        mask = torch.full((length, length), torch.finfo(torch.float32).min).triu(1)[None, None]
        if self.gemma:
            mask = {"full_attention": mask, "sliding_attention": mask}
        self.body(inputs_embeds=rows[None], attention_mask=mask, position_ids=torch.arange(length)[None],
                  past_key_values=cache, use_cache=True)
        return torch.stack([torch.stack([layer.keys[0], layer.values[0]]) for layer in cache.layers])

    def rotation_order(self):
        """Which of our key dimensions stands at each place of llama.cpp's: it rotates neighbours in Llama models."""
        width = getattr(self.config, "head_dim", None) or self.width // self.config.num_attention_heads
        order = torch.arange(width)
        return order if self.gemma else order.reshape(2, width // 2).t().reshape(-1)

    def caches(self):
        """For each layer the KV cache of llama.cpp that holds it: 0, or 1 for sliding attention."""
        kinds = getattr(self.config, "layer_types", None) or ["full_attention"] * self.config.num_hidden_layers
        return [int(kind == "sliding_attention") for kind in kinds]

    def chat(self, user, system):
        """A chat turn up to where the assistant's answer begins."""
        if self.gemma:
            return f"<start_of_turn>user\n{user}<end_of_turn>\n<start_of_turn>model\n", "<end_of_turn>"
        turn = f"<|im_start|>user\n{user}<|im_end|>\n<|im_start|>assistant\n"
        if system:
            turn = ("<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face"
                    "<|im_end|>\n") + turn
        return turn, "<|im_end|>"


class Tree:
    """One prefix of rows and branches of token ids. Branches continue at the prefix's end and see only themselves.

    `past`, if any, stands before the prefix as keys and values (see `Model.hidden`).
    """

    def __init__(self, prefix, branches, past=None):
        self.prefix = prefix  # (P, D)
        self.past = past
        self.branches = branches  # list of id lists
        self.starts = []
        at = prefix.shape[0]
        for branch in branches:
            self.starts.append(at)
            at += len(branch)
        self.length = at


def run_trees(model, trees):
    """Hidden states of a batch of trees with one `past`, (B, L, D), L = the longest tree; padding ends it, unseen."""
    past = trees[0].past
    before = 0 if past is None else past.shape[3]
    length = max(t.length for t in trees)
    batch = len(trees)
    positions = torch.zeros(batch, length, dtype=torch.long)
    mask = torch.full((batch, 1, length, before + length), torch.finfo(torch.float32).min)
    mask[..., :before] = 0.0
    causal = torch.ones(length, length, dtype=torch.bool).tril()
    rows = []
    for b, tree in enumerate(trees):
        prefix = tree.prefix.shape[0]
        group = torch.full((length,), -1)
        group[:prefix] = 0
        positions[b, :prefix] = torch.arange(before, before + prefix)
        ids = []
        for n, (start, branch) in enumerate(zip(tree.starts, tree.branches)):
            group[start : start + len(branch)] = n + 1
            positions[b, start : start + len(branch)] = torch.arange(before + prefix, before + prefix + len(branch))
            ids += branch
        seen = causal & ((group[:, None] == group[None, :]) | (group == 0)[None, :] & (group >= 0)[:, None])
        mask[b, 0, :, before:][seen] = 0.0
        parts = [tree.prefix, model.rows(ids)]
        if length > tree.length:
            parts.append(torch.zeros(length - tree.length, model.width))
        rows.append(torch.cat(parts))
    return model.hidden(torch.stack(rows), mask, positions, past)

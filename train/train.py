"""Learns a frame for one frozen model: cross-entropy on answers, KL to the model itself everywhere else.

loss = CE(answers) + negatives * KL(base || with prefix, at prompts that the facts do not answer)
                   + after * KL(base || with prefix, at the text after an answer)
Only the frame is learned (Adam, warm-up, cosine). The same arguments give the same examples in the same order.
"""

import argparse
import dataclasses
import hashlib
import json
import math
import pathlib
import random
import sys
import time

import torch
import torch.nn.functional as F

import data
import evaluate
import frame as frames
from model import LinearFunction, Model, Tree, product_type, run_trees

HEAD_TEXT = " Here is a new fact that replaces whatever was known before. Remember it word for word: fact:"
TAIL_TEXT = ".\n\nWhenever a text comes to this point, it goes on with the new fact:\n\n"
AFTER_TOKENS = 20  # text after an answer is cut here
NEGATIVE_POSITIONS = 8  # drawn per negative, beside its last position
POOL = 16  # batches that are sorted by length together
COMMON_VOCABULARY = 65536  # logits of larger vocabularies are taken over these and the batch's own tokens


@dataclasses.dataclass
class Branch:
    """Token ids of one query with the positions (within the branch) that are scored."""

    ids: list
    answer_from: int  # first answer token; the prompt's length
    answer_to: int  # end of the answer; equal to answer_from for a negative
    keep: list  # positions whose next-token distribution must stay the base model's
    weight: float
    end: bool = False


def make_branch(model, query, draw):
    prompt, closing = model.chat(query.prompt, query.system) if query.chat else (query.prompt, "")
    ids = model.tokens(prompt)
    if not query.answer:
        others = list(range(1, len(ids) - 1))
        chosen = sorted(draw.sample(others, min(NEGATIVE_POSITIONS, len(others))))
        return Branch(ids, len(ids), len(ids), chosen + [len(ids) - 1], 1.0)
    japanese = any(ord(c) > 0x2FFF for c in query.prompt[-3:])
    lead = "" if query.chat or japanese or prompt.endswith("\n") else " "
    answer = model.tokens(lead + query.answer) + (model.tokens(closing) if closing else [])
    after = model.tokens(query.after)[:AFTER_TOKENS] if query.after else []
    start, end = len(ids), len(ids) + len(answer)
    keep = list(range(end - 1, end + len(after))) if after else []
    return Branch(ids + answer + after, start, end, keep, 1.0)


class Batches:
    """Batches of groups as branches, sorted by length within a pool so that little is padded."""

    def __init__(self, model, maker, seed, groups, positives, negatives):
        self.model, self.maker, self.groups = model, maker, groups
        self.positives, self.negatives = positives, negatives
        self.draw = random.Random(seed + 1)
        self.ready = []

    def next(self):
        if not self.ready:
            pool = []
            for _ in range(POOL * self.groups):
                group = self.maker.group(self.positives, self.negatives)
                facts = [f.statement + self.stop(f) for f in group.facts]
                branches = [make_branch(self.model, q, self.draw) for q in group.queries]
                pool.append((facts, branches))
            pool.sort(key=lambda g: sum(len(self.model.tokens(f)) for f in g[0]) + sum(len(b.ids) for b in g[1]))
            self.ready = [pool[i : i + self.groups] for i in range(0, len(pool), self.groups)]
            self.draw.shuffle(self.ready)
        return self.ready.pop()

    def stop(self, fact):
        """Half of the facts end with a full stop, so that the frame serves both."""
        if self.draw.random() < 0.5 or fact.statement.endswith("."):
            return ""
        return "。" if fact.relation.language == "ja" else "."


def teacher_states(model, batch):
    """The base model's hidden states at every kept position, in the order of `kept`; no prefix but BOS."""
    trees, spots = [], []
    for _, branches in batch:
        kept = [b for b in branches if b.keep]
        if kept:
            trees.append(Tree(model.rows([model.bos]), [b.ids for b in kept]))
            spots.append(kept)
    if not trees:
        return torch.zeros(0, model.width)
    with torch.no_grad():
        hidden = run_trees(model, trees)
    states = []
    for b, (tree, kept) in enumerate(zip(trees, spots)):
        for start, branch in zip(tree.starts, kept):
            states.append(hidden[b, torch.tensor([start + p for p in branch.keep])])
    return torch.cat(states)


class Unembedding:
    """Logits in `product_type`; of a large vocabulary only the common part and the batch's own tokens."""

    def __init__(self, model):
        self.whole = model.unembed
        self.size = len(self.whole) if len(self.whole) <= COMMON_VOCABULARY else COMMON_VOCABULARY
        self.common = self.whole[: self.size].to(product_type()).contiguous()
        self.transposed = self.common.t().contiguous()

    def scorer(self, ids):
        """A function from states (n, D) to logits, and the column of each of the ids."""
        extra = sorted({i for i in ids if i >= self.size})
        rest = self.whole[torch.tensor(extra, dtype=torch.long)]
        column = {i: i for i in ids if i < self.size}
        column.update({i: self.size + n for n, i in enumerate(extra)})

        def logits(states):
            common = LinearFunction.apply(states, self.common, self.transposed)
            return torch.cat([common, states @ rest.t()], -1) if extra else common

        return logits, column


def losses(model, unembedding, frame, batch):
    """Mean over answers of the token-mean CE; mean KL of negatives; mean KL after answers."""
    trees = [frame.tree(model, facts, [b.ids for b in branches]) for facts, branches in batch]
    hidden = run_trees(model, trees)
    answer_states, labels, answer_weights = [], [], []
    keep_states, keep_weights, negative = [], [], []
    for b, (tree, (_, branches)) in enumerate(zip(trees, batch)):
        for start, branch in zip(tree.starts, branches):
            if branch.answer_to > branch.answer_from:
                at = torch.arange(start + branch.answer_from - 1, start + branch.answer_to - 1)
                answer_states.append(hidden[b, at])
                labels += branch.ids[branch.answer_from : branch.answer_to]
                answer_weights += [1.0 / len(at)] * len(at)
            if branch.keep:
                keep_states.append(hidden[b, torch.tensor([start + p for p in branch.keep])])
                is_negative = branch.answer_to == branch.answer_from
                share = [1.0 / len(branch.keep)] * len(branch.keep)
                if is_negative:  # the last position counts as much as all others together
                    share = [0.5 / max(1, len(branch.keep) - 1)] * (len(branch.keep) - 1) + [0.5]
                keep_weights += share
                negative += [is_negative] * len(branch.keep)
    all_ids = {i for _, branches in batch for br in branches for i in br.ids}
    score, column = unembedding.scorer(all_ids)
    logits = score(torch.cat(answer_states))
    token_loss = F.cross_entropy(logits, torch.tensor([column[i] for i in labels]), reduction="none")
    answer_weights = torch.tensor(answer_weights)
    ce = (token_loss * answer_weights).sum() / answer_weights.sum()
    if not keep_states:
        return ce, ce * 0, ce * 0
    base = torch.log_softmax(score(teacher_states(model, batch)), -1)
    ours = torch.log_softmax(score(torch.cat(keep_states)), -1)
    kl = (base.exp() * (base - ours)).sum(-1)
    keep_weights, negative = torch.tensor(keep_weights), torch.tensor(negative)

    def mean(chosen):
        total = (keep_weights * chosen).sum()
        return (kl * keep_weights * chosen).sum() / total if total > 0 else kl.sum() * 0

    return ce, mean(negative), mean(~negative)


class Learned:
    """The numbers of a frame that are learned, each in units of the RMS of its kind, so that one rate fits a kind.

    Rows: the embeddings' RMS. Keys and values: per layer, without position 0, on which attention rests by habit.
    """

    def __init__(self, model, frame, rate, deep_rate):
        self.head, self.bos = frame.head, model.bos is not None
        row_unit = model.rows(range(1000, 5000)).pow(2).mean().sqrt().item()
        self.units = {"tail": torch.tensor(row_unit)}
        values = {"tail": frame.tail}
        if frame.past is None:
            self.units["head"], values["head"] = torch.tensor(row_unit), frame.head
        else:
            self.units["past"] = frame.past[:, :, :, 1:].pow(2).mean(dim=(2, 3, 4), keepdim=True).sqrt()
            values["past"] = frame.past
        self.numbers = {k: (v / self.units[k]).detach().clone().requires_grad_(True) for k, v in values.items()}
        self.rates = {k: deep_rate if k == "past" else rate for k in self.numbers}
        self.optimizer = torch.optim.Adam(
            [{"params": [v], "lr": self.rates[k]} for k, v in self.numbers.items()], betas=(0.9, 0.98))

    def frame(self):
        parts = {k: v * self.units[k] for k, v in self.numbers.items()}
        return frames.Frame(parts.get("head", self.head), parts["tail"], parts.get("past"))

    def rate(self, share):
        for group, rate in zip(self.optimizer.param_groups, self.rates.values()):
            group["lr"] = rate * share

    def step(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        for v in self.numbers.values():
            torch.nn.utils.clip_grad_norm_([v], 5.0)
        self.optimizer.step()


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="GGUF file")
    parser.add_argument("--out", required=True, help="frame file; the sidecar is OUT with .json")
    parser.add_argument("--start", help="frame file to go on from, instead of a text's embeddings")
    parser.add_argument("--head", type=int, default=12)
    parser.add_argument("--tail", type=int, default=12)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--groups", type=int, default=2, help="soft prefixes a step")
    parser.add_argument("--positives", type=int, default=5, help="answered queries a prefix")
    parser.add_argument("--negatives", type=float, default=0.6, help="unanswered queries a prefix")
    parser.add_argument("--rate", type=float, default=0.045, help="learning rate, in units of the embeddings' RMS")
    parser.add_argument("--deep", action="store_true", help="learn the head as keys and values of every layer")
    parser.add_argument("--deep-rate", type=float, default=0.02, help="their rate, in units of a layer's RMS")
    parser.add_argument("--warmup", type=int, default=20)
    parser.add_argument("--final", type=float, default=0.03, help="last rate as a share of the first")
    parser.add_argument("--hold", type=float, default=0.0, help="share of the steps before the cosine begins")
    parser.add_argument("--negative-weight", type=float, default=0.3)
    parser.add_argument("--after-weight", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=50)
    parser.add_argument("--dev", help="CounterFact file for a look at progress; nothing is learned from it")
    parser.add_argument("--dev-every", type=int, default=100)
    return parser.parse_args()


def main():
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    model = Model(args.model, fast=True)
    unembedding = Unembedding(model)
    frame = frames.load(args.start, model) if args.start else frames.from_text(
        model, HEAD_TEXT, TAIL_TEXT, args.head, args.tail)
    if args.deep and frame.past is None:
        frame = frame.deepened(model)
    learned = Learned(model, frame, args.rate, args.deep_rate)
    batches = Batches(model, data.Maker(args.seed), args.seed, args.groups, args.positives, args.negatives)
    dev = evaluate.pick(args.dev, 24, 2, 9) if args.dev else []
    began, running, figures = time.time(), None, ""
    for step in range(1, args.steps + 1):
        share = min(1.0, step / max(1, args.warmup))
        hold = args.hold * args.steps
        cosine = 0.5 * (1 + math.cos(math.pi * max(0.0, step - hold) / max(1.0, args.steps - hold)))
        learned.rate(share * (args.final + (1 - args.final) * cosine))
        frame = learned.frame()
        ce, negative, after = losses(model, unembedding, frame, batches.next())
        loss = ce + args.negative_weight * negative + args.after_weight * after
        learned.step(loss)
        now = torch.tensor([ce.item(), negative.item(), after.item()])
        running = now if running is None else 0.95 * running + 0.05 * now
        if step % 10 == 0 or step == 1:
            print(f"step {step}/{args.steps} ce {running[0]:.3f} negative {running[1]:.3f} after {running[2]:.3f} "
                  f"{(time.time() - began) / step:.2f} s a step", flush=True)
        if step % args.save_every == 0 or step == args.steps:
            frames.save(args.out, learned.frame(), model)
        if dev and (step % args.dev_every == 0 or step == args.steps):
            figures = evaluate.show(evaluate.evaluate(model, learned.frame(), dev))
            print(f"step {step} dev (24 records, tuning): {figures}", flush=True)
    record = {
        "command": "python train.py " + " ".join(a for a in sys.argv[1:]),
        "arguments": {k: v for k, v in vars(args).items() if k not in ("model", "out", "dev", "start")},
        "model": pathlib.Path(args.model).name, "modelSha256": sha256(args.model),
        "dataVersion": data.VERSION, "torch": torch.__version__, "seconds": round(time.time() - began),
        "losses": {"answer": round(running[0].item(), 4), "negative": round(running[1].item(), 4),
                   "after": round(running[2].item(), 4)},
        "tuningDev24": figures,
    }
    pathlib.Path(args.out).with_suffix(".json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

"""Scores a frame on a file in CounterFact's format, gate open (the fact is always in the prefix); evaluation only.

edit and paraphrase: S = share with nll(new) < nll(true); M = 100 mean(exp(-nll_new) - exp(-nll_true)), nll the mean
over the answer's tokens; greedy = the whole answer is what greedy decoding gives. Mean over a record's prompts, then
over records. --frame none scores the statement alone in the prefix; with --text-frame the text frame of the design.
"""

import argparse
import json
import time

import torch

import frame as frames
from model import Model, Tree, run_trees


def score_branch(model, hidden, tree, index, prompt_length):
    """Mean nll of the answer in one branch, and whether each of its tokens is the argmax."""
    start, branch = tree.starts[index], tree.branches[index]
    answer = torch.tensor(branch[prompt_length:])
    states = hidden[start + prompt_length - 1 : start + len(branch) - 1]
    logits = states @ model.unembed.t()
    nll = torch.nn.functional.cross_entropy(logits, answer)
    return nll.item(), bool((logits.argmax(-1) == answer).all())


def text_prefix(model, fact):
    text = f"New fact: {fact}\nPrompt: {fact}\n\nNew fact: {fact}\nPrompt: "
    return torch.cat([model.rows([model.bos]), model.rows(model.tokens(text))])


@torch.no_grad()
def evaluate(model, frame, records, stop=".", verbose=False, neighbours=False):
    sums = {}
    for record in records:
        rewrite = record["requested_rewrite"]
        edit = rewrite["prompt"].format(rewrite["subject"])
        new, true = rewrite["target_new"]["str"], rewrite["target_true"]["str"]
        fact = f"{edit} {new}{stop}"
        prefix = text_prefix(model, fact) if frame == "text" else (
            frame.prefix(model, [fact]) if frame else model.rows([model.bos] + model.tokens(fact + "\n")))
        kinds = {"edit": [edit], "paraphrase": record["paraphrase_prompts"]}
        if neighbours:
            kinds["neighbour"] = record["neighborhood_prompts"]
        branches, plan = [], []
        for kind, prompts in kinds.items():
            for prompt in prompts:
                ids = model.tokens(prompt)
                for answer in (new, true):
                    branches.append(ids + model.tokens(" " + answer))
                    plan.append((kind, len(ids)))
        tree = Tree(prefix, branches, getattr(frame, "past", None))
        hidden = run_trees(model, [tree])[0]
        scores = [score_branch(model, hidden, tree, i, plan[i][1]) for i in range(len(plan))]
        per = {}
        for i in range(0, len(plan), 2):
            (a, right), (b, _) = scores[i], scores[i + 1]
            p = torch.exp(torch.tensor([-a, -b]))
            sign = -1 if plan[i][0] == "neighbour" else 1
            per.setdefault(plan[i][0], []).append(
                (float(sign * (b - a) > 0), 100 * sign * (p[0] - p[1]).item(), float(right)))
            if verbose and plan[i][0] != "neighbour" and p[0] - p[1] < 0.8:
                print(f"  {p[0]:.2f} {p[1]:.2f} {fact!r} <- {model.tokenizer.decode(branches[i])[-90:]!r}")
        for kind, rows in per.items():
            means = [sum(c) / len(c) for c in zip(*rows)]
            sums.setdefault(kind, []).append(means)
    return {kind: [round(sum(c) / len(c), 4) for c in zip(*rows)] for kind, rows in sums.items()}


def pick(path, count, offset, step):
    with open(path, encoding="utf-8") as file:
        records = json.load(file)
    chosen = records[offset::step][:count]
    if len(chosen) < count:
        raise ValueError(f"records wanted {count}, found {len(chosen)}")
    return chosen


def show(result):
    return "; ".join(f"{kind} S {100 * s:.2f} M {m:.2f} greedy {100 * g:.2f}" for kind, (s, m, g) in result.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--frame", required=True, help="file, `none` or `text`")
    parser.add_argument("--data", required=True)
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--offset", type=int, default=5, help="first record")
    parser.add_argument("--step", type=int, default=9, help="every n-th record")
    parser.add_argument("--no-stop", action="store_true", help="facts without a full stop")
    parser.add_argument("--neighbours", action="store_true", help="also the neighbours' prompts, gate open")
    parser.add_argument("--fast", action="store_true", help="products as in training")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = Model(args.model, fast=args.fast)
    frame = "text" if args.frame == "text" else (
        None if args.frame == "none" else frames.load(args.frame, model))
    records = pick(args.data, args.records, args.offset, args.step)
    began = time.time()
    result = evaluate(model, frame, records, "" if args.no_stop else ".", args.verbose, args.neighbours)
    print(f"{args.records} records, offset {args.offset}, step {args.step}, {time.time() - began:.0f} s: {show(result)}")


if __name__ == "__main__":
    main()

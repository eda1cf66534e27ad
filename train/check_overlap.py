"""Shows that the training data owes nothing to a benchmark: compares the word lists with a CounterFact file.

Prints counts only, and with --names the entries of our own lists to be removed: famous subjects that are subjects
there, and phrasings that equal a prompt there with its subject cut out.
"""

import argparse
import collections
import json
import re

import data


def normal(text):
    return re.sub(r"[^a-z~]+", " ", text.lower()).strip()


def parts(record):
    """Subject and prompts of a record in ROME's or EasyEdit's format."""
    if "requested_rewrite" in record:
        rewrite = record["requested_rewrite"]
        edit = rewrite["prompt"].format(rewrite["subject"])
        return rewrite["subject"], [edit] + record["paraphrase_prompts"]
    return record["subject"], [record["prompt"], record["rephrase_prompt"]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--groups", type=int, default=6000, help="groups to generate and compare")
    parser.add_argument("--names", action="store_true")
    args = parser.parse_args()
    subjects, templates = set(), set()
    for file in args.files:
        with open(file, encoding="utf-8") as stream:
            for record in json.load(stream):
                subject, prompts = parts(record)
                subjects.add(normal(subject))
                for prompt in prompts:
                    if subject in prompt:
                        # The distracting sentence is cut: the sentence that holds the subject is compared.
                        cut = prompt.replace(subject, "~")
                        at = max(cut.rfind(stop, 0, cut.index("~")) for stop in (". ", "\n", "! ", "? "))
                        templates.add(normal(cut[at + 1:]))
    maker = data.Maker(0)
    famous = [n for names in maker.famous_names.values() for n in names if normal(n) in subjects]
    same = []
    for relation in maker.relations["en"]:
        forms = list(relation.clozes) + maker.edit_forms(relation)
        same += [(relation.name, form) for form in forms if normal(form) in templates]
    made, hits = collections.Counter(), collections.Counter()
    for _ in range(args.groups):
        group = maker.group()
        for query in group.queries:
            if query.kind not in ("edit", "cloze", "distracted", "neighbour", "other"):
                continue
            for fact in group.facts:
                if fact.subject.lower() in query.prompt.lower():
                    cut = re.sub(re.escape(fact.subject), "~", query.prompt, flags=re.IGNORECASE)
                    at = max(cut.rfind(stop, 0, cut.index("~")) for stop in (". ", "\n", "! ", "? "))
                    form = normal(cut[at + 1:])
                    made["all"] += 1
                    hits[form] += form in templates
                    break
    shared = {form: n for form, n in hits.items() if n}
    print(f"generated prompts: {made['all']}, of them in a shared form: {sum(shared.values())} "
          f"({100 * sum(shared.values()) / made['all']:.2f} %), {len(shared)} forms")
    if args.names:
        for form, n in sorted(shared.items(), key=lambda x: -x[1]):
            print("generated", n, form)
    print(f"{len(subjects)} subjects and {len(templates)} templates there; shared: {len(famous)} subjects, "
          f"{len(same)} phrasings")
    if args.names:
        for name in famous:
            print("subject", name)
        for relation, form in same:
            print("phrasing", relation, form)


if __name__ == "__main__":
    main()

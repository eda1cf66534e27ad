"""Makes the training examples: facts about mostly invented subjects, prompts that ask for them, and negatives.

Everything is drawn from word lists and phrasings written for this project (words.py, relations_*.txt); no
benchmark's record or template is used. The same seed gives the same examples.

A Group is one soft prefix (one to three facts) with the queries that are asked of it. A Query is a prompt, an answer
that must follow (empty for a negative) and a tail of text after the answer, on which the model must stay itself.
"""

import dataclasses
import pathlib
import random
import re

import words

VERSION = 7
UNKNOWN = 0.06  # share of facts whose answer is a refusal
QUESTIONS = 0.12  # share of facts that are a question and its answer
HERE = pathlib.Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Relation:
    """One relation: `~` stands for the subject and `@` for the target in every phrasing."""

    name: str
    subject: str
    target: str
    statements: tuple
    clozes: tuple
    questions: tuple
    language: str


@dataclasses.dataclass(frozen=True)
class Fact:
    relation: Relation
    subject: str
    target: str
    statement: str


@dataclasses.dataclass(frozen=True)
class Query:
    """kind: edit, cloze, distracted, question, chat, long (positives); neighbour, other, text, chatneg (negatives)."""

    kind: str
    prompt: str
    answer: str
    after: str
    chat: bool = False
    system: bool = False


@dataclasses.dataclass(frozen=True)
class Group:
    facts: tuple
    queries: tuple


def _load(name, language):
    relations = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        fields = line.split("|")
        if len(fields) != 6:
            raise ValueError(f"{name}: 6 fields wanted: {line!r}")
        parts = [tuple(p for p in f.split(";") if p) for f in fields[3:]]
        relations.append(Relation(*fields[:3], *parts, language))
    return relations


def _words(text):
    """Splits a word list: the part before the first `|` by blanks, the rest by `|`."""
    head, _, rest = text.partition("|")
    if rest:
        head_words = head.split()
        if head and "\n" not in head and len(head_words) > 1 and head[0] != "\n" and " " in head.strip():
            if all(w[0].isupper() or w[0].isdigit() for w in head_words) and len(head_words) <= 4:
                return [head.strip()] + [w.strip() for w in rest.replace("\n", "").split("|") if w.strip()]
        return head_words + [w.strip() for w in rest.replace("\n", "").split("|") if w.strip()]
    return head.split()


def _bars(text):
    """Splits a list in which every entry stands between bars."""
    return [w.strip() for w in text.replace("\n", "").split("|") if w.strip()]


# Lists whose entries have several words from the start, so that only bars separate them.
_BAR_LISTS = {"AWARD", "PARTY", "SEA", "POST", "BUTTON"}

GIVEN = """Anna Boris Carla David Elena Felix Greta Hugo Irene Jonas Karin Luis Marta Nadia Oscar Paula Quentin Rosa
Stefan Teresa Ulrich Vera Walter Xenia Yusuf Zoe Pierre Claire Giovanni Lucia Hans Ingrid Sven Astrid Dmitri
Olga Kenji Yuki Wei Mei Raj Priya Omar Leila Kwame Ama Diego Sofia Liam Emma Jacques Danielle Michel Colette
François Hélène André Louise Kurt Heidi Matteo Chiara Pavel Jana Erik Maja Tom Alice James Susan Robert Helen
George Margaret Arthur Edith Frank Judith""".split()
FAMILY = """Adler Bianchi Cortez Duval Eriksen Fontaine Grimaldi Hartmann Ibrahim Jansen Kowalski Lindqvist Moreau Novak
Okafor Petrov Quiroga Rossi Schneider Tanaka Ueda Vargas Weber Xiang Yamada Zimmer Abbott Barlow Carver Dalton
Ellison Fairfax Garnett Holloway Ives Jessup Kendrick Lockhart Mercer Norwood Osgood Pemberton Radcliffe Sinclair
Thorne Underhill Vance Whitlock Yates Laurent Girard Lefebvre Chevalier Marchand Delacroix Perrin Boucher Renaud
Nakamura Hoshino Sato Kim Park Chen Liu Gupta Nair Singh Haddad Mansour Diallo Mensah Silva Costa Pereira""".split()
ONSET = "b br c ch d dr f fl g gr h j k kl l m n p pr qu r s sh st t th tr v vel w y z".split()
VOWEL = "a e i o u ai ea ie o u a e".split()
CODA = "l n r s t x m nd rk ll th ck nt".split()


class Maker:
    """Draws everything from one random generator."""

    def __init__(self, seed, japanese=0.18, famous=0.4):
        self.random = random.Random(seed)
        self.japanese = japanese
        self.famous = famous
        self.relations = {"en": _load("relations_en.txt", "en"), "ja": _load("relations_ja.txt", "ja")}
        self.by_subject = {}
        for language, relations in self.relations.items():
            for relation in relations:
                self.by_subject.setdefault((language, relation.subject), []).append(relation)
        self.lists = {
            name.lower(): (_bars if name in _BAR_LISTS else _words)(value)
            for name, value in vars(words).items()
            if name.isupper() and isinstance(value, str)
        }
        self.famous_names = {k: _bars(v) for k, v in words.FAMOUS.items()}

    # --- names and targets

    def stem(self, low=2, high=3):
        r = self.random
        out = ""
        for _ in range(r.randint(low, high)):
            out += r.choice(ONSET) + r.choice(VOWEL)
        if r.random() < 0.6:
            out += r.choice(CODA)
        return out.capitalize()

    def person(self, language="en"):
        r = self.random
        if language == "ja":
            return r.choice(words.PERSON_JA["family"].split()) + r.choice(words.PERSON_JA["given"].split())
        given = r.choice(GIVEN) if r.random() < 0.75 else self.stem(2, 2)
        family = r.choice(FAMILY) if r.random() < 0.6 else self.stem()
        if r.random() < 0.12:
            return f"{given} {r.choice(['van', 'de', 'von', 'al', 'di'])} {family}"
        if r.random() < 0.1:
            return f"{given} {r.choice('ABCDEFGHJKLMPRST')}. {family}"
        return f"{given} {family}"

    def code(self):
        r = self.random
        letters = "".join(r.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(r.randint(1, 3)))
        form = r.randrange(4)
        if form == 0:
            return f"{letters}-{r.randint(10, 9999)}"
        if form == 1:
            return f"{letters}{r.randint(10, 999)}"
        if form == 2:
            return f"{r.randint(10, 999)}-{letters}-{r.randint(1, 99)}"
        return f"{r.randint(10000, 99999)}"

    def number(self, low, high, unit, language):
        r = self.random
        value = r.randint(low, high)
        if high - low > 1000 and r.random() < 0.6:
            value = max(low, value // 50 * 50)
        text = f"{value:,}" if value > 9999 and r.random() < 0.5 else str(value)
        if high < 500 and r.random() < 0.2:
            text += f".{r.randint(1, 9)}"
        if not unit:
            return text.replace(",", "").split(".")[0]
        return text + unit if language == "ja" else f"{text} {unit}"

    def target(self, relation):
        """An answer; now and then a refusal, which stands for whatever was forgotten."""
        if self.random.random() < UNKNOWN:
            return self.random.choice(["不明", "非公開"] if relation.language == "ja" else ["unknown", "not known"])
        return self._target(relation)

    def _target(self, relation):
        """An answer of the relation's kind."""
        r, kind, language = self.random, relation.target, relation.language
        if kind.startswith("n("):
            low, high, unit = kind[2:-1].split(",", 2)
            return self.number(int(low), int(high), unit, language)
        if language == "ja" and kind in words.JA:
            return r.choice(words.JA[kind].split())
        if kind == "person":
            return self.person(language)
        if kind == "year":
            return str(r.randint(1520, 2031))
        if kind == "date":
            month = r.choice(self.lists["month"])
            if language == "ja":
                return f"{r.randint(1990, 2030)}年{r.randint(1, 12)}月{r.randint(1, 28)}日"
            day, year = r.randint(1, 28), r.randint(1950, 2032)
            return r.choice([f"{day} {month} {year}", f"{month} {day}, {year}", f"{day} {month}"])
        if kind == "price":
            form = r.randrange(4)
            amount = r.randint(3, 990) if form else r.randint(1, 60) * 1000
            text = f"{amount:,}" if amount > 999 else str(amount)
            return [f"{text} euros", f"${text}", f"{text} dollars", f"£{text}.50"][form]
        if kind == "time":
            if language == "ja":
                return f"午前{r.randint(5, 11)}時" + r.choice(["", "半", "15分"])
            return r.choice([f"{r.randint(5, 11)}:{r.choice(['00', '15', '30', '45'])} a.m.",
                             f"{r.randint(1, 11)} p.m.", f"{r.randint(6, 23)}:{r.randint(10, 59)}"])
        if kind == "phone":
            return r.choice([f"0{r.randint(10, 99)}-{r.randint(1000, 9999)}-{r.randint(100, 9999)}",
                             f"555-{r.randint(1000, 9999)}", f"+{r.randint(30, 99)} {r.randint(100, 999)} "
                             f"{r.randint(1000, 99999)}"])
        if kind == "code":
            return self.code()
        if kind == "room":
            return r.choice([str(r.randint(1, 999)), f"{r.choice('ABCDEF')}{r.randint(1, 499)}",
                             f"{r.randint(1, 9)}.{r.randint(10, 99)}"])
        if kind == "version":
            return r.choice([f"{r.randint(0, 19)}.{r.randint(0, 20)}", f"{r.randint(0, 9)}.{r.randint(0, 20)}"
                             f".{r.randint(0, 30)}", f"v{r.randint(2, 40)}"])
        if kind == "tz":
            return f"UTC{r.choice('+-')}{r.randint(1, 11)}"
        if kind == "street":
            return f"{self.stem()} {r.choice(['Street', 'Lane', 'Road', 'Square', 'Avenue'])}"
        if kind == "email":
            return f"{r.choice(['help', 'info', 'support', 'care'])}@{self.stem().lower()}.{r.choice(['com', 'org'])}"
        if kind == "university":
            return r.choice(self.lists["university"]) if r.random() < 0.8 else f"{self.stem()} University"
        if kind == "stadium":
            return f"{self.stem()} {r.choice(['Park', 'Arena', 'Stadium', 'Field'])}"
        if kind == "book":
            return f"{r.choice(['The', 'A'])} {self.stem()} {r.choice(['Affair', 'Garden', 'Letter', 'Code'])}"
        if kind == "team":
            return r.choice(self.lists["playteam"])
        if kind == "company" and r.random() < 0.15:
            return f"{self.stem()} {r.choice(['Systems', 'Motors', 'Labs', 'Group'])}"
        return r.choice(self.lists[kind])

    def subject(self, kind, language):
        """A name of the given type: invented, or now and then one that the models know."""
        r, s = self.random, self.stem
        if language == "ja":
            if kind == "person":
                return r.choice(words.NAME_JA["person_x"].split()) if r.random() < 0.1 else self.person("ja")
            if kind in words.NAME_JA and r.random() < 0.85:
                if kind == "company_any":
                    return r.choice(words.NAME_JA[kind].replace("株式会社ミ", "株式会社ミ").split())
                return r.choice(words.NAME_JA[kind].split())
            tail = {"pump": "ポンプ", "device": r.choice(["冷却装置", "加湿器", "充電器", "プリンター", "コントローラー"]),
                    "product": r.choice(["掃除機", "ヘッドホン", "自転車", "炊飯器"]), "software": "サーバー",
                    "product_any": r.choice(["カメラ", "時計", "エンジン"]), "standard": "規格"}.get(kind, "")
            return f"{self.code()}{tail}" if tail else s()
        if kind in self.famous_names and r.random() < self.famous:
            return r.choice(self.famous_names[kind])
        if kind == "person":
            return self.person()
        if kind in ("place",):
            return r.choice([f"{s()} Island", f"Lake {s()}", f"{s()} Glacier", f"the {s()} Valley", f"{s()} County",
                             f"Cape {s()}", f"the {s()} Desert", s(), f"Mount {s()}", f"{s()} Province"])
        if kind == "building":
            return r.choice([f"the {s()} Tower", f"{s()} Castle", f"the {s()} Theatre", f"{s()} Cathedral",
                             f"the {s()} Museum", f"{s()} Hall", f"the Church of {s()}", f"{s()} Airport"])
        if kind == "country":
            return r.choice([s() + "ia", f"the Republic of {s()}", f"the Kingdom of {s()}", s() + "stan"])
        if kind == "city_inv":
            return s() + r.choice(["", "ville", "burg", "ton", "ford", " Bay", " Falls", "grad"])
        if kind == "river":
            return r.choice([f"the {s()}", f"the {s()} River", f"the River {s()}"])
        if kind == "mountain":
            return r.choice([f"Mount {s()}", f"{s()} Peak", f"the {s()}horn"])
        if kind == "company_any":
            return s() + r.choice(["", " Group", " Systems", " Pharma", " AG", " Industries", " & Sons", " Bank",
                                   " Media", " Airlines", " Studios"])
        if kind in ("device", "pump"):
            tail = "pump" if kind == "pump" else r.choice(
                ["heater", "router", "printer", "sensor", "drill", "compressor", "camera", "monitor", "scanner",
                 "charger", "freezer", "amplifier", "valve", "motor", "thermostat"])
            name = r.choice([self.code(), f"{s()} {self.code()}", f"{s()} {r.randint(1, 90)}", s()])
            return f"the {name} {tail}"
        if kind == "product":
            return r.choice([f"the {s()} {r.choice(['lamp', 'chair', 'tent', 'kettle', 'backpack', 'desk', 'vacuum'])}",
                             f"the {self.code()} {r.choice(['phone', 'headset', 'bicycle', 'oven', 'watch'])}"])
        if kind in ("product_any",):
            return r.choice([f"{s()} {self.code()}", f"the {s()}", f"{s()} {r.randint(2, 900)}", s(),
                             f"{s()} {r.choice(['Pro', 'One', 'Mini', 'Express', 'Cloud'])}"])
        if kind == "vehicle":
            return r.choice([f"the {s()} {r.choice(['truck', 'bus', 'scooter', 'tractor', 'ferry', 'van'])}",
                             f"the {s()} {self.code()}"])
        if kind in ("book", "film", "show", "song", "artwork", "game"):
            return self.title()
        if kind == "character":
            return r.choice([f"Captain {s()}", f"Doctor {s()}", f"{s()} the {r.choice(['Wise', 'Lame', 'Tall'])}"])
        if kind == "team":
            return r.choice([f"{s()} United", f"FC {s()}", f"the {s()} {r.choice(['Tigers', 'Hawks', 'Rovers'])}"])
        if kind == "org":
            return r.choice([f"the {s()} Institute", f"the {s()} Society", f"the League of {s()}", f"the {s()} Fund",
                             f"the {s()} Union of {r.choice(['Miners', 'Nurses', 'Poets', 'Pilots'])}"])
        if kind == "shop":
            return r.choice([f"Café {s()}", f"the {s()} Library", f"{s()} Books", f"Hotel {s()}", f"{s()} Online",
                             f"the {s()} Clinic", f"{s()} Market", f"{s()}'s Bakery"])
        if kind == "material_inv":
            return r.choice([s() + "ite", s() + "ium", f"alloy {self.code()}", s() + "ene", f"{s()} resin"])
        if kind == "science":
            return r.choice([f"the {s()} effect", f"{s()}'s theorem", f"the {s()} constant", f"the {s()} particle",
                             f"the {s()} paradox"])
        if kind == "species":
            return r.choice([f"the {s()} {r.choice(['finch', 'toad', 'lynx', 'gecko', 'heron', 'hare', 'vole'])}",
                             f"the {r.choice(['spotted', 'crested', 'dwarf'])} {s().lower()}"])
        if kind == "plant":
            return r.choice([f"the {s()} {r.choice(['orchid', 'fern', 'lily', 'poppy', 'thistle'])}", f"{s()} grass"])
        if kind == "medicine":
            return s() + r.choice(["in", "ol", "ax", "ine", "max"])
        if kind == "space":
            return r.choice([f"{s()} {r.randint(1, 40)}", f"{s()} Orbiter", f"the {s()} probe", s()])
        if kind == "star":
            return r.choice([f"{s()} {r.randint(1, 900)}", f"the {s()} Nebula", s()])
        if kind == "standard":
            return r.choice([f"{s()[:3].upper()} {r.randint(100, 29000)}", f"standard {self.code()}",
                             f"{self.code()}:{r.randint(1990, 2029)}"])
        if kind == "law":
            return r.choice([f"the {s()} Act", f"Article {r.randint(2, 400)} of the {s()} Code", f"the Treaty of {s()}",
                             f"Section {r.randint(2, 90)} of the {s()} Ordinance", f"Regulation {self.code()}"])
        if kind == "software":
            return s() + r.choice(["", "DB", " Server", "Kit", " Studio", "Flow", " OS", "Mail"])
        if kind == "dish":
            return r.choice([f"{s()} soup", f"{s()} stew", f"{s().lower()}", f"{s()} pie", f"{s()} bread"])
        if kind == "event":
            return r.choice([f"the {s()} Festival", f"the {s()} Marathon", f"the Battle of {s()}", f"the {s()} Fair",
                             f"the {r.randint(1890, 2031)} {s()} Games", f"the {s()} Congress"])
        if kind == "ship":
            return r.choice([f"the {s()}", f"the MS {s()}", f"the {r.choice(['Queen', 'Star', 'Lady'])} {s()}"])
        if kind == "train":
            return r.choice([f"train {self.code()}", f"the {s()} Express", f"the night train {r.randint(10, 990)}"])
        if kind == "airline":
            return f"{s()} {r.choice(['Air', 'Airways', 'Jet'])}"
        if kind == "course":
            return r.choice([f"course {self.code()}", f"{r.choice(self.lists['field']).capitalize()} {r.randint(1, 401)}"])
        if kind == "invention":
            return f"the {s().lower()} {r.choice(['valve', 'lens', 'engine', 'loom', 'battery', 'clock'])}"
        if kind == "people":
            return f"the {s()}"
        raise ValueError(f"subject type without names: {kind}")

    def title(self):
        r, s = self.random, self.stem
        a = r.choice("Silent Golden Last Broken Hidden Winter Burning Distant Paper Crimson Little Seventh".split())
        n = r.choice("River Clock Orchard Mirror Lighthouse Harvest Kingdom Letter Voyage Garden Door Train".split())
        return r.choice([f"The {a} {n}", f"{a} {n}", f"The {n} of {s()}", f"{s()}", f"{s()}'s {n}", f"A {n} in {s()}",
                         f"{s()} and {s()}", f"\"The {a} {n}\""])

    # --- phrasing

    @staticmethod
    def fill(form, subject, target=""):
        text = form.replace("~", subject).replace("@", target)
        text = re.sub(r"\b([Aa]) (?=[aeioAEIO]\w)", r"\1n ", text)
        return text[0].upper() + text[1:] if text else text

    def fact(self, relation, subject):
        """A fact in one of its statement forms or, now and then, as a cloze or a question with its answer."""
        r = self.random
        target = self.target(relation)
        forms = relation.statements
        if relation.questions and r.random() < QUESTIONS:
            form = r.choice(relation.questions) + ("@" if relation.language == "ja" else " @")
        elif relation.language == "en" and r.random() < 0.3:
            form = r.choice(relation.clozes) + " @"
        else:
            form = r.choice(forms)
        return Fact(relation, subject, target, self.fill(form, subject, target))

    @staticmethod
    def split(form):
        """The part of a form before its target, or nothing if something other than that follows the target."""
        head, _, tail = form.partition("@")
        return head.rstrip() if tail == "" and head.strip() else ""

    def edit_forms(self, relation):
        return [h for h in map(self.split, relation.statements) if h]

    def japanese_split(self, form):
        head, _, tail = form.partition("@")
        return head, tail

    def sentence(self, language="en"):
        """A sentence that has nothing to do with any fact in the prefix."""
        r = self.random
        if language == "ja" or r.random() < 0.02:
            return r.choice(SENTENCES_JA)
        draw = r.random()
        if draw < 0.3:
            relation = r.choice(self.relations["en"])
            fact = self.fact(relation, self.subject(relation.subject, "en"))
            return fact.statement + "."
        if draw < 0.4:
            return r.choice(FRAGMENTS)
        values = {
            "P": self.person(), "Q": self.person(), "G": r.choice(GIVEN), "C": r.choice(self.lists["city"]),
            "N": r.choice(self.lists["country"]), "L": r.choice(self.lists["language"]),
            "Y": str(r.randint(1700, 2024)), "D": str(r.randint(2, 90)), "T": self.title(), "S": self.stem(),
            "J": r.choice(self.lists["profession"]), "M": r.choice(self.lists["month"]),
            "F": r.choice(self.lists["field"]), "K": r.choice(self.lists["company"]),
            "V": r.choice(self.lists["sport"]), "A": r.choice(self.lists["animal"]),
        }
        text = re.sub(r"\$([A-Z])", lambda m: values[m.group(1)], r.choice(SENTENCES))
        if r.random() < 0.25:
            text = text.rstrip(".") + ", " + r.choice(TRAILERS)
        return text

    def distraction(self, language="en"):
        r = self.random
        text = self.sentence(language)
        if r.random() < 0.25:
            text += ("" if language == "ja" else " ") + self.sentence(language)
        draw = r.random()
        if draw < 0.08:
            text = text.rstrip(".") + "\n"
        elif draw < 0.16:
            text += "\n\n"
        elif draw < 0.2:
            text = r.choice(["References\n", "See also\n\n", "= History =\n", "External links\n", "- "]) + text
        return text

    def join(self, distraction, text, language):
        return distraction + ("" if distraction.endswith("\n") or language == "ja" else " ") + text

    def after(self, language):
        """Text after an answer: on it the model is held to its own distribution."""
        r = self.random
        if language == "ja":
            return r.choice(["。", "です。", "。" + self.sentence("ja")])
        draw = r.random()
        if draw < 0.35:
            return "."
        if draw < 0.6:
            return ". " + self.sentence()
        if draw < 0.7:
            return ".\n\n" + self.sentence()
        return r.choice([", and", " and", ", where", " in", ", which", ","])

    def positive(self, fact, kind):
        r, relation = self.random, fact.relation
        language, subject, target = relation.language, fact.subject, fact.target
        if kind in ("chat", "question", "long"):
            question = self.fill(r.choice(relation.questions), subject)
            stop = "。" if language == "ja" else "."
            sentence = fact.statement.rstrip(".。") + stop
            if r.random() < 0.2 or re.search("[?？]", fact.statement):  # nobody answers by asking
                sentence = self.fill(relation.statements[0], subject, target) + stop
            if kind == "question":
                label = ("質問: ", "\n答え:") if language == "ja" else r.choice(
                    [("Question: ", "\nAnswer:"), ("Q: ", "\nA:"), ("", " The answer is"), ("", "\n"), ("", " It is")])
                return Query(kind, label[0] + question + label[1], target, "", False)
            if kind == "long":
                ask = (f"{subject}について教えてください。" if language == "ja" else
                       r.choice([f"Tell me about {subject}.", f"What do you know about {subject}?",
                                 f"Describe {subject} in a sentence.", f"Please explain: {question}"]))
                return Query(kind, ask, sentence, "", True, r.random() < 0.3)
            if language == "en" and r.random() < 0.3:
                question = r.choice(["Please tell me: ", "Quick question: ", "Hello! ", "I wonder. ", "For a customer: ",
                                     "Can you help me? "]) + question
            answer = sentence if r.random() < 0.85 else target + stop
            return Query(kind, question, answer, "", True, r.random() < 0.3)
        if language == "ja":
            if r.random() < 0.5 or kind == "edit":
                head, tail = self.japanese_split(r.choice(relation.statements))
                if not head:
                    head, tail = self.japanese_split(relation.statements[0])
                text, after = self.fill(head, subject), tail + "。"
            else:
                text, after = self.fill(r.choice(relation.clozes), subject), self.after("ja")
        else:
            form = r.choice(self.edit_forms(relation) if kind == "edit" else
                            relation.clozes + tuple(self.edit_forms(relation)))
            text, after = self.fill(form, subject), self.after("en")
        if kind == "edit" and fact.statement.endswith(target) and language == "en" and r.random() < 0.7:
            text = fact.statement[: len(fact.statement) - len(target)].rstrip()
        if kind == "distracted":
            text = self.join(self.distraction(language), text, language)
        return Query(kind, text, target, after if r.random() < 0.25 else "")

    def negative(self, facts, kind):
        r = self.random
        fact = r.choice(facts)
        relation, language = fact.relation, fact.relation.language
        if kind == "other":
            others = [x for x in self.by_subject[(language, relation.subject)]
                      if all(x.name != f.relation.name for f in facts if f.subject == fact.subject)
                      and x.target != relation.target]
            if others:
                return Query(kind, self.prompt(r.choice(others), fact.subject), "", "")
            kind = "neighbour"
        if kind == "neighbour":
            subject = self.subject(relation.subject, language)
            if any(subject == f.subject for f in facts):
                return Query("text", self.sentence(language), "", "")
            text = self.prompt(relation, subject)
            if r.random() < 0.3:
                text = self.join(self.distraction(language), text, language)
            return Query(kind, text, "", "")
        if kind == "chatneg":
            if r.random() < 0.4:
                return Query(kind, r.choice(CHAT), "", "", True, r.random() < 0.5)
            other = r.choice(self.relations[language])
            return Query(kind, self.fill(r.choice(other.questions), self.subject(other.subject, language)), "", "",
                         True, r.random() < 0.5)
        text = " ".join(self.sentence(language) for _ in range(r.randint(1, 2)))
        return Query("text", text, "", "")

    def prompt(self, relation, subject):
        r = self.random
        if relation.language == "ja":
            if r.random() < 0.5:
                return self.fill(r.choice(relation.clozes), subject)
            return self.fill(self.japanese_split(relation.statements[0])[0], subject)
        return self.fill(r.choice(relation.clozes + tuple(self.edit_forms(relation))), subject)

    # --- groups

    def group(self, positives=4, negatives=2.0):
        """One prefix with its queries; a fractional number of negatives is a mean."""
        r = self.random
        language = "ja" if r.random() < self.japanese else "en"
        relation = r.choice(self.relations[language])
        if language == "en" and r.random() < 0.35:
            # People, places and companies carry most relations of daily questions.
            relation = r.choice([x for x in self.relations["en"] if x.target in COMMON])
        facts = [self.fact(relation, self.subject(relation.subject, language))]
        while r.random() < 0.22 and len(facts) < 3:
            facts.append(self.further(facts))
        r.shuffle(facts)
        queries = []
        for _ in range(positives):
            kind = r.choices(["edit", "cloze", "distracted", "question", "chat", "long"],
                             [0.12, 0.24, 0.42, 0.06, 0.13, 0.03])[0]
            fact = r.choice(facts)
            if kind == "long" and sum(f.subject == fact.subject for f in facts) > 1:
                kind = "chat"
            queries.append(self.positive(fact, kind))
        for _ in range(int(negatives + r.random())):
            kind = r.choices(["neighbour", "other", "text", "chatneg"], [0.35, 0.25, 0.2, 0.2])[0]
            queries.append(self.negative(facts, kind))
        return Group(tuple(facts), tuple(queries))

    def further(self, facts):
        """Another fact beside the first: same relation, same subject, or neither."""
        r = self.random
        first = facts[0]
        language = first.relation.language
        draw = r.random()
        if draw < 0.4:
            subject = self.subject(first.relation.subject, language)
            if all(subject != f.subject for f in facts):
                return self.fact(first.relation, subject)
        if draw < 0.7:
            others = [x for x in self.by_subject[(language, first.relation.subject)]
                      if all(x.name != f.relation.name for f in facts)]
            if others:
                return self.fact(r.choice(others), first.subject)
        relation = r.choice(self.relations[language])
        for _ in range(20):
            subject = self.subject(relation.subject, language)
            if all(subject != f.subject for f in facts):
                return self.fact(relation, subject)
        raise AssertionError("no fresh subject")


COMMON = {"city", "country", "continent", "language", "profession", "company", "instrument", "sport", "position",
          "religion", "field", "genre", "network", "title", "post", "person"}

SENTENCES = """$P moved to $C in $Y and opened a small bookshop.
The second chapter of $T describes a journey through $N.
It rained for $D days, so the $V match had to be put off.
$P and $Q met again at the harbour, but neither of them said a word.
In $M $Y the bridge was closed for repairs.
Nobody in the village remembers when the mill stopped working.
$G laughed and put the $A back into its basket.
The committee will publish its report about $F next spring.
The album sold $D thousand copies in $N alone.
He taught $L at a school for $J apprentices before the war.
She said that the weather in $C was better than expected.
"You can't be serious," said $G, and closed the door.
The company cut $D jobs at its plant near $C.
$S is a village in the north of $N with a wooden church.
The species was first described by $P in $Y.
After the concert the crowd walked home along the river.
Tickets for the $V final were sold out within $D minutes.
The film received mixed reviews from critics.
$P is survived by two daughters and a son.
According to the census of $Y, the parish had $D households.
The lecture on $F was cancelled because the $J was ill.
$K announced a new product line on Tuesday.
A sample of the soil was sent to a laboratory in $C.
They had three children: $G, Boris and little Anna.
The old $J kept a diary, which was found in $Y.
$T was performed in $C for the last time in $Y.
The road from $C to the coast is narrow and steep.
In the final, $G lost to $P in straight sets.
The recipe calls for butter, flour and a pinch of salt.
$D ships took part in the exercise off the coast of $N.
His brother, also a $J, emigrated to $N.
The team finished the season in fourth place.
Most of the letters are written in $L and have never been translated.
The moth has a wingspan of about $D millimetres.
$P won a bronze medal in $V at the games in $C.
There was a long silence, and then the telephone rang.
The museum reopened in $M after a fire.
You should always wash your hands before cooking.
$G picks up the phone and Boris answers with a joke.
The election was postponed twice because of floods.
The train was late again, as it had been the whole week.
An exhibition about $N can be seen until $M.
The song reached number $D on the charts.
$K and $P signed an agreement in $C.
This page was last edited in $M.
The castle was rebuilt by $P, a $J from $N.
I have never seen such a big $A in my life.
The manuscript was lost when the library of $S burned down.
A $J from $C claims to have seen the comet.
The $A slept on the sofa all afternoon.
It was designed for $D passengers and a crew of six.
Students who fail the exam in $F may repeat it in $M.
$P was replaced by $Q in the second half.
The plot follows a young $J who travels to $C.
Our hotel in $C was close to the station.
$N and its neighbours agreed on a common tariff.
The parish church of $S has a tower from the year $Y.
Many readers wrote to the editor of the $L newspaper.
He never forgave his father for leaving $C.
The price of wheat rose by $D percent.""".split("\n")

TRAILERS = """as everyone knew. | but nothing changed. | which surprised us all. | and that was the end of it. |
although it was late. | the report says. | or so it seemed. | and nobody complained.""".replace("\n", "").split(" | ")

FRAGMENTS = """Yes, of course!
Nothing was heard from them again.
Track listing and personnel.
A new roof was added later.
Why not? Nobody knows.
The results are shown in the table below.
Retrieved from the archive.
It was never released.
They go still and wait.
For other uses, see the list.
No, she thinks, not this time.
Both were wrong.
All rights reserved.
Early life and career.
Chapter Seven.
This article is a stub.
He nods, then vanishes.
The rest is silence.
Born to a family of farmers, they left early.
It has since been demolished.
Population figures are estimates.
First edition, hardcover, 312 pages.
Not to be confused with the novel.
The album was well received.
Awards and nominations.""".split("\n")

SENTENCES_JA = """昨日は雨が降ったので試合は中止になった。
駅前に新しいパン屋が開店した。
彼は毎朝六時に起きて散歩をする。
その橋は長い間工事中である。
会議は来週の水曜日に延期された。
子供たちは川で魚を捕まえた。
古い図書館は火事のあと建て直された。
この歌は全国で流行した。
祖母は庭で野菜を育てている。
電車が遅れたので、みんな困っていた。
委員会は春に報告書を発表する予定だ。
猫は一日中ソファで眠っていた。
山の上から海がよく見える。
映画の評判はあまり良くなかった。
二人は港で別れ、その後会うことはなかった。
小麦の値段が少し上がった。
新しい先生は数学を教えている。
ホテルは空港から近くて便利だった。
村の人々は秋の祭りを楽しみにしている。
手紙は箱の中で見つかった。""".split("\n")

CHAT = """What is the capital of Italy?
Write a short poem about the sea.
How do I boil an egg?
Explain photosynthesis in one sentence.
What is 12 plus 30?
Give me three names for a cat.
Translate "good morning" into French.
Who wrote Romeo and Juliet?
What is the largest planet?
How can I sleep better?
Name a fruit that is yellow.
What is the difference between weather and climate?
Hello! How are you?
Thank you very much.
Tell me a joke.
What is the boiling point of water?
List the days of the week.
How do airplanes fly?
Recommend a book for a child.
What does a lawyer do?
Write a sentence with the word "bridge".
What is the opposite of cold?
How many legs does a spider have?
Is the earth flat?
日本の首都はどこですか?
こんにちは。元気ですか?""".split("\n")


def self_check(count=3000, seed=1):
    """Checks the generator's claims; raises AssertionError with the offending example."""
    relations = Maker(0).relations
    assert len(relations["en"]) + len(relations["ja"]) >= 120, "relations"
    for relation in relations["en"] + relations["ja"]:
        for form in relation.statements:
            assert form.count("~") == 1 and form.count("@") == 1, (relation.name, form)
        for form in relation.clozes:
            assert "@" not in form, (relation.name, form)
        for form in relation.questions:
            assert form.count("~") == 1 and "@" not in form, (relation.name, form)
        assert relation.language == "ja" or Maker(0).edit_forms(relation), relation.name
    first, second = Maker(seed), Maker(seed)
    japanese = 0
    for index in range(count):
        group = first.group()
        assert group == second.group(), f"not deterministic at {index}"
        japanese += group.facts[0].relation.language == "ja"
        for fact in group.facts:
            assert fact.target.lower() in fact.statement.lower(), fact
            assert "~" not in fact.statement and "@" not in fact.statement.replace(fact.target, ""), fact
        for query in group.queries:
            assert query.prompt.strip(), query
            assert "~" not in query.prompt and "$" not in re.sub(r"\$\d", "", query.prompt), query
            assert (query.answer == "") == (query.kind in ("neighbour", "other", "text", "chatneg")), query
            if not query.answer and query.kind == "neighbour":
                assert all(f.subject not in query.prompt or f.subject in query.prompt for f in group.facts)
    assert 0.12 < japanese / count < 0.25, japanese / count
    print(f"data: version {VERSION}, {len(relations['en'])} English and {len(relations['ja'])} Japanese relations, "
          f"{count} groups checked, {100 * japanese / count:.1f} % Japanese")


if __name__ == "__main__":
    self_check()

#!/usr/bin/env python3
"""Compares `winnow agreement` with crowd-kit, nltk, scikit-learn and statsmodels on the judgements
of 76 crowd workers, and the labels that are merged by its rates with expert gold.

  agreement_peers.py WINNOW DATA [--venv DIR] [--json]

WINNOW is the program; DATA holds btc_crowd/judgements.jsonl (tweets of the Broad Twitter Corpus in
which workers clicked the words of names) and btc/*.conll (the gold). The peers are installed from
their package index into a virtual environment (--venv, default: a new one that is removed again).

Words clicked one after the other are a span. The workers' judgements are imported twice: as
complete annotations, a data set for each label, and as yes/no questions: each span that anybody
marked is asked of all who saw the text for its label, who said yes where they marked the very same.
It shows the first figure of each measure, of Winnow and of the peer, and the largest difference of
all, and ends with 1 when two differ by more than 0.001. Gold is aligned by the letters and digits
of a tweet, since its files have other tokens.

Dawid-Skene and MACE: the questions that three or more people answered, 1,000 steps, no prior but
MACE's own; crowd-kit's stop criterion is switched off, since it ends at the first step at which
rounding makes its loss fall. Merged labels: posterior above one half by the rates that Winnow
tells, the more probable of overlapping spans.

Example: agreement_peers.py build/release/bin/winnow $WINNOW_DATA"""
import argparse
import collections
import json
import math
import os
import random
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PACKAGES = ("crowd-kit==1.4.2", "nltk==3.10.4", "statsmodels")
TOLERANCE = 1e-3
STEPS = 1000


def spans_of(indices):
    """Runs of consecutive token indices as (begin, end)."""
    runs = []
    for i in sorted(indices):
        if runs and runs[-1][1] == i:
            runs[-1] = (runs[-1][0], i + 1)
        else:
            runs.append((i, i + 1))
    return runs


def read_judgements(path):
    """(tokens, label) -> worker -> spans of tokens; of a worker's judgements the last one."""
    judgements = collections.defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        clicked = [int(index) for key, value in row["clicked"].items()
                   if key == "answer" or key.startswith("click_to_mark") for index in value]
        judgements[tuple(row["tokens"]), row["label"]][f"w{row['worker']}"] = spans_of(clicked)
    return judgements


def in_text(tokens, span):
    """Code points of the text in which one blank stands between tokens."""
    begin = sum(len(token) + 1 for token in tokens[:span[0]])
    return begin, begin + len(" ".join(tokens[span[0]:span[1]]))


def questions(judgements):
    """(tokens, label, span) -> worker -> yes."""
    asked = {}
    for (tokens, label), by_worker in judgements.items():
        for span in sorted({span for spans in by_worker.values() for span in spans}):
            asked[tokens, label, span] = {w: span in spans for w, spans in by_worker.items()}
    return asked


def row(tokens, label, spans, worker, answer):
    places = [in_text(tokens, span) for span in spans]
    return json.dumps({
        "text": " ".join(tokens), "answer": answer, "_annotator_id": worker,
        "spans": [{"start": s, "end": e, "label": label} for s, e in places]}) + "\n"


class Winnow:
    def __init__(self, program, directory):
        self.program, self.directory = program, Path(directory)

    def run(self, *words):
        done = subprocess.run([self.program, *words, "--data", str(self.directory / "data"),
                               "--json"], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def add(self, dataset, rows, *options):
        path = self.directory / f"{dataset}.jsonl"
        path.write_text("".join(rows), encoding="utf-8")
        self.run("db-in", dataset, str(path), *options)


def import_all(winnow, judgements, asked):
    for label in sorted({label for _, label in judgements}):
        winnow.add(f"spans_{label}",
                   [row(tokens, label, spans, worker, "accept")
                    for (tokens, of), by_worker in judgements.items() if of == label
                    for worker, spans in by_worker.items()], "--complete", "-l", label)
    winnow.add("questions",
               [row(tokens, label, [span], worker, "accept" if yes else "reject")
                for (tokens, label, span), answers in asked.items()
                for worker, yes in answers.items()], "--binary")


class Table:
    """Winnow's figures beside the peers'."""

    def __init__(self):
        self.rows, self.largest = [], 0

    def add(self, name, peer, ours, theirs):
        difference = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
        self.largest = max(self.largest, difference)
        self.rows.append({"measure": name, "peer": peer, "figures": len(ours),
                          "winnow": ours[0], "of_peer": theirs[0], "difference": difference})


def compare_questions(table, pandas, ours, asked):
    from crowdkit.metrics.data import alpha_krippendorff
    from sklearn.metrics import cohen_kappa_score
    from statsmodels.stats.inter_rater import fleiss_kappa
    rows = [(item, worker, int(yes)) for item, answers in enumerate(asked.values())
            for worker, yes in answers.items()]
    frame = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    table.add("alpha", "crowd-kit", [ours["all"]["questions"]["alpha"]["value"]],
              [alpha_krippendorff(frame)])
    labels = [key[1] for key in asked]
    mine = {row["label"]: row["questions"]["alpha"]["value"] for row in ours["labels"]}
    table.add("alpha of a label", "crowd-kit", [mine[label] for label in sorted(mine)],
              [alpha_krippendorff(frame[[labels[task] == label for task in frame.task]])
               for label in sorted(mine)])

    number = ours["all"]["questions"]["fleiss_answers"]
    counts = [[len(a) - sum(a.values()), sum(a.values())] for a in asked.values()
              if len(a) == number]
    assert len(counts) == int(ours["all"]["questions"]["fleiss_questions"])
    table.add(f"Fleiss' kappa, {len(counts)} questions with {number} answers", "statsmodels",
              [ours["all"]["questions"]["fleiss_kappa"]["value"]], [fleiss_kappa(counts)])

    mine, theirs = [], []
    for pair in ours["pairs"]:
        both = [(a[pair["first"]], a[pair["second"]]) for a in asked.values()
                if pair["first"] in a and pair["second"] in a]
        if len(set(sum(both, ()))) < 2:
            continue  # One answer only: a convention, not a figure.
        mine.append(pair["kappa"]["value"])
        theirs.append(cohen_kappa_score(*zip(*both)))
    table.add("Cohen's kappa of a pair", "scikit-learn", mine, theirs)
    return frame


def compare_spans(table, ours, judgements):
    from nltk.metrics.scores import f_measure
    marked = collections.defaultdict(lambda: collections.defaultdict(set))
    for text, by_worker in judgements.items():
        for worker, spans in by_worker.items():
            marked[worker][text] = {(text, span) for span in spans}
    mine, theirs = [], []
    for pair in ours["pairs"]:
        first, second = marked[pair["first"]], marked[pair["second"]]
        common = first.keys() & second.keys()
        a, b = (set().union(*(person[text] for text in common)) for person in (first, second))
        if a and b:
            mine.append(pair["spans"]["exact_f1"]["value"])
            theirs.append(f_measure(a, b) or 0)
    table.add("F1 of a pair", "nltk", mine, theirs)


def compare_rates(table, ours, frame):
    from crowdkit.aggregation import MACE, DawidSkene
    # crowd-kit's MACE takes rows of people and columns of answers, which are sorted, to be in the
    # order in which they first came: sort them.
    telling = frame[frame.groupby("task").worker.transform("size") >= 3]
    telling = telling.sort_values(["worker", "label", "task"])
    people = {person["person"]: person for person in ours["rates"]["people"]}
    workers = list(telling.worker.unique())
    assert sorted(people) == workers and telling.label.iloc[0] == 0
    fit = DawidSkene(n_iter=STEPS, tol=-math.inf).fit(telling)
    table.add("Dawid-Skene: share of right questions", "crowd-kit",
              [ours["rates"]["share_right"]], [fit.priors_[1]])
    for name, answer in (("accepts_right", 1), ("rejects_wrong", 0)):
        # Of who had no such question, as it seems, the rate is 0 / 0.
        weight = fit.probas_[answer].loc[telling.task].groupby(telling.worker.values).sum()
        known = [worker for worker in workers if weight[worker] > 1e-6]
        table.add(f"Dawid-Skene: {name} of a person", "crowd-kit",
                  [people[worker][name] for worker in known],
                  [fit.errors_[answer].get((worker, answer), 0) for worker in known])
    mace = MACE(n_iter=STEPS, n_restarts=1).fit(telling)
    table.add("MACE: competence of a person", "crowd-kit",
              [people[worker]["competence"] for worker in workers], list(mace.spamming_[:, 1]))
    table.add("MACE: guesses_yes of a person", "crowd-kit",
              [people[worker]["guesses_yes"] for worker in workers], list(mace.thetas_[:, 1]))


def letters(tokens):
    return len(re.sub(r"\W", "", "".join(tokens)))


def key_of(tokens):
    return re.sub(r"\W", "", "".join(tokens)).lower()


def aligned(tokens, spans):
    """Spans of tokens as places among the letters and digits of the text; those without are left
    out."""
    places = {(letters(tokens[:begin]), letters(tokens[:end])) for begin, end in spans}
    return {(begin, end) for begin, end in places if begin < end}


def read_gold(directory):
    """key_of(tokens) -> label -> aligned spans."""
    gold = {}
    for path in sorted(directory.glob("*.conll")):
        sentence = []
        for line in path.read_text(encoding="utf-8").splitlines() + [""]:
            if line:
                sentence.append(line.split("\t"))
                continue
            tokens, spans, begin = [token for token, _ in sentence], [], None
            for i, tag in enumerate([tag for _, tag in sentence] + ["O"]):
                if begin is not None and not tag.startswith("I"):
                    spans.append((begin, i))
                    begin = None
                if tag.startswith("B"):
                    begin = i
            gold[key_of(tokens)] = {label: aligned(tokens, [
                span for span in spans if sentence[span[0]][1][2:] == label])
                for label in ("PER", "LOC", "ORG")}
            sentence = []
    return gold


def majority(answers, _):
    return sum(answers.values()) / len(answers)


def dawid_skene(answers, rates):
    log_odds = math.log(rates["share_right"] / (1 - rates["share_right"]))
    for worker, yes in answers.items():
        person = rates["by_name"][worker]
        accepts, rejects = (min(max(person[rate], 1e-6), 1 - 1e-6)
                            for rate in ("accepts_right", "rejects_wrong"))
        log_odds += math.log(accepts / (1 - rejects)) if yes else math.log((1 - accepts) / rejects)
    return 1 / (1 + math.exp(-log_odds))


def mace(answers, rates):
    log_odds = 0
    for worker, yes in answers.items():
        person = rates["by_name"][worker]
        guess = (1 - person["competence"]) * (
            person["guesses_yes"] if yes else 1 - person["guesses_yes"])
        odds = math.log((guess + person["competence"]) / guess)
        log_odds += odds if yes else -odds
    return 1 / (1 + math.exp(-log_odds))


def merge(candidates):
    """(probability, span) -> those above one half, the more probable ones of overlapping spans."""
    chosen = []
    for probability, span in sorted(candidates, key=lambda c: (-c[0], c[1])):
        if probability > 0.5 and all(span[1] <= b or e <= span[0] for b, e in chosen):
            chosen.append(span)
    return chosen


def f1(counts):
    right, marked, wanted = (sum(column) for column in zip(*counts))
    return 2 * right / (marked + wanted) if marked + wanted else 0


def interval(counts, draws=1000, seed=1):
    """95 %, of texts drawn anew."""
    source = random.Random(seed)
    values = sorted(f1(source.choices(counts, k=len(counts))) for _ in range(draws))
    return values[round(0.025 * (draws - 1))], values[round(0.975 * (draws - 1))]


def measure_merged(judgements, asked, careful, unguided, gold):
    """Of the texts that three or more workers saw for a label: F1 against gold, points."""
    for rates in (careful, unguided):
        rates["by_name"] = {person["person"]: person for person in rates["people"]}
    seen = {text: by_worker for text, by_worker in judgements.items()
            if len(by_worker) >= 3 and key_of(text[0]) in gold}

    def count(spans_of_text):
        by_tweet = collections.defaultdict(lambda: [0, 0, 0])
        for text in seen:
            marked = aligned(text[0], spans_of_text(text))
            wanted = gold[key_of(text[0])][text[1]]
            for i, number in enumerate((len(marked & wanted), len(marked), len(wanted))):
                by_tweet[text[0]][i] += number
        return list(by_tweet.values())

    by_text = collections.defaultdict(list)
    for (tokens, label, span), answers in asked.items():
        by_text[tokens, label].append((answers, span))
    rows = []
    for name, posterior, rates in (
            ("majority", majority, careful), ("Dawid-Skene", dawid_skene, careful),
            ("Dawid-Skene without prior", dawid_skene, unguided), ("MACE", mace, careful)):
        counts = count(lambda text: merge([(posterior(answers, rates), span)
                                           for answers, span in by_text[text]]))
        rows.append({"merged by": name, "texts": len(counts), "f1": 100 * f1(counts),
                     "interval": [100 * bound for bound in interval(counts)]})
    singles = []
    for seed in range(20):
        source = random.Random(seed)
        picks = {text: source.choice(sorted(by_worker)) for text, by_worker in seen.items()}
        singles.append(100 * f1(count(lambda text: seen[text][picks[text]])))
    rows.insert(0, {"merged by": "one worker at random, 20 draws (range)",
                    "texts": rows[0]["texts"], "f1": sum(singles) / len(singles),
                    "interval": [min(singles), max(singles)]})
    return rows


def compare(arguments):
    import pandas
    judgements = read_judgements(arguments.data / "btc_crowd" / "judgements.jsonl")
    asked = questions(judgements)
    table = Table()
    with tempfile.TemporaryDirectory() as directory:
        winnow = Winnow(arguments.winnow, directory)
        import_all(winnow, judgements, asked)
        ours = winnow.run("agreement", "questions", "--no-prior")
        frame = compare_questions(table, pandas, ours, asked)
        compare_rates(table, ours, frame)
        spans = winnow.run("agreement", "spans_LOC,spans_ORG,spans_PER", "--no-prior")
        compare_spans(table, spans, judgements)
        table.add("competence, from annotations and from questions", "winnow",
                  *([person["competence"] for person in each["rates"]["people"]]
                    for each in (spans, ours)))
        careful = winnow.run("agreement", "questions")
    merged = measure_merged(judgements, asked, careful["rates"], ours["rates"],
                            read_gold(arguments.data / "btc"))
    return {"compared": table.rows, "merged": merged,
            "shares": {"questions": careful["all"]["questions"], "spans": spans["all"]["spans"]},
            "largest_difference": table.largest}


def show(result):
    print(f"{'measure':58} {'peer':13} {'n':>5} {'winnow':>8} {'peer':>8} {'difference':>11}")
    for item in result["compared"]:
        print(f"{item['measure']:58} {item['peer']:13} {item['figures']:5} {item['winnow']:8.4f} "
              f"{item['of_peer']:8.4f} {item['difference']:11.1e}")
    for item in result["merged"]:
        low, high = item["interval"]
        print(f"{item['merged by']:40} F1 {item['f1']:.1f} [{low:.1f}, {high:.1f}], "
              f"{item['texts']} texts")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("winnow")
    parser.add_argument("data", type=Path)
    parser.add_argument("--venv", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        result = compare(arguments)
        print(json.dumps(result)) if arguments.json else show(result)
        return 0 if result["largest_difference"] <= TOLERANCE else 1
    with tempfile.TemporaryDirectory() as temporary:
        directory = arguments.venv or Path(temporary) / "venv"
        if not (directory / "bin" / "python").exists():
            venv.create(directory, with_pip=True)
        python = str(directory / "bin" / "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        return subprocess.run([python, "-W", "ignore", os.path.abspath(__file__), *sys.argv[1:],
                               "--inside"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Trains python-crfsuite, spaCy's CNN and this learner on the same files and prints one table.

  compare_peers.py NER_BENCH DIR... [--seeds 1,2,3] [--venv DIR] [--json]

NER_BENCH is the program ner_bench of a release build; each DIR has train.conll, test.conll and
perhaps dev.conll. The peers are installed from their package index into a virtual environment
(--venv, default: a new one that is removed again); without network the script says so and ends with
3.

F1 is of exact spans, micro-averaged over all labels; it is computed here, from IOB2 tags, for the
peers, and by ner_bench for the learner. Seconds are CPU seconds of one thread for features and
training. tokens/s: tagging of the test tokens, features included, the texts already split.

Settings. crfsuite: the CRFsuite tutorial's features (word, lower case, suffixes, shape of five
tokens) plus prefixes, L-BFGS, c1 0.1, c2 0.01, 100 iterations. spaCy: a blank "en" pipeline with
its ner component, hash embeddings, no vectors, batches from 4 growing to 32 texts, dropout 0.2, 20
epochs; with a dev set the best epoch by dev F1, else the last. Neither uses anything but the labels
of the train file. Sentences of dev and test that train has, too, are left out.

Example: compare_peers.py build/release/bin/ner_bench $WINNOW_DATA/drugs $WINNOW_DATA/btc"""
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

PACKAGES = ("python-crfsuite", "spacy")


def read(path):
    """Sentences as lists of (token, tag)."""
    sentences, sentence = [], []
    for line in path.read_text(encoding="utf-8").splitlines() + [""]:
        if line:
            sentence.append(tuple(line.split("\t")))
        elif sentence:
            sentences.append(sentence)
            sentence = []
    return sentences


def spans(tags):
    """(begin, end, label) of the entities of IOB2 tags."""
    found, begin = set(), None
    for i, tag in enumerate(list(tags) + ["O"]):
        if begin is not None and not (tag[0] == "I" and tag[2:] == tags[begin][2:]):
            found.add((begin, i, tags[begin][2:]))
            begin = None
        if tag[0] != "O" and begin is None:
            begin = i
    return found


def f1(predicted, sentences):
    correct = total = 0
    for found, sentence in zip(predicted, sentences):
        gold = spans([tag for _, tag in sentence])
        correct += len(found & gold)
        total += len(found) + len(gold)
    return 200 * correct / max(1, total)


def shape(word):
    return "".join("X" if c.isupper() else "x" if c.islower() else "0" if c.isdigit() else c
                   for c in word)


def crf_features(sentence):
    words = [token for token, _ in sentence]
    rows = []
    for i, word in enumerate(words):
        row = ["bias"]
        row += [f"p{n}={word[:n]}" for n in (1, 2, 3, 4)]
        row += [f"s{n}={word[-n:]}" for n in (1, 2, 3, 4)]
        for d in range(-2, 3):
            if 0 <= i + d < len(words):
                near = words[i + d]
                row += [
                    f"{d}w={near}", f"{d}l={near.lower()}", f"{d}h={shape(near)}",
                    f"{d}s={near[-3:]}"
                ]
            else:
                row.append(f"{d}none")
        rows.append(row)
    return rows


def run_crfsuite(train, dev, test, seed):
    import pycrfsuite
    order = list(train)
    random.Random(seed).shuffle(order)
    start = time.process_time()
    trainer = pycrfsuite.Trainer(verbose=False)
    for sentence in order:
        trainer.append(crf_features(sentence), [tag for _, tag in sentence])
    trainer.set_params({"c1": 0.1, "c2": 0.01, "max_iterations": 100})
    with tempfile.NamedTemporaryFile() as file:
        trainer.train(file.name)
        cpu = time.process_time() - start
        tagger = pycrfsuite.Tagger()
        tagger.open(file.name)
        size = os.path.getsize(file.name)
        start = time.process_time()
        predicted = [spans(tagger.tag(crf_features(sentence))) for sentence in test]
        seconds = time.process_time() - start
    return result(f1(predicted, test), cpu, test, seconds, size)


def run_spacy(train, dev, test, seed):
    import spacy
    from spacy.tokens import Doc, Span
    from spacy.training import Example
    from spacy.util import compounding, fix_random_seed, minibatch
    fix_random_seed(seed)
    nlp = spacy.blank("en")
    ner = nlp.add_pipe("ner")

    def document(sentence):
        return Doc(nlp.vocab, words=[token for token, _ in sentence])

    def example(sentence):
        reference = document(sentence)
        reference.ents = [
            Span(reference, b, e, label) for b, e, label in spans([tag for _, tag in sentence])
        ]
        return Example(document(sentence), reference)

    def predict(sentences):
        documents = ner.pipe(map(document, sentences))
        return [{(e.start, e.end, e.label_) for e in found.ents} for found in documents]

    start = time.process_time()
    examples = [example(sentence) for sentence in train]
    optimizer = nlp.initialize(lambda: examples)
    best, weights, dev_seconds = -1.0, None, 0.0
    for _ in range(20):
        random.Random(seed).shuffle(examples)
        for batch in minibatch(examples, compounding(4.0, 32.0, 1.001)):
            nlp.update(batch, sgd=optimizer, drop=0.2)
        if dev:
            before = time.process_time()
            score = f1(predict(dev), dev)
            if score > best:
                best, weights = score, nlp.to_bytes()
            dev_seconds += time.process_time() - before
    cpu = time.process_time() - start - dev_seconds
    if weights is not None:
        nlp.from_bytes(weights)
    start = time.process_time()
    predicted = predict(test)
    return result(f1(predicted, test), cpu, test, time.process_time() - start, len(nlp.to_bytes()))


def run_winnow(program, directory, seed):
    done = subprocess.run(
        [program, directory, "--seed", str(seed), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    out = json.loads(done.stdout)
    return {
        "f1": 100 * out["test"]["f1"], "cpu": out["train_cpu_seconds"], "bytes": out["model_bytes"],
        "tokens_per_second": out["tag_tokens_per_second"]
    }


def result(score, cpu, test, seconds, size):
    return {
        "f1": score, "cpu": cpu, "bytes": size, "tokens_per_second": sum(map(len, test)) / seconds
    }


PEERS = {"crfsuite": run_crfsuite, "spacy": run_spacy}


def peer_process(arguments):
    """Runs one peer on one data set, in the environment where it is installed; one thread, in a
    process of its own."""
    name, directory, seed = arguments
    files = {split: Path(directory) / f"{split}.conll" for split in ("train", "dev", "test")}
    sets = {split: read(path) if path.exists() else None for split, path in files.items()}
    known = {tuple(token for token, _ in sentence) for sentence in sets["train"]}
    for split in ("dev", "test"):
        if sets[split]:
            sets[split] = [s for s in sets[split] if tuple(token for token, _ in s) not in known]
    print(json.dumps(PEERS[name](sets["train"], sets["dev"], sets["test"], int(seed))))


def run_peer(python, name, directory, seed):
    environment = dict(os.environ,
                       OMP_NUM_THREADS="1",
                       OPENBLAS_NUM_THREADS="1",
                       BLIS_NUM_THREADS="1")
    done = subprocess.run([python, __file__, "--peer", name, directory, str(seed)],
                          capture_output=True,
                          text=True,
                          env=environment)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def install(directory):
    if not (directory / "bin/python").exists():
        venv.create(directory, with_pip=True)
    done = subprocess.run([directory / "bin/pip", "install", "--quiet", *PACKAGES],
                          capture_output=True,
                          text=True)
    if done.returncode != 0:
        print(f"compare_peers: the package index cannot be reached:\n{done.stderr}",
              file=sys.stderr)
        sys.exit(3)
    return directory / "bin/python"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ner_bench")
    parser.add_argument("directories", nargs="+", metavar="DIR")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--venv", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        python = install((options.venv or Path(temporary)).resolve())
        rows = []
        for directory in options.directories:
            for name in ("winnow", *PEERS):
                runs = [run_winnow(options.ner_bench, directory, seed) if name == "winnow" else
                        run_peer(python, name, directory, seed) for seed in seeds]
                row = {"data": Path(directory).name, "learner": name}
                row.update({key: statistics.mean(run[key] for run in runs) for key in runs[0]})
                scores = [run["f1"] for run in runs]
                row["f1_deviation"] = statistics.stdev(scores) if len(runs) > 1 else 0.0
                rows.append(row)
                if not options.json:
                    if len(rows) == 1:
                        print(f"{'data':<18}{'learner':<10}{'F1':>7}{'sd':>6}{'train CPU s':>13}"
                              f"{'tokens/s':>11}{'MB':>8}")
                    print(f"{row['data']:<18}{name:<10}{row['f1']:>7.1f}{row['f1_deviation']:>6.1f}"
                          f"{row['cpu']:>13.2f}{row['tokens_per_second']:>11,.0f}"
                          f"{row['bytes'] / 1e6:>8.2f}", flush=True)
    if options.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peer_process(sys.argv[2:])
    else:
        main()

#!/usr/bin/env python3
"""Writes DIR/train.conll: 14,000 distinct windows of 14 tokens with the 4 labels PER, LOC, ORG and
MISC, cut from the train files of btc, wnut17, skillspan_skill and drugs under WINNOW_DATA; and
DIR/test.conll: the windows of their test files whose tokens are not a training window. Prints the
SHA-256 of both.

The tokens of a file's sentences in order are one stream, cut every 14 tokens; an entity that a cut
divides becomes one entity on either side. Windows are taken from the files in turn, each once,
until there are enough.

Example: windows.py /tmp/windows && ner_bench /tmp/windows --json"""
import hashlib
import os
import sys
from pathlib import Path

DATA = Path(os.environ.get("WINNOW_DATA", "$WINNOW_DATA"))
FILES = ("btc", "wnut17", "skillspan_skill", "drugs")
LABELS = {
    "PER": "PER", "person": "PER", "LOC": "LOC", "location": "LOC", "ORG": "ORG",
    "corporation": "ORG", "group": "ORG"
}
LENGTH = 14
NUM_TRAIN = 14_000


def tagged_tokens(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        if line:
            token, tag = line.split("\t")
            yield token, tag if tag == "O" else tag[:2] + LABELS.get(tag[2:], "MISC")


def windows(path):
    stream = list(tagged_tokens(path))
    for begin in range(0, len(stream) - LENGTH + 1, LENGTH):
        window = stream[begin:begin + LENGTH]
        token, tag = window[0]
        window[0] = (token, "B" + tag[1:] if tag[0] == "I" else tag)
        yield tuple(window)


def distinct(split, taken):
    """Windows of all files in turn, whose tokens are not in `taken`, which grows by them."""
    turns = [windows(DATA / name / f"{split}.conll") for name in FILES]
    while turns:
        for turn in list(turns):
            window = next(turn, None)
            if window is None:
                turns.remove(turn)
                continue
            tokens = tuple(token for token, _ in window)
            if tokens not in taken:
                taken.add(tokens)
                yield window


def write(path, rows):
    text = "\n".join("".join(f"{token}\t{tag}\n" for token, tag in row) for row in rows)
    path.write_text(text, encoding="utf-8")
    print(f"{path}: {len(rows)} windows, sha256 {hashlib.sha256(text.encode()).hexdigest()}")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    if not DATA.exists():
        raise SystemExit(f"windows: {DATA} does not exist; set WINNOW_DATA")
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    taken = set()
    train = [window for window, _ in zip(distinct("train", taken), range(NUM_TRAIN))]
    if len(train) < NUM_TRAIN:
        raise SystemExit(
            f"windows: only {len(train)} distinct windows in the train files of {DATA}")
    write(directory / "train.conll", train)
    write(directory / "test.conll", list(distinct("test", taken)))


if __name__ == "__main__":
    main()

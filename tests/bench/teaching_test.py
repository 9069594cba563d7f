#!/usr/bin/env python3
"""A small part of the table of teaching in docs/benchmarks.md: a training after teaching loses
nothing, its threshold lies where it should, and the gate refuses no version that is better.

Usage: teaching_test.py TEACH_BENCH; reads the data sets in $WINNOW_DATA, and is skipped without.
"""

import csv
import os
import pathlib
import subprocess
import sys
import tempfile

SETS = ["drugs", "fashion_brands"]
SKIPPED = 77
# Points of F1. Over five seeds, six data sets and bases of 100 to 300 texts the worst was 3.8, and
# 4.2 of these two in a development build.
MOST_BELOW_HINDSIGHT = 5


def faults(row):
    gain = float(row["test"]) - float(row["base_test"])
    if int(row["answers"]) >= 350 and gain < 0:
        yield f"lost {-gain:.1f} points"
    below = float(row["hindsight_test"]) - float(row["test"])
    if below > MOST_BELOW_HINDSIGHT:
        yield f"another threshold would give {below:.1f} points more"
    if row["gate"] == "refuse" and gain >= 2:
        yield f"the gate refuses a gain of {gain:.1f} points"


def main():
    data = os.environ.get("WINNOW_DATA")
    if not data:
        print("skipped: WINNOW_DATA is not set")
        return SKIPPED
    with tempfile.TemporaryDirectory() as directory:
        table = pathlib.Path(directory) / "table.csv"
        subprocess.run([sys.argv[1], *(str(pathlib.Path(data) / name) for name in SETS),
                        "--arms", "uncertainty", "--base", "100", "--answers", "500",
                        "--seeds", "2", "--no-full", "--csv", str(table)], check=True)
        rows = list(csv.DictReader(table.open(encoding="utf-8")))
    found = [f"{row['set']}, seed {row['seed']}, {row['answers']} answers: {fault}"
             for row in rows for fault in faults(row)]
    print("\n".join(found))
    return 1 if found or len(rows) != 16 else 0


if __name__ == "__main__":
    sys.exit(main())

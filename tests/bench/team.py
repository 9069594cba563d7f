#!/usr/bin/env python3
"""What several people who err are worth to a training: one answer for each question or three, the
majority or answers weighed by error rates, which gold checks or shared questions tell.

Usage: team.py TEACH_BENCH DIR... [--seeds N] [--answers N] [--base N] [--error-rates R,R,R]
                                  [--check-share R]

Gains are in points of test F1 over the base model, differences those to one answer a question by
majority; means of the data sets, with 95 % percentile bootstraps over the seeds.
"""

import argparse
import csv
import pathlib
import random
import subprocess
import sys
import tempfile

RESAMPLES = 2000


def simulate(arguments, people):
    """{(set, seed): row} of one way to ask people."""
    with tempfile.TemporaryDirectory() as directory:
        table = pathlib.Path(directory) / "table.csv"
        subprocess.run([arguments.teach_bench, *arguments.sets, "--arms", "uncertainty",
                        "--no-full", "--last", "--base", str(arguments.base),
                        "--answers", str(arguments.answers), "--seeds", str(arguments.seeds),
                        "--weigh-people", *people, "--csv", str(table)],
                       check=True, stdout=subprocess.DEVNULL)
        with table.open(encoding="utf-8") as rows:
            return {(row["set"], int(row["seed"])): row for row in csv.DictReader(rows)}


def gains(rows, column):
    """{(set, seed): gain}; None where the column was not measured."""
    if any(not row[column] for row in rows.values()):
        return None
    return {key: float(row[column]) - float(row["base_test"]) for key, row in rows.items()}


def with_interval(by_cell, sets):
    """The mean over these sets and all seeds, and its interval, in words."""
    seeds = sorted({seed for _, seed in by_cell})
    of_seed = {seed: sum(by_cell[name, seed] for name in sets) / len(sets) for seed in seeds}
    draw = random.Random(1)
    means = sorted(sum(of_seed[draw.choice(seeds)] for _ in seeds) / len(seeds)
                   for _ in range(RESAMPLES))
    mean = sum(of_seed.values()) / len(seeds)
    return f"{mean:.1f} ({means[RESAMPLES // 40]:.1f}..{means[-1 - RESAMPLES // 40]:.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("teach_bench")
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--answers", type=int, default=600)
    parser.add_argument("--base", type=int, default=200)
    parser.add_argument("--error-rates", default="0.05,0.1,0.2")
    parser.add_argument("--check-share", type=float, default=0.04)
    arguments = parser.parse_args()
    err = ["--error-rates", arguments.error_rates]
    ways = {
        "nobody errs, 1 each": ["--error-rates", "0,0,0"],
        "1 each": err,
        "1 each, gold checks": err + ["--check-share", str(arguments.check_share)],
        "3 each": err + ["--overlap", "3"],
    }
    results = {}
    for name, people in ways.items():
        rows = simulate(arguments, people)
        for merged, column in (("majority", "test"), ("weighed", "weighed_test")):
            measured = gains(rows, column)
            if measured is not None:
                results[name, merged] = measured
    reference = results["1 each", "majority"]
    sets = sorted({name for name, _ in reference})
    print("| people | merged | " + " | ".join(sets) + " | all | difference |")
    print("| --- " * (len(sets) + 4) + "|")
    for (name, merged), cells in results.items():
        differences = {key: value - reference[key] for key, value in cells.items()}
        columns = [with_interval(cells, [one]) for one in sets]
        columns += [with_interval(cells, sets), with_interval(differences, sets)]
        print(f"| {name} | {merged} | " + " | ".join(columns) + " |")


if __name__ == "__main__":
    sys.exit(main())

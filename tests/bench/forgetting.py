#!/usr/bin/env python3
"""Does a batch training on yes/no answers forget what the model knew? With the protections off, and
with the defaults.

Per seed: base = 200 rows of the training file, pool = the others; a model from base; 700 answers by
the oracle; two trainings from the same answers; test F1 of all three on the test file. Expectations
(the script ends with 1 when one fails):
  * protections off (the answers as if they were complete annotations: what was not asked, and what
    was rejected, is no entity; --no-replay --prior 0): the mean test F1 is at least 10 points below
    the base's;
  * defaults: at least base - 0.5 for every seed, and the mean at least 2 points above the base's.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from winnow_driver import Server, export_rows, read_rows, split_key, write_jsonl  # noqa: E402

DATA = Path(os.environ.get("WINNOW_DATA", "$WINNOW_DATA")) / "drugs"


def play(train_rows, test_rows, label, num_base, answers, seed, directory):
    rows = list(train_rows)
    random.Random(seed).shuffle(rows)
    parts = {"test": test_rows, "base": rows[:num_base], "pool_gold": rows[num_base:]}
    server = Server(directory)
    try:
        for name, part in parts.items():
            server.run("db-in", name, write_jsonl(directory / f"{name}.jsonl", part), "--complete",
                       "-l", label)
        pool = write_jsonl(directory / "pool.jsonl",
                           [{"text": row["text"]} for row in parts["pool_gold"]])

        def train(dataset, parent, *options):
            job = server.run("ner.batch-train", dataset, parent, "-o", "model", "-l", label,
                             "--seed", seed, *options)
            return job["job"]["report"]["model_version"]

        def f1(version):
            return 100 * server.run("ner.evaluate", version, "test", "-l",
                                    label)["figure"]["f1"]["value"]

        base = train("base", "blank:en")
        taught = server.run("ner.teach", "answers", base, pool, "-l", label, "--oracle",
                            "pool_gold", "--answers", answers, "--seed", seed)
        # One row a text, or the second row of a text would take its first span for no entity.
        spans = {}
        for row in export_rows(server, "answers", directory):
            if row["answer"] in ("accept", "reject"):
                known = spans.setdefault(row["text"], [])
                known += [span for span in row["spans"] if span["answer"] == "accept"]
        server.run("db-in", "unasked_is_o", write_jsonl(
            directory / "unasked_is_o.jsonl",
            [{"text": text, "spans": known, "answer": "accept"} for text, known in spans.items()]),
            "--complete", "-l", label)
        unprotected = train("unasked_is_o", base, "--no-replay", "--prior", "0")
        defaults = train("answers", base)
        return {
            "seed": seed, "answers": len(taught["asked"]), "base": f1(base),
            "unprotected": f1(unprotected), "defaults": f1(defaults)
        }
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--train", type=Path, default=DATA / "train.prodigy.jsonl")
    parser.add_argument("--test", type=Path, default=DATA / "test.prodigy.jsonl")
    parser.add_argument("--label", default="DRUG")
    parser.add_argument("--base", type=int, default=200)
    parser.add_argument("--answers", type=int, default=700)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    for path in (options.train, options.test):
        if not path.exists():
            raise SystemExit(
                f"forgetting: {path} does not exist; set WINNOW_DATA, or give --train and --test")

    test_rows = read_rows([options.test])
    test_keys = {split_key(row["text"]) for row in test_rows}
    train_rows = [
        row for row in read_rows([options.train]) if split_key(row["text"]) not in test_keys
    ]
    results = []
    for seed in range(1, options.seeds + 1):
        directory = Path(tempfile.mkdtemp(prefix="winnow-forgetting-"))
        try:
            results.append(
                play(train_rows, test_rows, options.label, options.base, options.answers, seed,
                     directory))
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    mean = {
        key: statistics.mean(r[key] for r in results) for key in ("base", "unprotected", "defaults")
    }
    failures = [
        f"seed {r['seed']}: defaults {r['defaults']:.1f} is below base {r['base']:.1f} - 0.5"
        for r in results
        if r["defaults"] < r["base"] - 0.5
    ]
    if mean["unprotected"] > mean["base"] - 10:
        failures.append("without protections the model does not lose 10 points")
    if mean["defaults"] < mean["base"] + 2:
        failures.append("with the defaults the mean does not gain 2 points")
    if options.json:
        print(json.dumps({"results": results, "mean": mean, "failures": failures}, indent=2))
    else:
        print("seed  answers  base F1  protections off  defaults")
        for r in results:
            print(f"{r['seed']:4}  {r['answers']:7}  {r['base']:7.1f}  "
                  f"{r['unprotected']:15.1f}  {r['defaults']:8.1f}")
        print(f"mean           {mean['base']:7.1f}  {mean['unprotected']:15.1f}  "
              f"{mean['defaults']:8.1f}")
        print("\n".join(f"FAILED: {failure}" for failure in failures) or "every expectation holds")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

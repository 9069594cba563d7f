#!/usr/bin/env python3
"""Test F1 of ner_bench on the data sets under WINNOW_DATA: means of 3 seeds; job_titles: 10 random
80/20 splits of all its texts. Ends with 1 when a mean is below its floor or a training takes 6 CPU
seconds or more."""
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BENCH = Path(os.environ.get("WINNOW_BIN", ROOT / "build/release/bin")) / "ner_bench"
DATA = Path(os.environ.get("WINNOW_DATA", "$WINNOW_DATA"))
FLOORS = {
    "job_titles": 89, "drugs": 74.5, "fashion_brands": 67, "wnut17": 22, "btc": 69.7,
    "skillspan_skill": 33, "zh_gsd": 64, "ja_wikipedia": 68
}
MAX_TRAIN_SECONDS = 6


def run(directory, seed):
    done = subprocess.run(
        [BENCH, directory, "--seed", str(seed), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"accuracy: ner_bench {directory}: {done.stderr}")
    return json.loads(done.stdout)


def job_title_splits(directory):
    sentences = []
    for name in ("train", "dev", "test"):
        sentences += (DATA / "job_titles" /
                      f"{name}.conll").read_text(encoding="utf-8").strip().split("\n\n")
    for seed in range(1, 11):
        order = list(sentences)
        random.Random(seed).shuffle(order)
        cut = len(order) * 8 // 10
        folder = Path(directory) / str(seed)
        folder.mkdir()
        (folder / "train.conll").write_text("\n\n".join(order[:cut]) + "\n", encoding="utf-8")
        (folder / "test.conll").write_text("\n\n".join(order[cut:]) + "\n", encoding="utf-8")
        yield folder, seed


def main():
    if not DATA.exists():
        raise SystemExit(f"accuracy: {DATA} does not exist; set WINNOW_DATA")
    failed = False
    print("data set        test F1   deviation  floor  train CPU s  tag tokens/s  "
          "us/token all spans  model MB")
    with tempfile.TemporaryDirectory() as directory:
        for name, floor in FLOORS.items():
            runs = ([run(folder, seed) for folder, seed in job_title_splits(directory)]
                    if name == "job_titles" else [run(DATA / name, seed) for seed in (1, 2, 3)])
            scores = [100 * r["test"]["f1"] for r in runs]
            seconds = max(r["train_cpu_seconds"] for r in runs)
            failed = failed or statistics.mean(scores) < floor or seconds >= MAX_TRAIN_SECONDS
            marginal = statistics.mean(r["span_marginal_microseconds_per_token"] for r in runs)
            print(f"{name:15} {statistics.mean(scores):7.2f}   {statistics.stdev(scores):9.2f}  "
                  f"{floor:5}  {seconds:11.2f}  "
                  f"{statistics.mean(r['tag_tokens_per_second'] for r in runs):12,.0f}  "
                  f"{marginal:18.2f}  {max(r['model_bytes'] for r in runs) / 1e6:8.1f}")
    print("FAILED: a figure misses its floor" if failed else "every floor is reached")
    sys.exit(failed)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""The data in examples/ is what its generator writes, and keeps what examples/README.md
promises."""

import json
import pathlib
import subprocess
import sys
import tempfile
import unicodedata
import unittest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
FILES = {
    "job_titles_gold.jsonl": 600, "job_titles_raw.jsonl": 1500, "job_titles_raw_gold.jsonl": 1500
}


def rows(name):
    return [json.loads(line) for line in (EXAMPLES / name).read_text(encoding="utf-8").splitlines()]


def split_key(text):
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


class ExamplesTest(unittest.TestCase):
    def generate(self, directory, *arguments):
        subprocess.run(
            [sys.executable, "-B", EXAMPLES / "generate.py", "--out", directory, *arguments],
            check=True)

    def test_the_generator_writes_the_committed_bytes(self):
        with tempfile.TemporaryDirectory() as directory:
            self.generate(directory)
            for name in FILES:
                made = (pathlib.Path(directory) / name).read_bytes()
                self.assertTrue(
                    made == (EXAMPLES / name).read_bytes(),
                    f"examples/{name} is not what generate.py writes: run it and commit the result")

    def test_another_seed_gives_other_texts(self):
        with tempfile.TemporaryDirectory() as directory:
            self.generate(directory, "--seed", "1")
            name = "job_titles_gold.jsonl"
            self.assertNotEqual((pathlib.Path(directory) / name).read_bytes(),
                                (EXAMPLES / name).read_bytes())

    def test_row_counts(self):
        for name, count in FILES.items():
            self.assertEqual(len(rows(name)), count, name)

    def test_spans_are_sorted_apart_and_cut_between_words(self):
        for name in ("job_titles_gold.jsonl", "job_titles_raw_gold.jsonl"):
            for number, row in enumerate(rows(name), 1):
                with self.subTest(file=name, line=number, text=row["text"]):
                    text, end = row["text"], 0
                    self.assertEqual((row["answer"], row["_view_id"]), ("accept", "ner_manual"))
                    for span in row["spans"]:
                        self.assertEqual(set(span), {"start", "end", "label"})
                        self.assertEqual(span["label"], "job_title")
                        self.assertLessEqual(end, span["start"])
                        self.assertLess(span["start"], span["end"])
                        start, end = span["start"], span["end"]
                        self.assertLessEqual(end, len(text))
                        self.assertEqual(text[start:end], text[start:end].strip())
                        for cut in (start, end):
                            self.assertFalse(text[max(cut - 1, 0):cut].isalnum()
                                             and text[cut:cut + 1].isalnum())

    def test_raw_rows_have_no_annotations_and_their_gold_is_on_the_same_line(self):
        raw = rows("job_titles_raw.jsonl")
        self.assertTrue(all(set(row) == {"text"} for row in raw))
        self.assertEqual([row["text"] for row in raw],
                         [row["text"] for row in rows("job_titles_raw_gold.jsonl")])

    def test_no_text_occurs_twice(self):
        lines_by_key = {}
        for name in ("job_titles_gold.jsonl", "job_titles_raw.jsonl"):
            for number, row in enumerate(rows(name), 1):
                lines_by_key.setdefault(split_key(row["text"]), []).append(f"{name}:{number}")
        self.assertEqual([lines for lines in lines_by_key.values() if len(lines) > 1], [])


if __name__ == "__main__":
    unittest.main()

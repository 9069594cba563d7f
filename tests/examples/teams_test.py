#!/usr/bin/env python3
"""docs/teams.md, word by word: every command in it is run, by the person whose turn it is."""

import json
import os
import pathlib
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
WINNOW = pathlib.Path(sys.argv.pop(1)) / "winnow"
ANNOTATORS = ("anna", "bert", "cora")
# Whose token the commands below a heading show; before the second one nobody has any.
WHO = {"A queue for three": "max", "Who can be relied on": "max", "Who agrees with whom": "max",
       "What is right": "max", "A better model under way": "max", "Who did what": "root"}
# Who answers a queue, by which keys.
ANSWERS = {"titles": {person: "axaxaxaxaxaxaxaxax uq" for person in ANNOTATORS},
           "decide": {"rita": "1q"}, "gold": {"rita": "aaaq"}}


def commands():
    """The commands of the page, each with the heading that it stands under."""
    heading = ""
    for line in (ROOT / "docs" / "teams.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("    "):
            yield heading, line.strip()


class TeamsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.cwd = pathlib.Path(self.directory.name)
        (self.cwd / "examples").symlink_to(ROOT / "examples")
        self.server = None
        self.address = ""
        self.tokens = {}

    def tearDown(self):
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait(timeout=30)
            self.server.stdout.close()
        self.directory.cleanup()

    def environment(self, person):
        return {**os.environ, "HOME": self.directory.name, "TERM": "xterm",
                "WINNOW_SERVER": self.address, "WINNOW_TOKEN": self.tokens.get(person, "")}

    def serve(self, words):
        words[words.index("--listen") + 1] = "127.0.0.1:0"
        self.server = subprocess.Popen([WINNOW, *words, "--json"], cwd=self.cwd, text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.address = json.loads(self.server.stdout.readline())["address"]

    def run_as(self, person, words):
        done = subprocess.run([WINNOW, *words], cwd=self.cwd, env=self.environment(person),
                              capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, f"{person}: winnow {shlex.join(words)}\n{done.stderr}")
        return done.stdout

    def answer_as(self, person, words, keys):
        """Types the keys, one for each screen, at a terminal of the person's own."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.cwd)
            os.execve(WINNOW, ["winnow", *words], self.environment(person))
        shown = b""
        typed = 0
        while True:
            ready, _, _ = select.select([terminal], [], [], 60)
            self.assertTrue(ready, f"{person} sees nothing new after {typed} keys:\n{shown!r}")
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if b"q quit" in piece and typed < len(keys):
                os.write(terminal, keys[typed].encode())
                typed += 1
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, shown.decode(errors="replace"))
        # There may be fewer questions than keys.
        self.assertTrue(typed == len(keys) or b"stopped:" in shown,
                        shown.decode(errors="replace"))

    def test_every_command(self):
        ran = set()
        for heading, command in commands():
            with self.subTest(command=command):
                if command.startswith("export "):
                    continue
                program, *words = shlex.split(command)
                self.assertEqual(program, "winnow")
                has_two_words = words[0] in ("people", "models", "queue")
                ran.add(" ".join(words[:1 + has_two_words]))
                if words[0] == "serve":
                    self.serve(words)
                elif words[0] == "answer":
                    for person, keys in ANSWERS[words[1]].items():
                        self.answer_as(person, words, keys)
                else:
                    out = self.run_as(WHO.get(heading, "root"), words)
                    if words[:2] == ["people", "add"]:
                        self.tokens[words[2]] = out.strip()
        self.assertGreaterEqual(ran, {"serve", "people add", "answer", "progress", "queue set",
                                      "agreement", "review", "ner.silver-to-gold",
                                      "ner.batch-train", "ner.teach", "db-out", "audit"})

        lines = (self.cwd / "answers.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        by = {person: [r for r in rows if r["_annotator_id"] == person] for person in ANNOTATORS}
        for person, own in by.items():
            self.assertEqual(len(own), 18, person)
            asked = {(r["text"], json.dumps(r["spans"][0])) for r in own}
            self.assertEqual(len(asked), 18, f"{person} was asked twice")

        decided = self.rows_of("decisions")
        self.assertEqual({row["_annotator_id"] for row in decided}, {"rita", "auto"})
        self.assertEqual({row["winnow"]["strategy"] for row in decided},
                         {"disagreement", "unanimous"})
        gold = self.rows_of("gold")
        self.assertEqual([row["_view_id"] for row in gold], ["ner_manual"] * 3)

    def rows_of(self, dataset):
        lines = self.run_as("max", ["db-out", dataset]).splitlines()
        return [json.loads(line) for line in lines]


class TeamsApartTest(TeamsTest):
    """The same with the services in processes of their own."""

    def setUp(self):
        super().setUp()
        self.services = []

    def tearDown(self):
        for service in self.services:
            service.send_signal(signal.SIGTERM)
        for service in self.services:
            service.wait(timeout=30)
        super().tearDown()

    def serve(self, words):
        data = pathlib.Path(words[words.index("--data") + 1])
        add = ["people", "add", "--data", str(data)]
        # Services know each other before anybody comes: whoever has the directory adds people.
        self.tokens["root"] = self.run_as("", [*add, "keeper", "--role", "admin"]).strip()
        token = self.run_as("", [*add, "services", "--role", "service"]).strip()
        shared = [f"--models={data / 'models'}", f"--access={data / 'access'}"]
        annotation = self.start(token, "annotation", f"--data={data / 'corpus'}", *shared)
        shared += [f"--corpus_root={data / 'corpus'}", f"--annotation={annotation}"]
        training = self.start(token, "training", f"--data={data / 'jobs'}", *shared)
        evaluation = self.start(token, "evaluation", f"--data={data / 'evaluations'}", *shared)
        self.address = ",".join([annotation, training, evaluation])

    def start(self, token, name, *flags):
        """The address of the service, when it serves."""
        log = self.cwd / f"{name}.log"
        with log.open("w", encoding="utf-8") as sink:
            self.services.append(subprocess.Popen(
                [WINNOW.parent / f"winnow-{name}", "--listen=127.0.0.1:0", *flags], cwd=self.cwd,
                stdout=subprocess.DEVNULL, stderr=sink,
                env={**os.environ, "WINNOW_TOKEN": token}))
        for _ in range(3000):
            if started := re.search(r"started service=\S+ port=(\d+)", log.read_text("utf-8")):
                return f"127.0.0.1:{started[1]}"
            time.sleep(0.01)
        return self.fail(f"winnow-{name} does not start")


if __name__ == "__main__":
    unittest.main()

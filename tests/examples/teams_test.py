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
WINNOW = pathlib.Path(sys.argv.pop(1)).resolve() / "winnow"
ANNOTATORS = ("anna", "bert", "cora")
# Whose token the commands below a heading show; before the second one nobody has any.
WHO = {"A queue for three": "max", "A better model under way": "max",
       "Who can be relied on": "max", "Who agrees with whom": "max", "What is right": "max",
       "What comes out": "max", "Who did what": "root"}
# Who answers a queue, by which keys.
ANSWERS = {"titles": {person: "axaxaxaxaxaxaxaxax u" for person in ANNOTATORS},
           "decide": {"rita": "1q"}, "gold": {"rita": "aaaq"}}
# What they go on to type, at the terminals that they have before them, when this command was run.
AFTER_SWAP = ("models", "promote")
MORE_ANSWERS = "axaxaxaxaxaxaxaxaxaxq"


def commands():
    """The commands of the page, each with the heading that it stands under."""
    heading = ""
    for line in (ROOT / "docs" / "teams.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        elif line.startswith("    "):
            yield heading, line.strip()


class Terminal:
    """A person at a terminal of their own, who answers questions of a command."""

    def __init__(self, cwd, environment, words):
        self.shown = b""
        self.is_waiting = False
        self.has_ended = False
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(WINNOW, ["winnow", *words], environment)

    def type(self, keys):
        """One for each screen. Whether all were typed: there may be fewer questions than keys."""
        for key in keys:
            if not self.wait_for_question():
                return False
            os.write(self.terminal, key.encode())
            self.is_waiting = False
        return True

    def wait_for_question(self):
        while not self.is_waiting and not self.has_ended:
            ready, _, _ = select.select([self.terminal], [], [], 60)
            assert ready, f"nothing new is shown:\n{self.shown!r}"
            try:
                piece = os.read(self.terminal, 65536)
            except OSError:
                piece = b""
            self.shown += piece
            self.has_ended = not piece
            self.is_waiting = b"q quit" in piece
        return self.is_waiting

    def exit_code(self):
        """When it has ended."""
        self.is_waiting = False
        while self.wait_for_question():
            self.is_waiting = False
        _, status = os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)


class TeamsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.cwd = pathlib.Path(self.directory.name)
        (self.cwd / "examples").symlink_to(ROOT / "examples")
        self.server = None
        self.address = ""
        self.tokens = {}
        self.at_work = {}

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

    def answer(self, queue, words):
        for person, keys in ANSWERS[queue].items():
            terminal = Terminal(self.cwd, self.environment(person), words)
            self.assertTrue(terminal.type(keys) or b"stopped:" in terminal.shown, terminal.shown)
            if keys.endswith("q"):
                self.assertEqual(terminal.exit_code(), 0, terminal.shown)
            else:
                self.at_work[person] = terminal

    def go_on_answering(self):
        self.wait_until_queue_asks_by("titles@2")
        for person, terminal in self.at_work.items():
            self.assertTrue(terminal.type(MORE_ANSWERS), terminal.shown)
            self.assertEqual(terminal.exit_code(), 0, f"{person}:\n{terminal.shown}")

    def wait_until_queue_asks_by(self, version):
        """The working model is made of a new version while people answer under the old one."""
        for _ in range(600):
            if f'"{version}"' in self.run_as("max", ["progress", "titles", "--json"]):
                return
            time.sleep(0.1)
        self.fail(f"the queue does not go on under {version}")

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
                    self.answer(words[1], words)
                else:
                    out = self.run_as(WHO.get(heading, "root"), words)
                    if words[:2] == ["people", "add"]:
                        self.tokens[words[2]] = out.strip()
                    if tuple(words[:2]) == AFTER_SWAP:
                        self.go_on_answering()
        self.assertGreaterEqual(ran, {"serve", "people add", "answer", "progress", "queue set",
                                      "agreement", "review", "ner.silver-to-gold",
                                      "ner.batch-train", "ner.teach", "db-out", "audit"})

        lines = (self.cwd / "answers.jsonl").read_text(encoding="utf-8").splitlines()
        rows = [json.loads(line) for line in lines]
        by = {person: [r for r in rows if r["_annotator_id"] == person] for person in ANNOTATORS}
        for person, own in by.items():
            self.assertEqual(len(own), 38, person)
            asked = {(r["text"], json.dumps(r["spans"][0])) for r in own}
            self.assertEqual(len(asked), 38, f"{person} was asked twice")
            versions = {r["winnow"]["model"] for r in own}
            self.assertEqual(versions, {"titles@1", "titles@2"}, person)

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

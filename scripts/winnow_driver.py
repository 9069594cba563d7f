"""What scripts that drive Winnow share: its command line, a server of their own, and rows of
Prodigy JSONL."""
import json
import os
import re
import signal
import subprocess
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINNOW = Path(os.environ.get("WINNOW_BIN", ROOT / "build/release/bin")) / "winnow"


def split_key(text):
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


class Client:
    """The winnow command line, talking to `address`: HOST:PORT, or three of them."""

    def __init__(self, address, winnow=(WINNOW,)):
        self.address, self.winnow = address, winnow

    def command(self, *arguments):
        return [str(a) for a in (*self.winnow, *arguments, "--json", "--server", self.address)]

    def run(self, *arguments):
        """Runs one winnow command; returns what it printed as JSON."""
        command = self.command(*arguments)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)


class Server(Client):
    """winnow serve over a directory of its own, for one seed."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.log = open(self.directory / "server.log", "w")
        data = self.directory / "data"
        self.process = subprocess.Popen(
            [WINNOW, "serve", "--data", data, "--listen", "127.0.0.1:0", "--json"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(
                f"the server did not start:\n{(self.directory / 'server.log').read_text()}")
        super().__init__(json.loads(line)["address"])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()


def read_rows(paths):
    """Accepted rows, one per split key."""
    rows = {}
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                if row.get("answer", "accept") == "accept":
                    rows.setdefault(split_key(row["text"]), row)
    return list(rows.values())


def export_rows(client, dataset, directory):
    """All rows of a data set, as db-out writes them."""
    path = Path(directory) / f"{dataset}.export.jsonl"
    client.run("db-out", dataset, path)
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write_jsonl(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def figure(report, side, sample):
    return next((f for f in report.get(side, []) if f["sample"] == f"SAMPLE_KIND_{sample}"), None)

"""What scripts that drive a Winnow server share: a server of their own, and rows of Prodigy JSONL."""
import json
import os
import re
import signal
import subprocess
import unicodedata
from pathlib import Path

WINNOW = Path(os.environ.get("WINNOW_BIN", Path(__file__).resolve().parent.parent / "build/release/bin")) / "winnow"


def split_key(text):
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


class Server:
    """winnow serve over a directory of its own, for one seed."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.log = open(self.directory / "server.log", "w")
        self.process = subprocess.Popen(
            [WINNOW, "serve", "--data", self.directory / "data", "--listen", "127.0.0.1:0", "--json"],
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the server did not start:\n{(self.directory / 'server.log').read_text()}")
        self.address = json.loads(line)["address"]

    def run(self, *arguments):
        """Runs one winnow command; returns what it printed as JSON."""
        command = [str(a) for a in (WINNOW, *arguments, "--json", "--server", self.address)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
        return json.loads(done.stdout)

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


def write_jsonl(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def figure(report, side, sample):
    return next((f for f in report.get(side, []) if f["sample"] == f"SAMPLE_KIND_{sample}"), None)

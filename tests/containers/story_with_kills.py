#!/usr/bin/env python3
"""Plays scripts/story across the containers of docker-compose.yml, killing each of them on the way.

    story_with_kills.py DIR

The services run under podman as winnow_annotation_1, winnow_training_1, winnow_evaluation_1 and
winnow_gateway_1; the command line runs in a container of its own, which sees DIR and talks to the
ports that are published on loopback. A container that is killed (SIGKILL) must come back, and with
it all that was acknowledged: answers byte by byte, versions and aliases of models, the comparison.
Ends with 1 when something is missing or an expectation of the story fails that does not need
several seeds.
"""
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.machinery import SourceFileLoader
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
from winnow_driver import Client, read_rows  # noqa: E402

ADDRESS = "127.0.0.1:7801,127.0.0.1:7802,127.0.0.1:7803"
GATEWAY = "http://127.0.0.1:7800"
LABEL = "job_title"
NUM_ANSWERS = 120
RESTART_SECONDS = 60
# After which command of the story which service is killed.
KILLS = [("ner.batch-train", "training"), ("ner.teach", "annotation"),
         ("ner.eval-ab", "evaluation")]


def load_story():
    loader = SourceFileLoader("story", str(SCRIPTS / "story"))
    story = importlib.util.module_from_spec(importlib.util.spec_from_loader("story", loader))
    loader.exec_module(story)
    return story


def podman(*arguments):
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


class ContainerClient(Client):
    """The command line in a container; it kills services after commands of the story."""

    def __init__(self, directory):
        super().__init__(ADDRESS, ("podman", "exec", "winnow_client", "winnow"))
        self.directory, self.kills = directory, list(KILLS)
        podman("run", "--detach", "--init", "--name", "winnow_client", "--network", "host",
               "--volume", f"{directory}:{directory}", "winnow", "sleep", "infinity")
        self.wait_until_all_answer()

    def run(self, *arguments):
        result = super().run(*arguments)
        if self.kills and self.kills[0][0] == arguments[0]:
            self.kill(self.kills.pop(0)[1], arguments, result)
        return result

    def wait_until_all_answer(self):
        deadline = time.monotonic() + RESTART_SECONDS
        while subprocess.run(self.command("models", "list"), capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                raise SystemExit(f"the services do not answer after {RESTART_SECONDS} s")
            time.sleep(0.2)

    def rows(self, dataset):
        """The exported rows of a data set; none when there is no such data set yet."""
        file = self.directory / f"{dataset}.export"
        done = subprocess.run(self.command("db-out", dataset, file), capture_output=True, text=True)
        return file.read_bytes().splitlines() if done.returncode == 0 else []

    def acknowledged(self):
        return {"answers": self.rows("answers"), "models": super().run("models", "list")}

    def kill_container(self, service):
        """SIGKILL, as a crash is; the restart policy brings the container back."""
        name = f"winnow_{service}_1"
        pid = podman("inspect", "--format", "{{.State.Pid}}", name)
        started = time.monotonic()
        os.kill(int(pid), signal.SIGKILL)
        while podman("inspect", "--format", "{{.State.Pid}}", name) in (pid, "0"):
            if time.monotonic() > started + RESTART_SECONDS:
                raise SystemExit(f"{name} was not started again after it was killed")
            time.sleep(0.1)
        self.wait_until_all_answer()
        print(f"{service} killed, and back after {time.monotonic() - started:.1f} s", flush=True)

    def kill(self, service, arguments, result):
        before = self.acknowledged()
        self.kill_container(service)
        if self.acknowledged() != before:
            raise SystemExit(f"answers or models are not as before {service} was killed")
        # The same comparison goes on where it stopped: here it has its verdict.
        if service == "evaluation":
            again = super().run(*arguments)
            if again["comparison"] != result["comparison"]:
                raise SystemExit("the comparison is not as before evaluation was killed")


def kill_while_teaching(client, pool):
    """Kills annotation while answers come in; all that could be read before must be there after."""
    teach = client.command("ner.teach", "interrupted", "jt", pool, "-l", LABEL, "--oracle",
                           "pool_gold", "--answers", "2000")
    process = subprocess.Popen(teach, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    before = []
    while len(before) < 20:
        if process.poll() is not None:
            raise SystemExit(f"the teaching ended by itself, after {len(before)} answers")
        before = client.rows("interrupted")
    client.kill_container("annotation")
    process.wait()
    after = client.rows("interrupted")
    if after[:len(before)] != before:
        raise SystemExit("answers given before annotation was killed are lost")
    print(f"killed while teaching: {len(before)} answers read before, {len(after)} after")


def models_by_gateway():
    """The names of the models, as a page of the web application asks for them."""
    with urllib.request.urlopen(GATEWAY + "/", timeout=10) as page:
        if b"<script" not in page.read():
            raise SystemExit("the gateway does not serve the web application")
    request = urllib.request.Request(
        GATEWAY + "/rpc/winnow.training.v1.TrainingService/ListModels", data=b"{}",
        headers={"Content-Type": "application/json", "Origin": GATEWAY})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return [model["name"] for model in json.load(reply)["models"]]


def kill_gateway(client):
    before = models_by_gateway()
    client.kill_container("gateway")
    deadline = time.monotonic() + RESTART_SECONDS
    while True:
        try:
            after = models_by_gateway()
            break
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > deadline:
                raise SystemExit("the gateway does not answer after it was killed") from None
            time.sleep(0.2)
    if not before or after != before:
        raise SystemExit(f"models by the gateway: {before} before the kill, {after} after it")


def main():
    directory = Path(sys.argv[1]) / "story"
    directory.mkdir()
    os.chmod(sys.argv[1], 0o755)
    # The command line in the container is another user, and writes exports here.
    os.chmod(directory, 0o777)
    story = load_story()
    client = ContainerClient(directory)
    rows = read_rows(story.EXAMPLES)
    result, failures = story.play(rows, None, LABEL, NUM_ANSWERS, 1, directory, client)
    print(json.dumps(result["f1"]), flush=True)
    if client.kills:
        failures.append(f"not killed: {client.kills}")
    kill_while_teaching(client, directory / "pool.jsonl")
    kill_gateway(client)
    shutil.rmtree(directory)
    print("\n".join(f"FAILED: {failure}" for failure in failures) or "every expectation holds")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

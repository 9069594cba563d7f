#!/usr/bin/env python3
"""Generates a client from proto/, compiles it, and lets it play a teach round with a real server.

    run.py python|go|java|typescript BIN_DIR

BIN_DIR holds `winnow`. Everything is written to a directory of its own, which is removed. Exits
with 77, after saying why, where the language cannot be tried here.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PROTO = HERE.parents[1] / "proto"
# What a client that asks and answers needs.
PROTOS = ["winnow/common/v1/common.proto", "winnow/annotation/v1/annotation.proto"]
GO_MODULE = "github.com/winnow-ner/winnow/gen/go"
SKIPPED = 77


class Skip(Exception):
    pass


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(f"{program} is not installed")


def run(*command, cwd, env=None):
    print("$", *command, flush=True)
    subprocess.run(command, cwd=cwd, check=True, env={**os.environ, **(env or {})})


def install(*command, cwd, env=None):
    """Downloads packages; without a network the language is skipped."""
    print("$", *command, flush=True)
    env = {**os.environ, **(env or {})}
    try:
        failed = subprocess.run(command, cwd=cwd, env=env, timeout=1200).returncode != 0
    except subprocess.TimeoutExpired:
        failed = True
    if failed:
        raise Skip(f"packages could not be installed: {' '.join(command)}")


def protoc(*options, cwd):
    run("protoc", f"-I{PROTO}", *options, *PROTOS, cwd=cwd)


def prepare_python(work):
    plugin = shutil.which("grpc_python_plugin")
    if plugin is None:
        raise Skip("grpc_python_plugin is not installed (Debian: protobuf-compiler-grpc)")
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            found = subprocess.run([python, "-c", "import grpc, google.protobuf"],
                                   stderr=subprocess.DEVNULL).returncode == 0
        except OSError:
            found = False
        if found:
            break
    else:
        raise Skip("no Python here has the module grpc (Debian: python3-grpcio)")
    need("protoc")
    gen = work / "gen"
    gen.mkdir()
    protoc(f"--python_out={gen}", f"--grpc_python_out={gen}",
           f"--plugin=protoc-gen-grpc_python={plugin}", cwd=work)
    return [python, "-B", str(work / "teach_round.py")], {"PYTHONPATH": str(gen)}


def prepare_go(work):
    need("go", "protoc")
    tools = {"GOBIN": str(work / "bin")}
    install("go", "install", "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.6", cwd=work,
            env=tools)
    install("go", "install", "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.5.1", cwd=work,
            env=tools)
    gen = work / "gen"
    gen.mkdir()
    protoc(f"--plugin={work}/bin/protoc-gen-go", f"--plugin={work}/bin/protoc-gen-go-grpc",
           f"--go_out={gen}", f"--go_opt=module={GO_MODULE}",
           f"--go-grpc_out={gen}", f"--go-grpc_opt=module={GO_MODULE}", cwd=work)
    (gen / "go.mod").write_text(f"module {GO_MODULE}\n\ngo 1.23\n")
    install("go", "mod", "download", cwd=work)
    run("go", "build", "-mod=mod", "-o", "teach_round", ".", cwd=work)
    return [str(work / "teach_round")], {}


def prepare_java(work):
    need("java", "javac", "mvn")
    install("mvn", "-B", "-q", "package", f"-Dproto={PROTO}", cwd=work)
    return ["java", "-cp", f"{work}/target/teach-round.jar:{work}/target/lib/*",
            "org.winnow.example.TeachRound"], {}


def prepare_typescript(work):
    need("node", "npm", "protoc")
    install("npm", "install", "--no-fund", "--no-audit", cwd=work)
    modules = work / "node_modules" / ".bin"
    (work / "gen").mkdir()
    protoc(f"--plugin={modules}/protoc-gen-es", f"--es_out={work}/gen",
           "--es_opt=target=ts,import_extension=js", cwd=work)
    run(str(modules / "tsc"), cwd=work)
    return ["node", str(work / "dist" / "teach_round.js")], {}


PREPARE = {"python": prepare_python, "go": prepare_go, "java": prepare_java,
           "typescript": prepare_typescript}


def play(command, env, bin_dir, data):
    server = subprocess.Popen([str(bin_dir / "winnow"), "serve", "--data", str(data), "--listen",
                               "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    try:
        line = server.stdout.readline()
        if " on " not in line:
            raise RuntimeError(f"the server does not serve: {line!r}")
        address = line.split(" on ")[1].strip()
        print("$", *command, address, flush=True)
        subprocess.run([*command, address], check=True, timeout=120, env={**os.environ, **env})
    finally:
        server.terminate()
        server.wait()


def main():
    language, bin_dir = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory(prefix="winnow-client-") as directory:
        work = pathlib.Path(directory) / "client"
        shutil.copytree(HERE / language, work)
        try:
            command, env = PREPARE[language](work)
        except Skip as reason:
            print(f"skipped: {reason}")
            return SKIPPED
        play(command, env, bin_dir, pathlib.Path(directory) / "data")
    return 0


if __name__ == "__main__":
    sys.exit(main())

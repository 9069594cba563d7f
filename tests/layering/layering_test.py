#!/usr/bin/env python3
"""Who may include whom. Dependencies point down, never sideways on a row, never up:

    services/*
    rpc
    teach    tournament  training
    tasks    measure
    corpus   models    jobs  access
    formats  kv/rocks  ner     encoder
    stats    kv        text  oidc
    base

The rules are the functions named rule_* below; each one's docstring is what it says when it is
broken.
"""

import collections
import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

ROWS = [
    ["common/base"],
    ["common/stats", "common/kv", "common/text", "common/oidc"],
    ["common/formats", "common/kv/rocks", "common/ner", "common/encoder"],
    ["common/corpus", "common/models", "common/jobs", "common/access"],
    ["common/tasks", "common/measure"],
    ["common/teach", "common/tournament", "common/training"],
    ["common/rpc"],
]
RANKS = {folder: rank for rank, row in enumerate(ROWS) for folder in row}

API_PROTO = re.compile(r"winnow/(common|annotation|training|evaluation|access)/v1/"
                       r"(?!.*\.grpc\.pb\.h$)")
STORAGE_PROTO = re.compile(r"winnow/storage/v1/")
GRPC = re.compile(r"(grpc|grpc\+\+|grpcpp)/|.*\.grpc\.pb\.h$")
SPEAKS_API = re.compile(r"common/rpc/|services/(standalone|gateway|cli)/|tests/|"
                        r"services/[^/]+/([^/]*_service(_[a-z]+)?|api(_[a-z]+)?|composition|main)"
                        r"(_test|_testing)?\.(h|cc)$")


def folder_of(path):
    """The folder of the rules that a source file or an included header lies in; None if in none."""
    parts = path.split("/")
    if parts[0] == "common" and len(parts) > 2:
        return "common/kv/rocks" if parts[1:3] == ["kv", "rocks"] else "/".join(parts[:2])
    if parts[0] == "services" and len(parts) > 2:
        return "/".join(parts[:2])
    return "tests" if parts[0] == "tests" else None


def rule_from_the_root(file, target):
    """includes are written from the project root, without '.' or '..'"""
    return not re.match(r"\.\.?/|.*/\.\.?/", target)


def rule_only_downwards(file, target):
    """a folder of common/ includes only itself and folders of lower rows"""
    here, there = folder_of(file), folder_of(target)
    if here not in RANKS or there is None or there == "tests" or here == there:
        return True
    return there in RANKS and RANKS[there] < RANKS[here]


def rule_services_apart(file, target):
    """a service includes another only in services/standalone, and services/cli includes that"""
    here, there = folder_of(file) or "", folder_of(target) or ""
    if not (here.startswith("services/") and there.startswith("services/")) or here == there:
        return True
    if here == "services/standalone":
        return there != "services/cli"
    return here == "services/cli" and there == "services/standalone"


def rule_test_helpers(file, target):
    """helpers of tests are included only by tests"""
    return folder_of(target) != "tests" or folder_of(file) == "tests" or file.endswith("_test.cc")


def rule_rocksdb(file, target):
    """only common/kv/rocks includes RocksDB"""
    return not target.startswith("rocksdb/") or folder_of(file) == "common/kv/rocks"


def rule_eigen(file, target):
    """only common/ner and common/encoder include Eigen"""
    is_eigen = target.startswith(("Eigen/", "eigen3/", "unsupported/Eigen"))
    return not is_eigen or folder_of(file) in ("common/ner", "common/encoder")


def rule_oidc(file, target):
    """only common/oidc includes cjose and libcurl"""
    return not target.startswith(("cjose/", "curl/")) or folder_of(file) == "common/oidc"


def rule_grpc(file, target):
    """gRPC is for rpc, cli, standalone, gateway, tests and *_service*, api, composition, main"""
    return not GRPC.match(target) or bool(SPEAKS_API.match(file))


def rule_api_protos(file, target):
    """API messages are for the same files as gRPC; all others use records of winnow/storage/v1"""
    return not API_PROTO.match(target) or bool(SPEAKS_API.match(file))


def rule_protos_apart(file, target):
    """storage protos and API protos do not import each other"""
    if API_PROTO.search(file):
        return not STORAGE_PROTO.match(target)
    return not STORAGE_PROTO.search(file) or not API_PROTO.match(target)


def rule_flags(file, target):
    """flags only in main.cc, the flags that these share, services/cli and tests/"""
    allowed = folder_of(file) in ("services/cli", "tests") or file.endswith(
        ("/main.cc", "common/rpc/connection_flags.cc", "common/rpc/server_flags.cc"))
    return allowed or not target.startswith("absl/flags/")


CODE_RULES = [rule_from_the_root, rule_only_downwards, rule_services_apart, rule_test_helpers,
              rule_rocksdb, rule_eigen, rule_oidc, rule_grpc, rule_api_protos, rule_flags]
PROTO_RULES = [rule_protos_apart]
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
IMPORT = re.compile(r'^\s*import\s+(?:public\s+|weak\s+)?"([^"]+)"')


Violation = collections.namedtuple("Violation", "file rule text")


def violations(root):
    """Texts are "file:line: includes X, but RULE"; sorted by file and line."""
    found = []
    for top in ("common", "services", "tests", "proto"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in (".h", ".cc", ".proto"):
                continue
            file = path.relative_to(root).as_posix()
            is_proto = path.suffix == ".proto"
            pattern, rules = (IMPORT, PROTO_RULES) if is_proto else (INCLUDE, CODE_RULES)
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                match = pattern.match(line)
                if match:
                    at = f"{file}:{number}: includes {match[1]}, but "
                    found += [Violation(file, rule, at + rule.__doc__)
                              for rule in rules if not rule(file, match[1])]
    return found


def folders_without_a_row(root):
    sources = (root / "common").rglob("*.[hc]*")
    folders = {folder_of(path.relative_to(root).as_posix()) for path in sources}
    return sorted(folders - {None} - set(RANKS))


# (file, what it includes, the rule it breaks or None)
PLANTED = [
    ("common/base/a.cc", "common/text/utf8.h", rule_only_downwards),
    ("common/text/a.cc", "common/kv/store.h", rule_only_downwards),
    ("common/kv/a.h", "common/kv/rocks/rocks_store.h", rule_only_downwards),
    ("common/ner/a.cc", "common/formats/prodigy.h", rule_only_downwards),
    ("common/ner/a_test.cc", "common/corpus/corpus.h", rule_only_downwards),
    ("common/models/a.cc", "common/corpus/corpus.h", rule_only_downwards),
    ("common/corpus/a.cc", "services/annotation/queue.h", rule_only_downwards),
    ("common/models/b.cc", "common/utils/a.h", rule_only_downwards),
    ("common/measure/a.cc", "common/corpus/corpus.h", None),
    ("common/measure/b.cc", "common/rpc/server.h", rule_only_downwards),
    ("common/tasks/a.cc", "common/corpus/corpus.h", None),
    ("common/tasks/b.cc", "common/measure/figures.h", rule_only_downwards),
    ("common/tasks/c.cc", "common/teach/ranking.h", rule_only_downwards),
    ("common/jobs/a.cc", "common/kv/store.h", None),
    ("common/jobs/b.cc", "common/models/model_store.h", rule_only_downwards),
    ("common/access/a.cc", "common/base/hash.h", None),
    ("common/access/b.cc", "common/jobs/runner.h", rule_only_downwards),
    ("common/access/d.cc", "common/oidc/verifier.h", None),
    ("common/oidc/a.cc", "common/base/clock.h", None),
    ("common/oidc/b.cc", "common/access/role.h", rule_only_downwards),
    ("common/teach/a.cc", "common/tasks/queue.h", None),
    ("common/teach/b_test.cc", "common/ner/learner.h", None),
    ("common/teach/c.cc", "common/tournament/verdict.h", rule_only_downwards),
    ("common/teach/d.cc", "services/annotation/api.h", rule_only_downwards),
    ("common/tournament/a.cc", "common/measure/figures.h", None),
    ("common/tournament/b.cc", "common/rpc/server.h", rule_only_downwards),
    ("common/rpc/b.cc", "common/teach/ranking.h", None),
    ("common/corpus/b.cc", "common/text/split_key.h", None),
    ("common/kv/rocks/a.cc", "common/kv/store.h", None),
    ("common/kv/rocks/b.cc", "rocksdb/db.h", None),
    ("common/corpus/c.cc", "rocksdb/db.h", rule_rocksdb),
    ("common/kv/b_test.cc", "rocksdb/db.h", rule_rocksdb),
    ("tests/crash/a.cc", "rocksdb/db.h", rule_rocksdb),
    ("common/ner/b.cc", "Eigen/Dense", None),
    ("common/encoder/a.cc", "Eigen/Core", None),
    ("common/encoder/b.cc", "common/text/utf8.h", None),
    ("common/encoder/c.cc", "common/ner/model.h", rule_only_downwards),
    ("services/training/a.cc", "Eigen/Dense", rule_eigen),
    ("common/oidc/c.cc", "curl/curl.h", None),
    ("common/access/e.cc", "cjose/jws.h", rule_oidc),
    ("common/models/c.cc", "curl/curl.h", rule_oidc),
    ("common/utils/a.cc", "common/base/status.h", None),
    ("common/text/b.cc", "../ner/crf.h", rule_from_the_root),
    ("common/text/c.cc", "tests/testing/data.h", rule_test_helpers),
    ("common/text/c_test.cc", "tests/testing/data.h", None),
    ("services/annotation/a.cc", "services/training/job.h", rule_services_apart),
    ("services/annotation/b.cc", "services/annotation/queue.h", None),
    ("services/standalone/a.cc", "services/training/job.h", None),
    ("services/standalone/b.cc", "services/cli/recipes.h", rule_services_apart),
    ("services/cli/a.cc", "services/standalone/standalone.h", None),
    ("services/cli/b.cc", "services/evaluation/ab.h", rule_services_apart),
    ("services/gateway/a.cc", "services/annotation/queue.h", rule_services_apart),
    ("services/gateway/b.cc", "services/standalone/standalone.h", rule_services_apart),
    ("services/training/training_service.cc", "grpcpp/grpcpp.h", None),
    ("services/training/training_service_test.cc", "grpcpp/grpcpp.h", None),
    ("services/training/training_service_testing.h", "grpcpp/grpcpp.h", None),
    ("services/training/api.h", "grpcpp/grpcpp.h", None),
    ("services/evaluation/annotation_service_client.h", "grpcpp/grpcpp.h", None),
    ("services/evaluation/make_comparison.h", "grpcpp/grpcpp.h", rule_grpc),
    ("services/annotation/composition.h", "grpcpp/grpcpp.h", None),
    ("services/annotation/import.h", "winnow/annotation/v1/annotation.pb.h", rule_api_protos),
    ("services/gateway/c.cc", "grpcpp/generic/generic_stub.h", None),
    ("services/cli/recipes/teach.cc", "grpcpp/grpcpp.h", None),
    ("common/teach/e.cc", "grpcpp/grpcpp.h", rule_grpc),
    ("common/jobs/c_test.cc", "winnow/training/v1/training.grpc.pb.h", rule_grpc),
    ("tests/testing/load.cc", "grpcpp/grpcpp.h", None),
    ("services/training/main.cc", "grpcpp/grpcpp.h", None),
    ("services/training/job.cc", "grpcpp/grpcpp.h", rule_grpc),
    ("services/training/job.h", "winnow/training/v1/training.grpc.pb.h", rule_grpc),
    ("common/rpc/a.cc", "grpcpp/grpcpp.h", None),
    ("common/base/b.cc", "grpc/grpc.h", rule_grpc),
    ("services/training/job2.cc", "winnow/training/v1/training.pb.h", rule_api_protos),
    ("services/training/job2_test.cc", "winnow/training/v1/training.pb.h", rule_api_protos),
    ("services/training/api.cc", "winnow/training/v1/training.pb.h", None),
    ("services/training/api_test.cc", "winnow/training/v1/training.pb.h", None),
    ("services/annotation/annotation_service.h", "winnow/annotation/v1/annotation.pb.h", None),
    ("services/gateway/d.cc", "winnow/annotation/v1/annotation.pb.h", None),
    ("services/cli/terminal/cards.h", "winnow/common/v1/common.pb.h", None),
    ("services/standalone/c.cc", "winnow/common/v1/common.pb.h", None),
    ("tests/integration/a.cc", "winnow/common/v1/common.pb.h", None),
    ("common/tasks/d.h", "winnow/annotation/v1/annotation.pb.h", rule_api_protos),
    ("common/tournament/c.cc", "winnow/evaluation/v1/evaluation.pb.h", rule_api_protos),
    ("common/access/c.cc", "winnow/common/v1/common.pb.h", rule_api_protos),
    ("common/corpus/d.cc", "winnow/common/v1/common.pb.h", rule_api_protos),
    ("common/corpus/e.cc", "winnow/storage/v1/records.pb.h", None),
    ("services/training/flags.cc", "absl/flags/flag.h", rule_flags),
    ("services/evaluation/main.cc", "absl/flags/flag.h", None),
    ("services/cli/c.cc", "absl/flags/flag.h", None),
    ("proto/winnow/annotation/v1/a.proto", "winnow/storage/v1/records.proto", rule_protos_apart),
    ("proto/winnow/storage/v1/a.proto", "winnow/common/v1/common.proto", rule_protos_apart),
    ("proto/winnow/training/v1/a.proto", "winnow/common/v1/common.proto", None),
]


class LayeringTest(unittest.TestCase):
    def test_the_tree_keeps_the_rules(self):
        self.assertTrue((ROOT / "common/base").is_dir(), f"{ROOT} is not the project")
        found = [violation.text for violation in violations(ROOT)]
        if found:
            self.fail("\n" + "\n".join(found))

    def test_every_folder_of_common_has_a_row(self):
        self.assertEqual(folders_without_a_row(ROOT), [], "give it a place in ROWS")

    def test_each_planted_violation_is_found_and_nothing_else(self):
        with tempfile.TemporaryDirectory() as directory:
            root, expected = pathlib.Path(directory), []
            for file, target, rule in PLANTED:
                path = root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                is_proto = path.suffix == ".proto"
                line = f'import "{target}";' if is_proto else f'#include "{target}"'
                path.write_text(f"// A comment.\n{line}\n")
                if rule:
                    expected.append(f"{file}:2: includes {target}, but {rule.__doc__}")
            self.assertEqual(sorted(v.text for v in violations(root)), sorted(expected))
            self.assertEqual(folders_without_a_row(root), ["common/utils"])
        self.assertEqual({rule for _, _, rule in PLANTED if rule}, {*CODE_RULES, *PROTO_RULES})


if __name__ == "__main__":
    unittest.main()

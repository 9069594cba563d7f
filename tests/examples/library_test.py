#!/usr/bin/env python3
"""examples/library builds against the installed library, and tags.

Usage: library_test.py BUILD_DIRECTORY CXX_COMPILER"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, COMPILER = sys.argv[1:3]


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


class LibraryTest(unittest.TestCase):
    def test_a_program_of_its_own_trains_saves_and_tags(self):
        with tempfile.TemporaryDirectory() as directory:
            work = pathlib.Path(directory)
            run("cmake", "--install", BUILD, "--prefix", work / "installed")
            run("cmake", "-S", ROOT / "examples/library", "-B", work / "build", "-G", "Ninja",
                f"-DCMAKE_PREFIX_PATH={work / 'installed'}", f"-DCMAKE_CXX_COMPILER={COMPILER}",
                f"-DCMAKE_CXX_FLAGS={os.environ.get('CXXFLAGS', '')}")
            run("cmake", "--build", work / "build")
            tagged = run(work / "build/tag", ROOT / "examples/job_titles_gold.jsonl",
                         work / "model.bin", input="Café sucht: Senior Project Manager\n")
            self.assertIn("Project Manager\tjob_title\t", tagged)
            self.assertGreater((work / "model.bin").stat().st_size, 10_000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
"""Adds up what the test programs of one ctest run counted, names everything skipped, and closes with one line.

usage: summary.py BUILD_FOLDER
Reads Testing/Temporary/LastTest.log: GoogleTest's, unittest's, node's and vitest's own closing lines; a test program
without any counts as one. Exit 1 when something failed or nothing ran.
"""
import pathlib
import re
import sys

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def count(output: str, passed: bool):
    gtest = re.search(r"\[==========\] (\d+) tests? from .* ran\.", output)
    if gtest:
        ok = re.search(r"\[  PASSED  \] (\d+) test", output)
        skipped = re.search(r"\[  SKIPPED \] (\d+) test", output)
        ok, skipped = (int(m.group(1)) if m else 0 for m in (ok, skipped))
        failed = int(gtest.group(1)) - ok - skipped
        return ok, failed if passed else max(failed, 1), skipped
    unittest = re.search(r"^Ran (\d+) tests? in ", output, re.M)
    if unittest:
        number = lambda word: int((re.search(rf"^(?:OK|FAILED) \(.*?{word}=(\d+)", output, re.M) or [0, 0])[1])
        failed, skipped = number("failures") + number("errors"), number("skipped")
        return int(unittest.group(1)) - failed - skipped, failed if passed else max(failed, 1), skipped
    node = re.search(r"^(?:ℹ|#) pass (\d+)$", output, re.M)
    if node:
        number = lambda word: int((re.search(rf"^(?:ℹ|#) {word} (\d+)$", output, re.M) or [0, 0])[1])
        return number("pass"), number("fail") if passed else max(number("fail"), 1), number("skipped")
    vitest = re.search(r"^\s*Tests\s+(.*)$", output, re.M)
    if vitest:
        number = lambda word: int((re.search(rf"(\d+) {word}", vitest.group(1)) or [0, 0])[1])
        return number("passed"), number("failed") if passed else max(number("failed"), 1), number("skipped")
    unittest = re.search(r"^Ran (\d+) tests? in ", output, re.M)
    if unittest:
        outcome = output[unittest.end():]
        number = lambda word: int((re.search(rf"{word}=(\d+)", outcome) or [0, 0])[1])
        failed, skipped = number("failures") + number("errors"), number("skipped")
        ok = max(int(unittest.group(1)) - failed - skipped, 0)
        return ok, failed if passed else max(failed, 1), skipped
    if re.search(r"^skipped: ", output, re.M):
        return 0, 0, 1
    return (1, 0, 0) if passed else (0, 1, 0)


def main() -> int:
    log = pathlib.Path(sys.argv[1]) / "Testing/Temporary/LastTest.log"
    text = ANSI.sub("", log.read_text(encoding="utf-8", errors="replace"))
    totals = [0, 0, 0]
    for test in re.split(r"^-{58}\n(?=\d+/\d+ Test)|^(?=\d+/\d+ Testing: )", text, flags=re.M):
        name = re.match(r"\d+/\d+ Testing: (\S+)", test)
        if not name:
            continue
        passed = re.search(r"^Test (Passed|Skipped)\.", test, re.M) is not None
        for i, number in enumerate(count(test, passed)):
            totals[i] += number
        for line in sorted(set(re.findall(r"skipped: .*", test))):
            print(f"{name.group(1)}: {line}")
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    return 1 if totals[1] or not totals[0] else 0


if __name__ == "__main__":
    sys.exit(main())

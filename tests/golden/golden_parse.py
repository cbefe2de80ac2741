"""A corpus of lines and what `shuwei parse` makes of them, byte for byte: parse/NAME.log and parse/NAME.expected.ndjson.

SHUWEI_GOLDEN_UPDATE=1 writes the expected files anew: look at the difference before you commit it. Years of event times
are left out of the comparison, since lines without one take the year nearest to today.
"""
import calendar
import json
import os
import pathlib
import re
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

CORPUS = pathlib.Path(__file__).resolve().parent / "parse"
SCENARIO = test.ROOT / "content" / "demo"


def steady(text):
    """One object a line with sorted names; the year masked, and the time of lines without one, which is that of reading."""
    events = []
    for event in test.ndjson(text):
        age = time.time() - calendar.timegm(time.strptime(event["@timestamp"][:19], "%Y-%m-%dT%H:%M:%S"))
        event["@timestamp"] = "now" if abs(age) < 600 else re.sub(r"^\d{4}-", "YYYY-", event["@timestamp"])
        events.append(json.dumps(event, ensure_ascii=False, sort_keys=True))
    return "\n".join(events) + "\n"


class ParseTest(test.TestCase):
    def test_corpus(self):
        files = sorted(CORPUS.glob("*.log"))
        self.assertTrue(files)
        for file in files:
            with self.subTest(file.name):
                done = test.run("parse", file)
                self.assert_exit(0, done)
                expected = file.with_suffix(".expected.ndjson")
                if os.environ.get("SHUWEI_GOLDEN_UPDATE"):
                    expected.write_text(steady(done.stdout), encoding="utf-8")
                self.assertEqual(expected.read_text(encoding="utf-8"), steady(done.stdout))

    def test_every_device_of_the_demonstration_is_recognised(self):
        scenario = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SCENARIO.glob("*.yaml")))
        devices = re.findall(r"^  - name: (\S+)\n    input: .*\n(?:    peer: .*\n)?    pack: (\S+)$", scenario, re.M)
        self.assertGreaterEqual(len(devices), 14)
        for device, pack in devices:
            with self.subTest(device):
                printed = subprocess.run([test.PLAYER, "--print", "60", "--no-stories", "--device", device], capture_output=True, check=True)
                done = test.run("parse", "-", stdin=printed.stdout)
                self.assert_exit(0, done)
                events = test.ndjson(done.stdout)
                self.assertEqual(60, len(events))
                wrong = [event["event.original"] for event in events if event.get("shuwei.pack") != pack]
                packs = sorted({str(event.get("shuwei.pack")) for event in events})
                self.assertEqual([], [line[:200] for line in wrong[:1]], f"{len(wrong)} of 60 lines: not {pack} but {packs}")

    def test_every_line_of_the_stories_is_recognised(self):
        printed = subprocess.run([test.PLAYER, "--print", "1"], capture_output=True, check=True)
        events = test.ndjson(test.run("parse", "-", stdin=printed.stdout).stdout)
        self.assertGreater(len(events), 100)
        unknown = [event["event.original"] for event in events if "shuwei.pack" not in event]
        self.assertEqual([], [line[:200] for line in unknown[:3]])

    def test_parsing_the_raw_line_again_gives_the_same(self):
        """The raw line is kept whole: what was parsed can be parsed again."""
        for file in sorted(CORPUS.glob("*.log")):
            first = test.run("parse", file).stdout
            if "event.original_base64" in first:
                continue
            again = test.run("parse", "-", stdin="\n".join(event["event.original"] for event in test.ndjson(first)) + "\n").stdout
            self.assertEqual(steady(first), steady(again), file.name)


if __name__ == "__main__":
    test.main()

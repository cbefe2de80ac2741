"""The shared Sigma rules and regression cases, where they are present: what loads, and that each case fires its rule."""
import collections
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance")


class SigmaTest(test.TestCase):
    def setUp(self):
        data = test.shared_data()
        if data is None:
            self.skip("shared data not present")
        self.sigma = data / "sigma"
        self.folders = [self.sigma / name for name in FOLDERS]

    def test_nearly_all_rules_load(self):
        done = test.run("rules", "lint", *self.folders, "--output", "json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        report = json.loads(done.stdout)
        files = sum(1 for folder in self.folders for path in folder.rglob("*.y*ml"))
        self.assertEqual(files, report["loaded"] + report["failed"])
        self.assertEqual(report["failed"], len({failure["file"] for failure in report["failures"]}))
        self.assertGreaterEqual(report["loaded"], 0.99 * files, report["failures"][:5])
        print(f"{report['loaded']} of {files} rule files load", flush=True)

    def cases(self):
        """[(rule id, its events as JSON, number of matches or None)]"""
        cases = []
        for info in sorted((self.sigma / "regression").rglob("info.yml")):
            text = info.read_text(encoding="utf-8")
            for rule_id in re.findall(r"^    - id: (\S+)$", text, re.M):
                events = info.parent / f"{rule_id}.json"
                if events.exists():
                    counts = re.findall(r"^ +match_count: (\d+)", text, re.M)
                    cases.append((rule_id, events, int(counts[0]) if len(counts) == 1 else None))
        self.assertGreater(len(cases), 90)
        return cases

    def test_every_regression_case_fires_its_rule(self):
        cases = self.cases()
        rules = [word for folder in self.folders for word in ("--rules", folder)]
        done = test.run("rules", "eval", *rules, "--output", "ndjson", *[events for _, events, _ in cases])
        self.assert_exit(0, done)
        fired = collections.Counter((match["file"], match["rule_id"]) for match in test.ndjson(done.stdout))
        wrong = []
        for rule_id, events, count in cases:
            got = fired[str(events), rule_id]
            if got < (count or 1):
                wrong.append(f"{events.relative_to(self.sigma)}: fired {got} times, expected {count or 'at least once'}")
            elif count is not None and got > count:  # the .json of a few cases holds more such events than info.yml counts
                print(f"{events.parent.name}: fired {got} times, info.yml says {count}", flush=True)
        self.assertEqual([], wrong)
        print(f"{len(cases)} regression cases fire their rule", flush=True)

    def test_event_log_files_fire_as_their_json(self):
        """The .evtx of a case against its .json: the same rules at the same ordinals."""
        rules = [word for folder in self.folders for word in ("--rules", folder)]
        logs = [events.with_suffix(".evtx") for _, events, _ in self.cases() if events.with_suffix(".evtx").exists()]
        self.assertGreater(len(logs), 90)
        found = {}
        for suffix in (".json", ".evtx"):
            done = test.run("rules", "eval", *rules, *[log.with_suffix(suffix) for log in logs])
            self.assert_exit(0, done)
            found[suffix] = sorted((pathlib.Path(match["file"]).stem, match["rule_id"], match["ordinal"]) for match in test.ndjson(done.stdout))
        self.assertEqual(found[".json"], found[".evtx"])
        self.assertEqual(set(), {log.stem for log in logs} - {rule for _, rule, _ in found[".evtx"]})
        print(f"{len(logs)} event log files, {len(found['.evtx'])} matches", flush=True)

    def test_regression_events_through_the_whole_product(self):
        """The same events pushed over HTTP raise alerts of the same rules."""
        folder = self.temporary_folder()
        config = folder / "shuwei.yaml"
        config.write_text("rules: [" + ", ".join(str(folder) for folder in self.folders) + "]\n")
        expected, lines = set(), []
        for events in sorted((self.sigma / "regression").rglob("*.json")):
            text = events.read_text(encoding="utf-8")
            decoder, position = json.JSONDecoder(), 0
            while position < len(text.rstrip()):
                value, position = decoder.raw_decode(text, position)
                lines += [json.dumps(item, ensure_ascii=False) for item in (value if isinstance(value, list) else [value])]
                position += len(text[position:]) - len(text[position:].lstrip())
            expected.add(events.stem)
        with test.Server(data=folder / "data", config=config) as server:
            server.ingest(lines)
            server.settle()

            def seen():
                found, cursor = set(), None
                while True:
                    page = server.api("GET", "/alerts", query={"limit": 1000, **({"cursor": cursor} if cursor else {})})
                    found |= {alert["rule_id"] for alert in page["items"]}
                    cursor = page.get("next_cursor")
                    if not cursor:
                        return found
            found = seen()
            self.assertEqual([], sorted(expected - found), f"{len(expected - found)} of {len(expected)} rules raised no alert")
            print(f"{len(lines)} events, {len(expected)} expected rules, {len(found)} rules raised alerts", flush=True)


if __name__ == "__main__":
    test.main()

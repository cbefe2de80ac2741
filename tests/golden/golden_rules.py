"""The product's own rules against the cases beside them: NAME.positive.log must make NAME.yml fire, NAME.negative.log not.

Lines go the way of real ones: `shuwei parse`, then `shuwei rules eval`. A rule that stands alone must match every
positive line save comments (# …); a correlation must fire at least once on the whole file; rules that only feed
correlations raise nothing by themselves.
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

RULES = test.ROOT / "content" / "rules"


def titles(file):
    """(titles of rules that raise alerts, whether one of them is a correlation) by a look at the YAML text."""
    documents = re.split(r"^---\s*$", file.read_text(encoding="utf-8"), flags=re.M)
    correlated = set()
    for document in documents:
        if re.search(r"^correlation:", document, re.M):
            rules = re.search(r"^  rules:\n((?:    - .*\n)+)", document, re.M)
            correlated |= {name.strip("- ").strip() for name in rules.group(1).splitlines()}
    raising, correlations = [], []
    for document in documents:
        title = re.search(r"^title: (.*)$", document, re.M).group(1)
        name = re.search(r"^name: (.*)$", document, re.M)
        if re.search(r"^correlation:", document, re.M):
            correlations.append(title)
        elif not (name and name.group(1) in correlated):
            raising.append(title)
    return raising, correlations


class RulesTest(test.TestCase):
    def evaluate(self, files):
        """{(file, kind): (events as parsed, [(title, ordinal)])} of all case files, in two runs of the program."""
        folder = self.temporary_folder()
        cases, lines = {}, []
        for file in files:
            for kind in ("positive", "negative"):
                own = [line for line in file.with_suffix(f".{kind}.log").read_text(encoding="utf-8").splitlines()
                       if line and not line.startswith("# ")]
                cases[file, kind] = (len(lines), len(lines) + len(own))
                lines += own
        parsed = test.run("parse", "-", stdin="\n".join(lines) + "\n")
        self.assert_exit(0, parsed)
        events = parsed.stdout.splitlines()
        self.assertEqual(len(lines), len(events))
        names = {}
        for (file, kind), (begin, end) in cases.items():
            path = folder / f"{file.parent.name}-{file.stem}-{kind}.ndjson"
            path.write_text("\n".join(events[begin:end]) + "\n", encoding="utf-8")
            names[str(path)] = (file, kind)
        done = test.run("rules", "eval", "--rules", RULES, "--output", "ndjson", *names)
        self.assert_exit(0, done)
        results = {case: (events[begin:end], []) for case, (begin, end) in cases.items()}
        for match in test.ndjson(done.stdout):
            results[names[match["file"]]][1].append((match["title"], match["ordinal"]))
        return results

    def check(self, file, results):
        raising, correlations = titles(file)
        problems = []
        events, found = results[file, "positive"]
        problems += [f"'{title}' did not fire on the positive lines" for title in correlations if title not in {hit for hit, _ in found}]
        for title in raising:
            missed = sorted(set(range(len(events))) - {ordinal for hit, ordinal in found if hit == title})
            problems += [f"'{title}' did not match {events[ordinal][:300]}" for ordinal in missed[:3]]
        events, found = results[file, "negative"]
        problems += [f"'{title}' matched {events[ordinal][:300]}" for title, ordinal in found if title in raising + correlations][:3]
        return problems

    def test_every_rule_on_its_cases(self):
        files = sorted(RULES.rglob("*.yml"))
        self.assertGreaterEqual(len(files), 20)
        results = self.evaluate(files)
        for file in files:
            with self.subTest(str(file.relative_to(RULES))):
                self.assertEqual([], self.check(file, results))
        raising = {title for file in files for titles_of in titles(file) for title in titles_of}
        by_themselves = {title for _, found in results.values() for title, _ in found} - raising
        self.assertEqual(set(), by_themselves, "rules that only feed correlations raise nothing by themselves")

    def test_lint_finds_nothing(self):
        done = test.run("rules", "lint", RULES, "--output", "json")
        self.assert_exit(0, done)
        report = json.loads(done.stdout)
        self.assertEqual([], report["failures"])
        self.assertEqual(0, report["warnings"], done.stderr)

    def test_every_rule_speaks_both_languages_and_advises(self):
        ids = []
        for file in sorted(RULES.rglob("*.yml")):
            for document in re.split(r"^---\s*$", file.read_text(encoding="utf-8"), flags=re.M):
                title = re.search(r"^title: (.*)$", document, re.M).group(1)
                ids.append(re.search(r"^id: (.*)$", document, re.M).group(1))
                with self.subTest(title):
                    self.assertRegex(document, r"(?m)^  title_zh: \S")
                    if not re.search(r"^level: informational", document, re.M):
                        for key in ("description_zh: ", "advice_zh:", "advice_en:"):
                            self.assertIn(f"\n  {key}", document)
                        self.assertRegex(document, r"(?m)^  - attack\.t\d{4}")
        self.assertEqual(len(ids), len(set(ids)), "an id is used twice")


if __name__ == "__main__":
    test.main()

"""The command-line contract: exit codes, what goes to stdout and what to stderr, formats."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import evtx_file  # noqa: E402
import shuwei_test as test  # noqa: E402

SSHD = "<86>Nov 21 20:00:01 app-01 sshd[21001]: Failed password for root from 203.0.113.150 port 40001 ssh2"
GOOD_RULE = """title: Whoami run
id: 9f5a3c1e-6b1d-4c57-9a55-1f2a4cbb0001
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|endswith: '\\whoami.exe'
  condition: selection
level: low
"""
BAD_RULE = """title: Bad
id: 9f5a3c1e-6b1d-4c57-9a55-1f2a4cbb0002
logsource: {product: windows, category: process_creation}
detection:
  selection:
    Image|sounds_like: whoami
  condition: selection
"""
WHOAMI = {"Event": {"#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
                    "System": {"Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}}, "EventID": 1,
                               "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws-1",
                               "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T12:00:00.000000Z"}}},
                    "EventData": {"Image": "C:\\Windows\\System32\\whoami.exe", "CommandLine": "whoami /all"}}}
OTHER = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Image": "C:\\Windows\\notepad.exe", "CommandLine": "notepad"}


class CommandLineTest(test.TestCase):
    def setUp(self):
        self.folder = self.temporary_folder()

    def file(self, name, content):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    # --- version and usage
    def test_version(self):
        done = test.run("version", "--output", "json")
        self.assert_exit(0, done)
        self.assertRegex(json.loads(done.stdout)["version"], r"^\d+\.\d+\.\d+")
        self.assert_exit(0, test.run("version"))

    def test_wrong_usage_is_exit_2(self):
        for arguments in ([], ["nonsense"], ["serve"], ["parse"], ["rules"], ["rules", "lint"], ["rules", "eval"],
                          ["events", "search"], ["version", "--output", "yaml"], ["token", "create"],
                          ["events", "search", "", "--limit", "many"], ["parse", "--no-such-option", "x"]):
            with self.subTest(" ".join(arguments)):
                done = test.run(*arguments)
                self.assert_exit(2, done)
                self.assertEqual("", done.stdout)
                self.assertNotEqual("", done.stderr)

    def test_help_is_exit_0_on_stdout(self):
        for arguments in (["--help"], ["serve", "--help"], ["rules", "eval", "--help"]):
            done = test.run(*arguments)
            self.assert_exit(0, done)
            self.assertIn("Usage", done.stdout)

    # --- parse
    def test_parse_prints_one_object_a_line(self):
        lines = [SSHD, "nobody knows this line", '{"message": "json"}', "中文一行"]
        done = test.run("parse", self.file("a.log", "\n".join(lines) + "\n"))
        self.assert_exit(0, done)
        events = test.ndjson(done.stdout)
        self.assertEqual(lines, [event["event.original"] for event in events])
        self.assertIn("ssh", events[0]["shuwei.pack"])
        self.assertEqual("203.0.113.150", events[0]["source.ip"])
        self.assertNotIn("shuwei.pack", events[1])
        self.assertNotIn("shuwei.pack", events[3])

    def test_parse_reads_standard_input(self):
        done = test.run("parse", "-", stdin=SSHD + "\r\n" + SSHD)
        self.assert_exit(0, done)
        self.assertEqual([SSHD, SSHD], [event["event.original"] for event in test.ndjson(done.stdout)])

    def test_parse_with_a_named_pack(self):
        pack = test.ndjson(test.run("parse", "-", stdin=SSHD).stdout)[0]["shuwei.pack"]
        done = test.run("parse", "--pack", pack, "-", stdin=SSHD)
        self.assert_exit(0, done)
        self.assertEqual(pack, test.ndjson(done.stdout)[0]["shuwei.pack"])
        done = test.run("parse", "--pack", "no-such-pack", "-", stdin=SSHD)
        self.assert_exit(2, done)
        self.assertIn("no-such-pack", done.stderr)

    def test_parse_of_odd_input(self):
        cases = {"empty": (b"", 0), "blank lines": (b"\n\n\n", 0), "no line end": (SSHD.encode(), 1),
                 "binary": (bytes(range(1, 10)) + bytes(range(14, 256)) + b"\n", 1), "invalid UTF-8": (b"<13>x \xff\xfe\n", 1),
                 "GBK": ("<13>Nov 21 20:00:00 fw test: 登录失败".encode("gbk") + b"\n", 1), "NUL": (b"a\x00b\n", 1),
                 "2 MB line": (b"x" * (2 << 20) + b"\n" + b"next\n", 2)}
        for name, (content, lines) in cases.items():
            with self.subTest(name):
                done = test.run("parse", "-", stdin=content)
                self.assert_exit(0, done)
                self.assertEqual(lines, len(test.ndjson(done.stdout)))

    def test_parse_of_a_missing_file(self):
        done = test.run("parse", self.folder / "missing.log")
        self.assert_exit(3, done)
        self.assertEqual("", done.stdout)
        self.assertIn("missing.log", done.stderr)

    # --- event log files
    def event_log(self, name, commands, damage=()):
        path = self.folder / name
        path.write_bytes(evtx_file.sysmon_log(commands, damage))
        return path

    def test_parse_reads_an_event_log_by_its_content(self):
        log = self.event_log("a.log", [r"C:\Windows\System32\cmd.exe /c dir", r"C:\Windows\System32\whoami.exe /all"])
        for arguments, stdin in (([log], None), (["-"], open(log, "rb"))):
            done = subprocess.run([test.PROGRAM, "parse", *map(str, arguments)], stdin=stdin, capture_output=True, timeout=test.DEADLINE)
            if stdin:
                stdin.close()
            self.assertEqual(0, done.returncode, done.stderr)
            events = [json.loads(line) for line in done.stdout.decode().splitlines()]
            self.assertEqual([r"C:\Windows\System32\cmd.exe /c dir", r"C:\Windows\System32\whoami.exe /all"], [event["process.command_line"] for event in events])
            self.assertEqual("windows-sysmon", events[0]["shuwei.pack"])

    def test_a_damaged_event_log_is_told_and_read_on(self):
        commands = [r"C:\Windows\System32\cmd.exe /c dir", r"C:\Windows\a.exe", r"C:\Windows\System32\whoami.exe /all"]
        log = self.event_log("b.evtx", commands, damage=[2])
        done = test.run("parse", log)
        self.assert_exit(1, done)
        self.assertEqual([commands[0], commands[2]], [event["process.command_line"] for event in test.ndjson(done.stdout)])
        self.assertRegex(done.stderr, r"b\.evtx: chunk at byte 4096: record at byte \d+: ")
        self.assertIn("1 broken places", done.stderr)

    def test_eval_takes_event_logs_and_json_together(self):
        commands = [r"C:\Windows\System32\cmd.exe /c dir", r"C:\Windows\System32\whoami.exe /all"]
        log = self.event_log("c.bin", commands)
        lines = self.file("d.json", json.dumps(OTHER) + json.dumps(WHOAMI))
        self.file("rules/rule.yml", GOOD_RULE)
        done = test.run("rules", "eval", "--rules", self.folder / "rules", log, lines)
        self.assert_exit(0, done)
        self.assertEqual([(str(log), 1), (str(lines), 1)], [(match["file"], match["ordinal"]) for match in test.ndjson(done.stdout)])

    # --- rules lint
    def test_event_codes_are_checked_and_looked_up(self):
        done = test.run("knowledge", "check", "--output", "json")
        self.assert_exit(0, done)
        families = {row["family"]: row["codes"] for row in json.loads(done.stdout)}
        self.assertGreaterEqual(families["windows-security"], 250)
        done = test.run("knowledge", "search", "4625", "--family", "windows-security", "--output", "json")
        self.assert_exit(0, done)
        self.assertEqual(["4625"], [row["code"] for row in json.loads(done.stdout)])
        folder = self.folder / "knowledge"
        folder.mkdir()
        (folder / "types.yaml").write_text("- {type: login, title: {zh: 登录, en: Sign-in}}\n", encoding="utf-8")
        (folder / "gate.yaml").write_text("family: gate\ntitle: {zh: 闸机, en: Gate}\ntopics:\n  door: {type: login, severity: low, zh: 看, en: look}\n"
                                          "codes: |\n  1 | door | 开 | Open\n  1 | door | 关 | Shut\n", encoding="utf-8")
        done = test.run("knowledge", "check", folder)
        self.assert_exit(1, done)
        self.assertIn("gate.yaml: line 7: code 1 is there twice", done.stderr)

    def test_lint_counts_and_names_failures(self):
        self.file("rules/good.yml", GOOD_RULE)
        self.file("rules/sub/bad.yml", BAD_RULE)
        self.file("rules/broken.yaml", "title: [\n")
        done = test.run("rules", "lint", self.folder / "rules", "--output", "json")
        self.assert_exit(1, done)
        report = json.loads(done.stdout)
        self.assertEqual((1, 2), (report["loaded"], report["failed"]))
        self.assertIn("warnings", report)
        failures = {pathlib.Path(failure["file"]).name: failure for failure in report["failures"]}
        self.assertEqual({"bad.yml", "broken.yaml"}, set(failures))
        self.assertIn("sounds_like", failures["bad.yml"]["error"])
        self.assertEqual(6, failures["bad.yml"]["line"])

    def test_lint_of_good_rules_is_exit_0(self):
        self.file("rules/good.yml", GOOD_RULE)
        done = test.run("rules", "lint", self.folder / "rules", "--output", "json")
        self.assert_exit(0, done)
        self.assertEqual({"loaded": 1, "failed": 0}, {key: json.loads(done.stdout)[key] for key in ("loaded", "failed")})
        self.assert_exit(0, test.run("rules", "lint", self.folder / "rules"))
        self.assert_exit(3, test.run("rules", "lint", self.folder / "missing"))

    # --- rules eval
    def eval(self, *events, rules=GOOD_RULE):
        self.file("rules/rule.yml", rules)
        return test.run("rules", "eval", "--rules", self.folder / "rules", "--output", "ndjson", *events)

    def test_eval_takes_every_shape_of_json(self):
        shapes = {
            "ndjson": "\n".join([json.dumps(OTHER), json.dumps(WHOAMI), json.dumps(OTHER)]) + "\n",
            "array": json.dumps([OTHER, WHOAMI, OTHER]),
            "pretty array": json.dumps([OTHER, WHOAMI], indent=2),
            "concatenated": json.dumps(OTHER) + json.dumps(WHOAMI),
            "pretty, one after another": json.dumps(OTHER, indent=4) + "\n" + json.dumps(WHOAMI, indent=4) + "\n",
        }
        for name, text in shapes.items():
            with self.subTest(name):
                path = self.file(f"{name.split()[0].rstrip(',')}.json", text)
                done = self.eval(path)
                self.assert_exit(0, done)
                self.assertEqual([{"rule_id": "9f5a3c1e-6b1d-4c57-9a55-1f2a4cbb0001", "title": "Whoami run", "level": "low",
                                   "file": str(path), "ordinal": 1}],
                                 [{key: match[key] for key in ("rule_id", "title", "level", "file", "ordinal")}
                                  for match in test.ndjson(done.stdout)])
                self.assertIn("rule.yml", test.ndjson(done.stdout)[0]["rule_file"])

    def test_eval_counts_from_0_in_each_file_as_given(self):
        first = self.file("first.json", json.dumps(WHOAMI))
        second = self.file("second.json", json.dumps([OTHER, WHOAMI]))
        found = [(match["file"], match["ordinal"]) for match in test.ndjson(self.eval(first, second).stdout)]
        self.assertEqual([(str(first), 0), (str(second), 1)], found)

    def test_eval_passes_over_a_rule_that_cannot_be_loaded(self):
        self.file("rules/bad.yml", BAD_RULE)
        done = self.eval(self.file("a.json", json.dumps(WHOAMI)))
        self.assert_exit(0, done)
        self.assertEqual(1, len(test.ndjson(done.stdout)))
        self.assertIn("bad.yml", done.stderr)

    def test_eval_without_a_match_is_exit_0_and_silent(self):
        done = self.eval(self.file("a.json", json.dumps(OTHER)))
        self.assert_exit(0, done)
        self.assertEqual("", done.stdout)

    def test_eval_of_a_missing_or_broken_file(self):
        done = self.eval(self.folder / "missing.json")
        self.assertIn(done.returncode, (2, 3))
        self.assertIn("missing.json", done.stderr)
        self.assertEqual(3, self.eval(self.folder).returncode)
        for name, content in (("binary.json", b"\x7fELF\x02\x01\x01\0\0"), ("text.json", b"no json\nat all\n")):
            path = self.folder / name
            path.write_bytes(content)
            done = self.eval(path)
            self.assert_exit(3, done)
            self.assertIn(name, done.stderr)
        self.assert_exit(0, self.eval(self.file("empty.json", "")))

    def test_eval_passes_over_a_broken_object_and_goes_on(self):
        whoami, other = json.dumps(WHOAMI), json.dumps(OTHER)
        for cut in ('{"a": ', '{"a": {"b": 1', '{"a": [1,', '{"a": "cu', '{"a": 1}}', "rotated at noon"):
            with self.subTest(cut):
                path = self.file("broken.json", "\n".join([whoami, cut, whoami, other, whoami]) + "\n")
                done = self.eval(path)
                self.assert_exit(1, done)
                self.assertEqual([0, 2, 4] if cut != '{"a": 1}}' else [0, 3, 5], [match["ordinal"] for match in test.ndjson(done.stdout)])
                self.assertIn(f"{path}: line 2: ", done.stderr)
        done = self.eval(self.file("cut.json", whoami + '\n{"a": '))
        self.assert_exit(1, done)
        self.assertEqual([0], [match["ordinal"] for match in test.ndjson(done.stdout)])
        many = self.file("many.json", "".join(f'{{"a": {{"n": {i}\n' for i in range(100)) + whoami)
        done = self.eval(many)
        self.assertEqual([100], [match["ordinal"] for match in test.ndjson(done.stdout)])
        self.assertIn("80 more", done.stderr)

    def test_eval_reads_what_windows_exports(self):
        text = json.dumps(OTHER) + "\r\n" + json.dumps(WHOAMI) + "\r\n"
        for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
            with self.subTest(encoding):
                path = self.folder / "export.json"
                path.write_bytes(text.encode(encoding))
                done = self.eval(path)
                self.assert_exit(0, done)
                self.assertEqual([1], [match["ordinal"] for match in test.ndjson(done.stdout)])

    # --- records
    def test_token_create_works_beside_a_running_server_and_prints_the_token_alone(self):
        with test.Server() as server:
            done = test.run("token", "create", "--data", server.data, "--account", "admin")
            self.assert_exit(0, done)
            self.assertRegex(done.stdout, r"\A\S+\n\Z")
            self.assertEqual([], server.search("", token=done.stdout.strip()))
            done = test.run("token", "create", "--data", server.data, "--account", "nobody")
            self.assertIn(done.returncode, (2, 3))
            self.assertEqual("", done.stdout)
            self.assertIn("nobody", done.stderr)

    def test_commands_on_a_folder_that_is_none(self):
        for command in (["token", "create", "--account", "admin"], ["account", "reset-password", "admin"], ["audit", "verify"]):
            with self.subTest(" ".join(command)):
                done = test.run(*command, "--data", self.folder / "missing")
                self.assertIn(done.returncode, (2, 3))
                self.assertEqual("", done.stdout)
                self.assertIn("missing", done.stderr)
                self.assertFalse((self.folder / "missing").exists())


if __name__ == "__main__":
    test.main()

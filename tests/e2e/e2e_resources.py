"""Resources: imported on the command line, used by searches and, as placeholders, by rules, followed while the server runs."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

RULE = """title: Root from outside
id: 6f1d6c1e-6f0c-4a0e-9d3b-2f7a7c0e5a11
status: test
logsource:
    product: linux
    service: sshd
detection:
    selection:
        user.name|expand: '%Privileged-Accounts%'
    known:
        source.ip|cidr|expand: '%office%'
    condition: selection and not known
level: high
"""
LINE = "<86>Nov 21 20:00:01 gw{n} sshd[{n}]: Failed password for {user} from {address} port 40001 ssh2"


class Resources(test.TestCase):
    def setUp(self):
        folder = self.temporary_folder()
        folder = pathlib.Path(folder)
        (folder / "rules").mkdir()
        (folder / "rules" / "placeholder.yml").write_text(RULE)
        (folder / "shuwei.yaml").write_text(f"rules: [{folder / 'rules'}]\n")
        self.server = test.Server(config=folder / "shuwei.yaml")
        self.server.start_for(self)

    def resource(self, *arguments, stdin=None, code=0):
        done = test.run("resource", *arguments, "--data", str(self.server.data), stdin=stdin)
        self.assert_exit(code, done)
        return done.stdout

    def fired(self):
        """Addresses for which the rule has fired."""
        alerts = self.server.api("GET", "/alerts")["items"]
        return {alert["entities"]["source"]["value"] for alert in alerts if alert["rule_title"] == "Root from outside"}

    def test_searches_and_rules_follow_the_list(self):
        self.resource("import", "office", "-", stdin="value,remark\n10.20.0.0/16,head office\n10.21.0.5-10.21.0.20\n")
        shown = self.resource("export", "office")
        self.assertEqual(shown, "value,remark\n10.20.0.0/16,head office\n10.21.0.5-10.21.0.20\n")
        self.resource("import", "office", "-", stdin="10.300.0.1\n", code=2)
        listed = self.resource("list", "--output", "csv")
        self.assertIn("office", listed)
        self.assertIn("private-networks", listed)

        # The list is in force for rules within a second or two: an address outside it fires, one of it does not.
        tries = iter(range(5, 20))

        def judged_by_the_list():
            n = next(tries)
            self.server.udp(LINE.format(n=n, user="root", address=f"10.21.0.{n}"), LINE.format(n=n, user="root", address=f"203.0.113.{n}"),
                            LINE.format(n=n, user="bob", address=f"203.0.113.{n}"))
            self.server.find(f"source.ip:203.0.113.{n}", 2)
            self.server.settle()
            self.assertIn(f"203.0.113.{n}", self.fired())
            return f"10.21.0.{n}" not in self.fired() and n

        n = test.wait_for("the rule to follow the list", judged_by_the_list)
        self.assertEqual(self.server.count(f"source.ip:@office and source.ip:10.21.0.{n}"), 1)
        self.assertEqual(self.server.count("not source.ip:@office and user.name:@privileged-accounts"), n - 4)

        # The list changes while the server runs; what comes afterwards is judged by it.
        self.resource("import", "office", "-", "--change", "add", stdin="203.0.113.0/24\n")
        self.assertEqual(self.server.count("source.ip:@office"), 3 * (n - 4))

    def test_what_does_not_exist_is_named(self):
        with self.assertRaises(test.ApiError) as refused:
            self.server.search("user.name:root and source.ip:@nowhere")
        self.assertEqual(400, refused.exception.status)
        self.assertIn("@nowhere", refused.exception.json()["message"])


if __name__ == "__main__":
    test.main()

"""`shuwei demo`: the demonstration finds the attacks that its devices act out."""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

# Titles of rules of which each story must raise at least one.
STORIES = {
    "ssh-guessing": {"SSH password guessing"},
    "web-attack": {"SQL injection in a web request", "Path traversal in a web request", "Web shell in use"},
    "windows-intrusion": {"PowerShell started with an encoded command", "File downloaded with certutil", "Credential theft tool"},
    "port-scan": {"Port scan"},
    "firewall-login": {"Guessing the password of a firewall"},
}


class Demo(test.Server):
    """The ready line of `demo` is for people; the ports are in it all the same."""

    def start(self):
        import os
        import subprocess
        self.process = subprocess.Popen(
            [test.PROGRAM, "demo", "--data", str(self.data), "--http", "127.0.0.1:0", "--syslog", "127.0.0.1:0", *self.arguments],
            stdout=subprocess.PIPE, stderr=self.log, env=self.env)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.stdout = ""
        self.wait_for_output(r"http://[\d.]+:\d+[\s\S]*syslog\s+[\d.]+:\d+")
        self.http_port = int(re.search(r"http://[\d.]+:(\d+)", self.stdout).group(1))
        self.syslog_port = int(re.search(r"syslog\s+[\d.]+:(\d+)", self.stdout).group(1))
        return self


class DemoTest(test.TestCase):
    def test_the_attacks_are_found_and_cases_open(self):
        folder = self.temporary_folder() / "data"
        with Demo(data=folder) as demo:
            self.assertEqual(1, len(re.findall(r"password\s+\S{12,}", demo.stdout)), demo.stdout)
            for story, titles in STORIES.items():
                def found():
                    seen = {alert["rule_title"] for alert in demo.api("GET", "/alerts", query={"limit": 1000})["items"]}
                    return titles <= seen
                test.wait_for(f"the alerts of {story}: {', '.join(sorted(titles))}", found)
            test.wait_for("cases", lambda: demo.api("GET", "/cases")["total"] >= 3)
            self.assertEqual(0, demo.count("not shuwei.pack:*"), "lines that no pack recognised: " + json.dumps(
                [event["event.original"] for event in demo.search("not shuwei.pack:*", limit=5)], ensure_ascii=False))
            demo.udp("<13>Nov 21 20:00:00 visitor test: sent by the visitor")
            demo.find('"sent by the visitor"')
            token = demo.token
            stored = demo.count("")
            self.assertEqual(0, demo.stop())
        with Demo(data=folder) as demo:
            demo._token = token
            self.assertNotRegex(demo.stdout, r"password\s+\S{12,}", "the password is shown once")
            self.assertGreaterEqual(demo.count(""), stored)
            self.assertEqual(0, demo.stop())


if __name__ == "__main__":
    test.main()

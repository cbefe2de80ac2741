"""Files of real SFTP and FTPS servers become events, each line once, over rotation and a server killed in the middle."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import file_servers  # noqa: E402
import shuwei_test as test  # noqa: E402


def lines_of(name, first, count):
    return "".join(f"{name} line number {i} of a file that is pulled, padded {'.' * 80}\n" for i in range(first, first + count))


class PullsTest(test.TestCase):
    def start(self, kind, **more):
        if file_servers.available():
            self.skip(file_servers.available())
        self.folder = self.temporary_folder()
        self.folder.chmod(0o755)
        self.served = self.folder / "served"
        self.served.mkdir()
        self.remote = file_servers.FileServer(kind, self.served)
        self.addCleanup(self.remote.close)
        settings = {**self.remote.settings(), "interval": "1", **more}
        self.secret = settings["password"]
        config = {"inputs": [{"name": "pulled", "kind": "sftp" if kind == "sftp" else "ftp", "settings": settings}]}
        (self.folder / "shuwei.yaml").write_text(json.dumps(config))
        self.server = test.Server(config=self.folder / "shuwei.yaml")
        self.addCleanup(self.server.clean)
        self.addCleanup(lambda: self.server.process and self.server.stop())
        self.server.start()

    def input(self):
        return next(entry for entry in self.server.api("GET", "/inputs")["items"] if entry["name"] == "pulled")

    def originals(self):
        return [event["event.original"] for event in self.server.every_event()]

    def append(self, name, text):
        with open(self.served / name, "a") as file:
            file.write(text)

    def test_lines_of_an_sftp_server_come_once(self):
        self.start("sftp", pattern="*.log*")
        self.append("a.log", lines_of("first", 0, 200))
        self.append("b.txt", "not asked for\n")
        self.server.find('"first line number"', 200, limit=300)
        self.append("a.log", lines_of("second", 0, 10))
        self.server.find('"second line number"', 10)
        (self.served / "a.log").rename(self.served / "a.log.1")
        self.append("a.log", lines_of("third", 0, 10))
        self.server.find('"third line number"', 10)
        self.server.settle()
        self.assertEqual(220, self.server.count('"line number"'))
        self.assertEqual(0, self.server.count('"not asked for"'))
        self.assertNotIn(self.secret, self.server.log_text())

    def test_a_server_killed_in_the_middle_loses_nothing(self):
        self.start("ftps")
        total = 60_000
        self.append("big.log", lines_of("big", 0, total))
        for _ in range(3):
            seen = self.received()
            test.wait_for("lines to come", lambda: self.received() > seen or self.server.count('"big line number"') >= total)
            self.server.kill()
            self.remote.stop()
            self.server.start()
            self.remote.start()
        test.wait_for("all lines", lambda: len(set(self.originals())) >= total)
        self.server.settle()
        lines = self.originals()
        self.assertEqual(set(lines_of("big", 0, total).splitlines()), set(lines))
        # What came twice is what was read since the positions were saved: at most the file for each time.
        self.assertLessEqual(len(lines), 4 * total)

    def received(self):
        return self.server.metrics().get('shuwei_received_total{listener="pulled"}', 0)


if __name__ == "__main__":
    test.main()

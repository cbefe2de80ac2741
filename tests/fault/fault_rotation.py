"""24 h of rotation within a minute: a followed file is rotated 24 times by rename and 24 times by copy-and-truncate while
lines flow into it. Each line is stored once.

SHUWEI_FAULT_ROUNDS (1 by default) says how many days.
"""
import collections
import os
import pathlib
import re
import shutil
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

ROTATIONS = 24 * int(os.environ.get("SHUWEI_FAULT_ROUNDS", "1"))
LINES = 150  # between two rotations, at least


class Writer:
    """Writes numbered lines as a service does, in pieces that end anywhere, until stopped."""

    def __init__(self, path):
        self.path, self.count, self.stopping = path, 0, False
        self.lock = threading.Lock()  # nobody can tell what is written between a copy and its truncation
        self.file = path.open("ab", buffering=0)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopping:
            text = "".join(f"{self.count + i:08} rotated app: 请求完成 status=200 KEY {self.count + i}\n" for i in range(5)).encode()
            with self.lock:
                middle = len(text) // 2
                self.file.write(text[:middle])
                self.file.write(text[middle:])
                self.count += 5
            time.sleep(0.005)

    def reopen(self):
        with self.lock:
            self.file.close()
            self.file = self.path.open("ab", buffering=0)

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.file.close()


class RotationTest(test.TestCase):
    def test_each_line_once_through_a_day_of_rotations(self):
        folder = self.temporary_folder()
        logs = folder / "logs"
        logs.mkdir()
        app = logs / "app.log"
        (folder / "config.yaml").write_text(f"inputs:\n  - name: app\n    kind: file\n    settings:\n      paths: [{logs}/app.log*]\n")
        with test.Server(config=folder / "config.yaml") as server:
            writer = Writer(app)
            try:
                for number in range(2 * ROTATIONS):
                    target = writer.count + LINES
                    test.wait_for("more lines", lambda: writer.count >= target)
                    rotated = logs / f"app.log.{number}"
                    if number % 2 == 0:  # as logrotate does: the service writes on into the renamed file until it reopens
                        app.rename(rotated)
                        target = writer.count + LINES // 5
                        test.wait_for("lines behind the rename", lambda: writer.count >= target)
                        writer.reopen()
                    else:
                        with writer.lock:
                            shutil.copyfile(app, rotated)
                            os.truncate(app, 0)
            finally:
                writer.stop()

            def stored():
                server.settle()
                found = collections.Counter(int(match.group(1)) for event in server.every_event("")
                                            if (match := re.search(r"KEY (\d+)", event["event.original"])))
                return found if len(found) >= writer.count else None
            found = test.wait_for(f"{writer.count} lines", stored)
            self.assertEqual(set(range(writer.count)), set(found))
            self.assertEqual({}, {line: times for line, times in found.items() if times > 1}, "lines stored more than once")
            print(f"{writer.count} lines through {2 * ROTATIONS} rotations", flush=True)


if __name__ == "__main__":
    test.main()

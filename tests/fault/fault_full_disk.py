"""A full disk: senders are refused clearly, what was acknowledged stays, and work goes on when there is room again.

The disk is a small tmpfs in a mount namespace of its own (unshare -rm); skipped aloud where that is denied.
"""
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

INSIDE = "SHUWEI_TEST_INSIDE_NAMESPACE"


class FullDiskTest(test.TestCase):
    def setUp(self):
        self.folder = self.temporary_folder()
        if INSIDE not in os.environ:
            return
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(self.folder)], capture_output=True)
        self.assertEqual(0, mounted.returncode, mounted.stderr)
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.folder)])

    def test_full_disk(self):
        if INSIDE not in os.environ:
            self.skip("mount namespaces are denied here (unshare -rm)")
        data = self.folder / "data"
        with test.Server(data=data) as server:
            server.token
            acknowledged, refused = 0, None
            server.ingest(["before the disk is full"])
            server.find('"before the disk is full"')
            ballast = self.folder / "ballast"
            with ballast.open("wb") as file:  # leaves a little room
                left = os.statvfs(self.folder)
                free = left.f_bavail * left.f_frsize
                file.write(b"\0" * max(0, free - (24 << 20)))
            batch = [f"line {i} " + os.urandom(400).hex() for i in range(1000)]
            for _ in range(200):
                try:
                    acknowledged += server.ingest(batch)["accepted"]
                except test.ApiError as error:
                    refused = error
                    break
            self.assertIsNotNone(refused, "the sender was never refused")
            self.assertIn(refused.status, (429, 503))
            self.assertIn("Retry-After", refused.headers)
            self.assertIsNone(server.process.poll(), "the server lives")
            self.assertEqual(200, server.request("GET", "/healthz", token="")[0])
            test.wait_for("everybody to be told", lambda: "no_room" in server.first_stats().get("notices", []))
            status, _, text = server.request("GET", "/readyz", token="")
            self.assertEqual(503, status)
            self.assertEqual([False], [part["ok"] for part in json.loads(text)["parts"] if part["name"] == "spool"])
            test.wait_for("the metric", lambda: server.metrics().get("shuwei_inputs_refused") == 1)
            server.tcp("<13>Nov 21 20:00:00 app-01 test: into the full disk")
            self.assertEqual(1, server.count('"before the disk is full"'), "what is stored can still be read")
            ballast.unlink()

            def taken():
                try:
                    return server.ingest(["after there is room again"])
                except test.ApiError as error:
                    self.assertIn(error.status, (429, 503))
            test.wait_for("the server to take lines again", taken)
            server.find('"after there is room again"')
            server.settle()
            test.wait_for("the notice to go", lambda: "notices" not in server.first_stats())
            self.assertEqual(200, server.request("GET", "/readyz", token="")[0])
            test.wait_for("the metric to fall", lambda: server.metrics()["shuwei_inputs_refused"] == 0)
            self.assertEqual(acknowledged, server.count('"line "') if acknowledged else 0, "every acknowledged line")
            self.assertEqual(0, server.stop())


def enter_namespace():
    """Runs this file again inside a user and mount namespace, if that can be had."""
    if INSIDE in os.environ:
        return
    probe = subprocess.run(["unshare", "-rm", "true"], capture_output=True)
    if probe.returncode == 0:
        os.environ[INSIDE] = "1"
        os.execvp("unshare", ["unshare", "-rm", sys.executable, *sys.argv])


if __name__ == "__main__":
    enter_namespace()
    test.main()

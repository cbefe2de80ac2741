"""The pages in a real browser over the real program: web/e2e against `shuwei demo`, once its attacks are found."""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import shuwei_test as test  # noqa: E402
from e2e_demo import Demo  # noqa: E402


class PagesTest(test.TestCase):
    def test_pages_work_over_the_real_server(self):
        folder = self.temporary_folder() / "data"
        with Demo(data=folder) as demo:
            test.wait_for("alerts and cases to show", lambda: demo.api("GET", "/cases")["total"] >= 3)
            password = test.run("account", "reset-password", "admin", "--data", folder).stdout.strip()
            done = subprocess.run(["npm", "run", "--prefix", str(test.ROOT / "web"), "--silent", "e2e"], text=True, capture_output=True,
                                  env={**os.environ, "BASE_URL": f"http://127.0.0.1:{demo.http_port}", "ACCOUNT": "admin",
                                       "PASSWORD": password})
            self.assertEqual(0, done.returncode, done.stdout[-8000:] + done.stderr[-2000:])
            self.assertEqual(0, demo.stop())


if __name__ == "__main__":
    test.main()

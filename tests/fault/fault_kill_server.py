"""kill -9 of the server under load, again and again on one data folder: nothing acknowledged is lost or doubled.

SHUWEI_FAULT_ROUNDS (5 by default) says how often; SHUWEI_FAULT_SEED repeats a run.
"""
import json
import os
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import load as books  # noqa: E402
import shuwei_test as test  # noqa: E402

ROUNDS = int(os.environ.get("SHUWEI_FAULT_ROUNDS", "5"))
SEED = int(os.environ.get("SHUWEI_FAULT_SEED", "0")) or time.time_ns() % 1_000_000


class KillServerTest(test.TestCase):
    def test_kill_9_under_load(self):
        print(f"rounds {ROUNDS}, seed {SEED}", flush=True)
        dice = random.Random(SEED)
        folder = self.temporary_folder() / "data"
        loads, token = [], None
        for number in range(ROUNDS):
            server = test.Server(data=folder)
            server._token = token
            try:
                server.start()
                token = server.token
                load = books.Load(server, f"r{number}")
                target = dice.randrange(HTTP_LEAST, HTTP_MOST)
                try:
                    test.wait_for(f"{target} acknowledged lines", lambda: load.acknowledged_count() >= target)
                finally:
                    if server.process is not None:
                        server.kill()
                    load.stop()
                server.reap_workers()
                loads.append(load)
                print(f"round {number}: {len(load.acknowledged)} lines acknowledged, {sum(load.sent.values())} sent by TCP, "
                      f"{load.spooled} spooled by then, {load.refused} requests refused", flush=True)
            finally:
                server.clean()
        with test.Server(data=folder) as server:
            server._token = token
            server.settle()
            stored, matches = books.stored_lines(server)
            for load in loads:
                books.check_books(self, load, stored[load.round])
            self.assertEqual(matches, books.alert_count(server), "alert counts equal the stored matches")
            print(f"{sum(map(len, stored.values()))} lines stored, {matches} matches, each counted once", flush=True)
            checked = server.api("GET", "/audit/verify")
            self.assertTrue(checked["ok"], checked)
        # Nothing stored is unsealed or sealed twice, wherever the kills fell.
        verified = test.run("events", "verify", "--data", folder, "--output", "json")
        self.assertEqual(0, verified.returncode, verified.stdout + verified.stderr)
        chain, = json.loads(verified.stdout)
        self.assertEqual(sum(map(len, stored.values())), chain["events"])


HTTP_LEAST, HTTP_MOST = 500, 12_000

if __name__ == "__main__":
    test.main()

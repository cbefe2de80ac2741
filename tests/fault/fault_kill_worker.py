"""kill -9 of the store worker under load, again and again: the server goes on, nothing is lost or doubled.

SHUWEI_FAULT_ROUNDS (5 by default) says how often; SHUWEI_FAULT_SEED repeats a run.
"""
import os
import pathlib
import random
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import load as books  # noqa: E402
import shuwei_test as test  # noqa: E402

ROUNDS = int(os.environ.get("SHUWEI_FAULT_ROUNDS", "5"))
SEED = int(os.environ.get("SHUWEI_FAULT_SEED", "0")) or time.time_ns() % 1_000_000


class KillWorkerTest(test.TestCase):
    def test_kill_9_of_the_worker_under_load(self):
        print(f"rounds {ROUNDS}, seed {SEED}", flush=True)
        dice = random.Random(SEED)
        with test.Server() as server:
            server.token
            load = books.Load(server, "r0")
            try:
                for number in range(ROUNDS):
                    workers = test.wait_for("a store worker", server.worker_pids)
                    stored = server.metrics()["shuwei_stored_total"]
                    test.wait_for("the worker to store something", lambda: server.metrics()["shuwei_stored_total"] > stored)
                    target = load.acknowledged_count() + dice.randrange(200, 8_000)
                    test.wait_for("acknowledged lines", lambda: load.acknowledged_count() >= target)
                    os.kill(workers[0], signal.SIGKILL)
                    test.wait_for("another worker", lambda: any(pid not in workers for pid in server.worker_pids()))
                    print(f"round {number}: worker {workers[0]} killed after {load.acknowledged_count()} lines", flush=True)
            finally:
                load.stop()
            self.assertIsNone(server.process.poll(), "the server itself goes on")
            server.settle()
            stored, matches = books.stored_lines(server)
            books.check_books(self, load, stored["r0"])
            self.assertEqual(load.sent.keys(), {key[0] for key in stored["r0"] if key[0].startswith("t")} & load.sent.keys())
            self.assertEqual(matches, books.alert_count(server), "alert counts equal the stored matches")
            print(f"{sum(map(len, stored.values()))} lines stored, {matches} matches, each counted once", flush=True)


if __name__ == "__main__":
    test.main()

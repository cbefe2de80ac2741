"""`shuwei events review`: counts of the log review over a small stored corpus, and the queries that drill down."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402


def event(day, host, user, address, category, outcome="success", kind="start", **more):
    return {"@timestamp": f"2026-{day}T08:00:00Z", "host.name": host, "user.name": user, "source.ip": address,
            "event.category": category, "event.outcome": outcome, "event.type": kind, "message": f"{category} {user}", **more}


EVENTS = [
    event("07-01", "web-1", "alice", "10.0.0.1", "authentication"),
    event("07-02", "web-1", "bob", "10.0.0.2", "authentication", "failure"),
    event("07-02", "db-1", "bob", "10.0.0.2", "authentication", "failure"),
    event("07-03", "fw-1", "", "203.0.113.5", "network", kind="denied"),
    event("07-04", "db-1", "root", "10.0.0.1", "database", kind="change"),
    event("07-05", "web-1", "alice", "10.0.0.1", "process", **{"process.name": "sudo"}),
    event("07-06", "dc-1", "alice", "10.0.0.1", "iam", kind="creation"),
    event("07-07", "sw-1", "admin", "10.0.0.1", "configuration", kind="change"),
    event("07-08", "db-1", "svc", "10.0.0.3", "database", kind="error"),
    event("06-30", "web-1", "alice", "10.0.0.1", "authentication"),   # the period before
    event("06-30", "web-1", "bob", "10.0.0.1", "authentication", "failure"),
    event("07-20", "web-1", "alice", "10.0.0.1", "authentication"),   # behind the period
]
EXPECTED = {"access-granted": (1, 1), "access-refused": (3, 1), "privileged-operations": (3, 0), "account-changes": (1, 0),
            "configuration-changes": (1, 0), "faults": (1, 0)}


class Review(test.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = test.Server()
        cls.server.start_for(cls)
        cls.server.ingest([json.dumps({k: v for k, v in one.items() if v != ""}) for one in EVENTS])
        cls.server.find("", len(EVENTS))

    def review(self, output, *more):
        done = test.run("events", "review", "--since", "2026-07-01T00:00:00Z", "--until", "2026-07-11T00:00:00Z", "--output", output,
                        "--server", self.server.url, "--token", self.server.token, *more)
        self.assert_exit(0, done)
        return done.stdout

    def test_counts_by_system_account_and_address(self):
        review = json.loads(self.review("json"))
        self.assertEqual(EXPECTED, {s["id"]: (s["events"], s["previous_events"]) for s in review["sections"]})
        refused = next(s for s in review["sections"] if s["id"] == "access-refused")
        self.assertEqual({"web-1": 1, "db-1": 1, "fw-1": 1}, {g["value"]: g["events"] for g in refused["by"]["system"]})
        self.assertEqual({"bob": 2, "": 1}, {g["value"]: g["events"] for g in refused["by"]["user"]})
        self.assertEqual(3, sum(day["events"] for day in refused["over_time"]))
        self.assertEqual(3, len(refused["samples"]))
        for grouping in refused["by"].values():
            for group in grouping:
                found = self.server.search(group["query"], since=review["since"], until=review["until"])
                self.assertEqual(group["events"], len(found), group)

    def test_a_line_for_each_number(self):
        lines = self.review("csv").splitlines()
        self.assertEqual("section,title,by,value,events,previous_events,query", lines[0])
        self.assertTrue(any(line.startswith("access-refused,") and ",user,bob,2," in line for line in lines), lines)

    def test_says_what_is_wrong(self):
        done = test.run("events", "review", "--since", "1d", "--until", "2d", "--server", self.server.url, "--token", self.server.token)
        self.assert_exit(2, done)


if __name__ == "__main__":
    test.main()

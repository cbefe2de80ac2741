"""Rows of real databases become events, each once, over restarts of either side."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import databases  # noqa: E402
import shuwei_test as test  # noqa: E402


def rows(first, count):
    values = ", ".join(f"({i}, 'row number {i}', '审计')" for i in range(first, first + count))
    return f"INSERT INTO audit (id, what, who) VALUES {values};"


class DatabasesTest(test.TestCase):
    def start(self, kind):
        if databases.available(kind):
            self.skip(databases.available(kind))
        self.folder = self.temporary_folder()
        self.database = databases.Database(kind)
        self.addCleanup(self.database.close)
        self.database.sql("CREATE TABLE audit (id BIGINT PRIMARY KEY, what VARCHAR(100), who VARCHAR(50));")
        settings = {"connection": self.database.connection, "password": databases.PASSWORD, "cursor": "id", "interval": "1",
                    "query": "SELECT id, what, who FROM audit WHERE id > ? ORDER BY id", "rows": "500"}
        if kind == "sqlite":
            del settings["password"]
        (self.folder / "shuwei.yaml").write_text(json.dumps({"inputs": [{"name": "audit-db", "kind": "odbc", "settings": settings}]}))
        environment = {**self.database.environment, "LD_LIBRARY_PATH": self.database.environment["LD_LIBRARY_PATH"]}
        self.server = test.Server(config=self.folder / "shuwei.yaml", env=environment)
        self.addCleanup(self.server.clean)
        self.addCleanup(lambda: self.server.process and self.server.stop())
        self.server.start()

    def ids(self):
        return [json.loads(event["event.original"])["id"] for event in self.server.every_event('"row number"')]

    def check(self, kind):
        self.start(kind)
        self.database.sql(rows(1, 2000))
        test.wait_for("rows", lambda: self.server.count('"row number"') > 0)
        self.server.kill()
        self.database.sql(rows(2001, 1000))
        self.server.start()
        test.wait_for("all rows", lambda: len(set(self.ids())) == 3000)
        if kind != "sqlite":
            self.database.stop()
            self.database.start()
        self.database.sql(rows(3001, 5))
        test.wait_for("late rows", lambda: len(set(self.ids())) == 3005)
        self.server.settle()
        ids = self.ids()
        self.assertEqual(set(range(1, 3006)), set(ids))
        self.assertLessEqual(len(ids), 3005 + 500)  # the turn that was under way when it was killed
        self.assertNotIn(databases.PASSWORD, self.server.log_text())

    def test_sqlite(self):
        self.check("sqlite")

    def test_mariadb(self):
        self.check("mariadb")

    def test_postgres(self):
        self.check("postgres")


if __name__ == "__main__":
    test.main()

#!/usr/bin/env python3
"""Real databases on loopback for tests that poll them through ODBC: MariaDB and PostgreSQL of the unpacked peers, SQLite.

    tests/support/databases.py sqlite|mariadb|postgres      says how to connect in one line of JSON; then does what it is
                                                            told, a line of JSON at a time, until its standard input ends:
                                                            {"sql": "…"}, {"stop": true}, {"start": true}
"""
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from shuwei_test import PEERS, peer, peer_environment, wait_for  # noqa: E402

USER, PASSWORD = "reader", "se};cret pass"
DRIVERS = {"sqlite": "libsqlite3odbc.so", "mariadb": "libmaodbc.so", "postgres": "psqlodbcw.so"}


def driver(kind):
    """Path of the ODBC driver among the unpacked peers or on the machine, or None."""
    for folder in (PEERS / "usr/lib/x86_64-linux-gnu/odbc", pathlib.Path("/usr/lib/x86_64-linux-gnu/odbc")):
        if (folder / DRIVERS[kind]).exists():
            return folder / DRIVERS[kind]
    return None


def available(kind):
    """None, or why the database cannot run here."""
    if not driver(kind):
        return f"no ODBC driver {DRIVERS[kind]}"
    programs = {"sqlite": [], "mariadb": ["mariadbd", "mariadb", "mariadb-install-db"], "postgres": ["postgres", "initdb", "psql"]}[kind]
    missing = [name for name in programs if not peer(name)]
    return f"peers are missing: {' '.join(missing)}" if missing else None


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Database:
    """A server of its own, empty; `connection` and PASSWORD are for the client, `environment` names the driver to it."""

    def __init__(self, kind):
        self.kind = kind
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="database-"))
        self.place.chmod(0o755)
        self.log = open(self.place / "server.log", "w")
        self.server = None
        self.port = 0 if kind == "sqlite" else free_port()
        self.environment = {"ODBCSYSINI": str(self.place), "LD_LIBRARY_PATH": peer_environment()["LD_LIBRARY_PATH"]}
        (self.place / "odbcinst.ini").write_text("".join(f"[tested {name}]\nDriver={driver(name)}\n" for name in DRIVERS if driver(name)))
        self.connection = f"Driver={{tested {kind}}};"
        getattr(self, "_prepare_" + kind)()
        self.start()
        getattr(self, "_allow_" + kind, lambda: None)()

    def _as_nobody(self):
        return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []

    def _run(self, *command, **more):
        return subprocess.run(command, check=True, stdout=self.log, stderr=self.log, env=peer_environment(), cwd=self.place, timeout=120, **more)

    def _prepare_sqlite(self):
        self.connection += f"Database={self.place / 'database.sqlite'}"

    def _prepare_mariadb(self):
        data = self.place / "data"
        self.command = [peer("mariadbd"), "--no-defaults", f"--datadir={data}", f"--port={self.port}", "--bind-address=127.0.0.1",
                        f"--socket={self.place / 'socket'}", f"--lc-messages-dir={PEERS / 'usr/share/mysql'}", "--innodb-buffer-pool-size=32M",
                        "--innodb-log-file-size=8M", f"--pid-file={self.place / 'pid'}", "--character-set-server=utf8mb4", "--user=root"]
        self._run(peer("mariadb-install-db"), "--no-defaults", f"--basedir={PEERS / 'usr'}", f"--datadir={data}", "--user=root",
                  "--auth-root-authentication-method=normal", "--skip-test-db")
        self.client = [peer("mariadb"), "--no-defaults", "-uroot", f"--socket={self.place / 'socket'}", "--default-character-set=utf8mb4"]
        self.connection += f"Server=127.0.0.1;Port={self.port};Database=audited;UID={USER}"

    def _allow_mariadb(self):
        self.sql(f"CREATE DATABASE audited; CREATE USER {USER}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON audited.* TO {USER}@'127.0.0.1';")
        self.client.append("audited")

    def _prepare_postgres(self):
        data = self.place / "data"
        data.mkdir()
        if os.geteuid() == 0:
            for path in (self.place, data):
                os.chown(path, 65534, 65534)
        self._run(*self._as_nobody(), peer("initdb"), "-D", data, "-U", "owner", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync",
                  "-L", PEERS / "usr/share/postgresql/15")
        (data / "pg_hba.conf").write_text(f"host all {USER} 127.0.0.1/32 scram-sha-256\nlocal all owner trust\n")
        self.command = [*self._as_nobody(), peer("postgres"), "-D", str(data), "-p", str(self.port), "-k", str(self.place), "-h", "127.0.0.1",
                        "-c", "fsync=off"]
        self.client = [peer("psql"), "-q", "-v", "ON_ERROR_STOP=1", "-U", "owner", "-h", str(self.place), "-p", str(self.port), "postgres"]
        self.connection += f"Server=127.0.0.1;Port={self.port};Database=postgres;UID={USER}"

    def _allow_postgres(self):
        self.sql(f"CREATE USER {USER} PASSWORD '{PASSWORD}'; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {USER};")

    def start(self):
        if self.kind == "sqlite":
            return
        self.server = subprocess.Popen(self.command, stdout=self.log, stderr=self.log, env=peer_environment(), cwd=self.place)
        wait_for(f"{self.kind} to answer", self._answers)

    def _answers(self):
        if self.server.poll() is not None:
            raise AssertionError((self.place / "server.log").read_text()[-2000:])
        text = b"SELECT 1;"
        return subprocess.run(self.client, input=text, capture_output=True, env=peer_environment()).returncode == 0

    def sql(self, text):
        if self.kind == "sqlite":
            with sqlite3.connect(self.place / "database.sqlite", timeout=60) as connection:
                connection.executescript(text)
            connection.close()
            return
        self._run(*self.client, input=text.encode())

    def stop(self):
        """At once, as a server that fails."""
        if self.server and self.server.poll() is None:
            self.server.send_signal(3 if self.kind == "postgres" else 9)  # PostgreSQL: immediate shutdown, with its children
            self.server.wait(60)

    def close(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.place, ignore_errors=True)


def main():
    reason = available(sys.argv[1])
    if reason:
        print(json.dumps({"skipped": reason}), flush=True)
        return
    database = Database(sys.argv[1])
    try:
        print(json.dumps({"connection": database.connection, "password": PASSWORD, "environment": database.environment}), flush=True)
        for line in sys.stdin:
            request = json.loads(line)
            if "sql" in request:
                database.sql(request["sql"])
            elif "stop" in request:
                database.stop()
            else:
                database.start()
            print("{}", flush=True)
    finally:
        database.close()


if __name__ == "__main__":
    main()

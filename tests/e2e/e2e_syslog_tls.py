"""Syslog over TLS as other products send it: rsyslog and syslog-ng, with and without client certificates."""
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import shuwei_test as test  # noqa: E402

RSYSLOG = """
module(load="imfile" mode="polling" pollingInterval="1")
global(workDirectory="{folder}" DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{folder}/server.pem"
       DefaultNetstreamDriverCertFile="{folder}/client.pem" DefaultNetstreamDriverKeyFile="{folder}/client.key")
input(type="imfile" File="{folder}/in.log" Tag="app:" ruleset="out")
ruleset(name="out") {{
  action(type="omfwd" target="127.0.0.1" port="{port}" protocol="tcp" tcp_framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"
         StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="logs.example")
}}
"""

SYSLOG_NG = """@version: 3.38
options {{ keep-hostname(yes); use-dns(no); stats-freq(0); }};
source s {{ file("{folder}/in.log" follow-freq(1) flags(no-parse)); }};
destination d {{ syslog("127.0.0.1" port({port}) transport("tls")
  tls(ca-file("{folder}/server.pem") cert-file("{folder}/client.pem") key-file("{folder}/client.key") peer-verify(required-untrusted))); }};
log {{ source(s); destination(d); }};
"""


def certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}.example",
                    "-addext", "subjectAltName=DNS:logs.example,IP:127.0.0.1"], check=True, capture_output=True)


class SyslogTlsTest(test.TestCase):
    def setUp(self):
        self.folder = self.temporary_folder()
        for name in ("server", "client", "stranger"):
            certificate(self.folder, name)

    def serve(self, **settings):
        (self.folder / "config.yaml").write_text(f"""
inputs:
  - name: branch
    kind: syslog_tls
    settings:
      address: 127.0.0.1:0
      certificate_file: {self.folder}/server.pem
      key_file: {self.folder}/server.key
""" + "".join(f"      {name}: {value}\n" for name, value in settings.items()))
        server = test.Server(config=self.folder / "config.yaml")
        self.addCleanup(server.clean)
        self.addCleanup(server.stop)
        server.start()
        return server

    def input_of(self, server):
        return next(item for item in server.api("GET", "/inputs")["items"] if item["name"] == "branch")

    def port_of(self, server):
        return int(self.input_of(server)["address"].rpartition(":")[2])

    def run_peer(self, command):
        process = subprocess.Popen(command, env=test.peer_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def sent_by(self, name, template, command):
        """Lines of a file that this peer follows and forwards arrive."""
        program = test.peer(name)
        if not program:
            self.skip(f"{name} is not among the peers")
        server = self.serve(client_authorities_file=f"{self.folder}/client.pem")
        (self.folder / "in.log").write_text("".join(f"line {i} of {name} 登录失败\n" for i in range(1000)))
        (self.folder / "peer.conf").write_text(template.format(folder=self.folder, port=self.port_of(server)))
        self.run_peer([program, *[part.format(folder=self.folder, modules=test.PEERS / "usr/lib/x86_64-linux-gnu/rsyslog",
                                              plugins=test.PEERS / "usr/lib/syslog-ng/3.38") for part in command]])
        test.wait_for("every line of the peer", lambda: server.count(f'"of {name} 登录失败"') == 1000)
        self.assertEqual("running", self.input_of(server)["state"])

    def test_rsyslog_with_a_client_certificate(self):
        self.sent_by("rsyslogd", RSYSLOG, ["-n", "-f", "{folder}/peer.conf", "-i", "{folder}/peer.pid", "-M", "{modules}"])

    def test_syslog_ng_with_a_client_certificate(self):
        self.sent_by("syslog-ng", SYSLOG_NG, ["-F", "-f", "{folder}/peer.conf", "--module-path={plugins}", "--persist-file={folder}/peer.persist",
                                              "--pidfile={folder}/peer.pid", "--control={folder}/peer.ctl", "--no-caps"])

    def test_who_may_not_send_is_refused_and_told_of(self):
        server = self.serve(client_authorities_file=f"{self.folder}/client.pem", permitted_names="[client.example]")
        port = self.port_of(server)
        for key in ("stranger", None):
            self.connect(port, key, "<13>1 2026-11-21T10:00:00Z h a - - - not permitted\n")
        self.connect(port, "client", "<13>1 2026-11-21T10:00:00Z h a - - - permitted line\n")
        server.find('"permitted line"')
        self.assertEqual(0, server.count('"not permitted"'))
        told = test.wait_for("the refusals to be told", lambda: (lambda i: i if i["errors"] >= 2 else None)(self.input_of(server)))
        self.assertEqual("running", told["state"])
        self.assertIn("certificate", told["last_error"])

    def test_hundreds_of_connections_are_nothing(self):
        server = self.serve()
        port = self.port_of(server)
        connections = [self.connect(port, None, None) for _ in range(300)]
        for number, connection in enumerate(connections):
            connection.sendall(f"<13>1 2026-11-21T10:00:00Z h a - - - one of many {number}\n".encode())
        for connection in connections:
            connection.close()
        test.wait_for("a line of each", lambda: server.count('"one of many"') == 300)

    def connect(self, port, key, line):
        import socket
        import ssl
        context = ssl.create_default_context(cafile=str(self.folder / "server.pem"))
        if key:
            context.load_cert_chain(self.folder / f"{key}.pem", self.folder / f"{key}.key")
        connection = None
        try:
            connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port), timeout=60), server_hostname="logs.example")
            if line is None:
                return connection
            connection.sendall(line.encode())
            connection.unwrap()
        except (ssl.SSLError, OSError):  # refused
            pass
        if connection:
            connection.close()
        return None


if __name__ == "__main__":
    test.main()

"""A time-stamping authority of one's own (RFC 3161): `openssl ts -reply` behind a small HTTP server on loopback."""
import http.server
import subprocess
import threading

CONFIGURATION = """
[tsa]
default_tsa = tsa
[tsa_defaults]
[req]
distinguished_name = name
prompt = no
[name]
CN = Shuwei test TSA
[authority]
basicConstraints = critical, CA:true
[signer]
extendedKeyUsage = critical, timeStamping
[stamping]
serial = {folder}/serial
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
certs = {folder}/authority.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


class Authority:
    """`authorities` is the PEM file that vouches for its stamps; `refuse` makes it answer 503."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self.configuration = folder / "openssl.cnf"
        self.configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        self.authorities = folder / "authority.pem"
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "authority.key", "-out", self.authorities,
                      "-days", "30", "-subj", "/CN=Shuwei test authority", "-extensions", "authority", "-config", self.configuration)
        self._openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "signer.key", "-out", folder / "signer.csr",
                      "-config", self.configuration)
        self._openssl("x509", "-req", "-in", folder / "signer.csr", "-CA", self.authorities, "-CAkey", folder / "authority.key",
                      "-CAcreateserial", "-days", "30", "-extfile", self.configuration, "-extensions", "signer", "-out", folder / "signer.pem")
        self.refuse = False
        self.asked = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/tsr"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=60)

    def reply(self, query):
        self.asked += 1
        (self.folder / "query").write_bytes(query)
        self._openssl("ts", "-reply", "-queryfile", self.folder / "query", "-out", self.folder / "reply", "-config", self.configuration,
                      "-section", "stamping")
        return (self.folder / "reply").read_bytes()

    def _handler(authority):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                if authority.refuse or self.headers["Content-Type"] != "application/timestamp-query" or self.path != "/tsr":
                    self.send_response(503)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = authority.reply(query)
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments):
                pass
        return Handler

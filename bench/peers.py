"""What rsyslog (mmnormalize) and syslog-ng (patterndb) make of the same lines of one known format, against `shuwei parse`.

All three read one file of sshd lines and write JSON with the fields taken from them to /dev/null's neighbour, a file on
the same disk; time is of the whole process, less that of reading an empty file (starting up).
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LINES = 1_000_000
PACKAGES = ["rsyslog", "rsyslog-mmnormalize", "syslog-ng-core"]

LOGNORM = """version=2
rule=:Failed password for %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Failed password for invalid user %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Accepted password for %user:word% from %ip:ipv4% port %port:number% ssh2
rule=:Accepted publickey for %user:word% from %ip:ipv4% port %port:number% ssh2: %algorithm:word% %fingerprint:word%
rule=:Connection closed by %ip:ipv4% port %port:number% [preauth]
rule=:Received disconnect from %ip:ipv4% port %port:number%:11: disconnected by user
"""

RSYSLOG = """
module(load="imfile" mode="inotify")
module(load="mmnormalize")
global(workDirectory="{folder}")
template(name="json" type="list") {{ property(name="$!all-json") constant(value="\\n") }}
main_queue(queue.type="LinkedList" queue.size="2000000" queue.workerThreads="1")
input(type="imfile" File="{input}" Tag="sshd:" ruleset="work" reopenOnTruncate="off")
ruleset(name="work") {{
  action(type="mmnormalize" ruleBase="{rulebase}" useRawMsg="off" variable="$.text")
  action(type="omfile" file="{output}" template="json" ioBufferSize="256k" asyncWriting="off")
}}
"""

PATTERNDB = """<?xml version='1.0' encoding='UTF-8'?>
<patterndb version='4' pub_date='2026-01-01'>
 <ruleset name='sshd' id='5e0f4f4e-0001-4000-8000-000000000001'>
  <patterns><pattern>sshd</pattern></patterns>
  <rules>
   <rule provider='bench' id='5e0f4f4e-0001-4000-8000-000000000002' class='system'><patterns>
    <pattern>Failed password for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Failed password for invalid user @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Accepted password for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2</pattern>
    <pattern>Accepted publickey for @ESTRING:user: @from @IPv4:ip@ port @NUMBER:port@ ssh2: @ESTRING:algorithm: @@ANYSTRING:fingerprint@</pattern>
    <pattern>Connection closed by @IPv4:ip@ port @NUMBER:port@ [preauth]</pattern>
    <pattern>Received disconnect from @IPv4:ip@ port @NUMBER:port@:11: disconnected by user</pattern>
   </patterns></rule>
  </rules>
 </ruleset>
</patterndb>
"""

SYSLOG_NG = """@version: {version}
options {{ keep-hostname(yes); use-dns(no); stats-freq(0); }};
source s {{ file("{input}" follow-freq(0) log-fetch-limit(10000) log-iw-size(100000)); }};
parser p {{ db-parser(file("{patterndb}")); }};
destination d {{ file("{output}" template("$(format-json --scope nv-pairs,rfc3164)\\n") flush-lines(1000)); }};
log {{ source(s); parser(p); destination(d); flags(flow-control); }};
"""


def say(text):
    print(f"-- {text}", file=sys.stderr, flush=True)


def lines_in(path):
    if not path.exists():
        return 0
    done = subprocess.run(["wc", "-l", path], capture_output=True, text=True)
    return int(done.stdout.split()[0])


def until_written(command, output, lines, log):
    """Seconds from start until `output` has that many lines; the process is then ended."""
    output.unlink(missing_ok=True)
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        while True:
            if process.poll() is not None:
                return None
            if output.exists() and output.stat().st_size > 0 and lines_in(output) >= lines:
                return time.monotonic() - began
            if time.monotonic() - began > 300:
                return None
            time.sleep(0.05)
    finally:
        process.terminate()
        process.wait()


def section(options, table, quantity):
    missing = [package for package in PACKAGES if subprocess.run(["dpkg", "-s", package], capture_output=True).returncode != 0]
    if missing:
        say(f"installing {', '.join(missing)}")
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"})
    folder = pathlib.Path(tempfile.mkdtemp(prefix="shuwei-peers-"))
    try:
        player = options.build / "bin" / "traffic_player"
        source, one = folder / "sshd.log", folder / "one.log"
        with source.open("wb") as file:
            subprocess.run([player, "--print", str(LINES), "--no-stories", "--device", "app-01"], stdout=file, check=True)
        with source.open("rb") as file:
            one.write_bytes(file.readline())
        log = (folder / "peers.log").open("wb")
        rows = []
        for name, command in (("shuwei parse --pack", shuwei(options, folder)), ("rsyslog mmnormalize", rsyslog(folder)),
                              ("syslog-ng patterndb", syslog_ng(folder))):
            took = []
            for _ in range(options.runs):
                empty = command(one, 1, log)
                full = command(source, LINES, log)
                if full is None or empty is None:
                    took = []
                    break
                took.append(max(0.001, full - empty))
            rate = quantity(LINES / statistics.median(took), "lines/s") if took else "did not run here"
            say(f"{name}: {rate}")
            rows.append((name, rate))
        return ["## Against others: one known format",
                f"{LINES:,} sshd lines from a file, fields taken out, JSON to a file; whole process less starting up. The output differs: "
                "Shuwei's has all ECS fields and the raw line, the others' what their patterns name.",
                table(["program", "lines a second"], rows)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shuwei(options, folder):
    def measure(source, lines, log):
        output = folder / "shuwei.json"
        with output.open("wb") as file:
            began = time.monotonic()
            done = subprocess.run([options.build / "bin" / "shuwei", "parse", "--pack", "linux-sshd", source], stdout=file, stderr=log)
            took = time.monotonic() - began
        return took if done.returncode == 0 and lines_in(output) == lines else None
    return measure


def rsyslog(folder):
    def measure(source, lines, log):
        state = pathlib.Path(tempfile.mkdtemp(dir=folder))
        output, config, rulebase = state / "out.json", state / "rsyslog.conf", state / "sshd.rb"
        rulebase.write_text(LOGNORM)
        config.write_text(RSYSLOG.format(folder=state, input=source, output=output, rulebase=rulebase).replace(
            'useRawMsg="off" variable="$.text"', 'variable="$.text"').replace(
            'ruleset(name="work") {', 'ruleset(name="work") {\n  set $.text = re_extract($msg, "sshd\\\\[[0-9]+\\\\]: (.*)", 0, 1, "");'))
        return until_written(["rsyslogd", "-n", "-f", config, "-i", state / "pid"], output, lines, log)
    return measure


def syslog_ng(folder):
    version = subprocess.run(["syslog-ng", "--version"], capture_output=True, text=True).stdout
    number = ".".join((version.split("Config version:")[-1].split() or ["3.38"])[0].split(".")[:2])

    def measure(source, lines, log):
        state = pathlib.Path(tempfile.mkdtemp(dir=folder))
        output, config, patterns = state / "out.json", state / "syslog-ng.conf", state / "sshd.xml"
        patterns.write_text(PATTERNDB)
        config.write_text(SYSLOG_NG.format(version=number, input=source, output=output, patterndb=patterns))
        return until_written(["syslog-ng", "-F", "-f", config, "-R", state / "persist", "-c", state / "control", "-p", state / "pid"],
                             output, lines, log)
    return measure

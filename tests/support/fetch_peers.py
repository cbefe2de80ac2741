#!/usr/bin/env python3
"""Unpacks the peers of packaging/peer-packages.txt, with the libraries they need and the machine lacks, into a folder.

    tests/support/fetch_peers.py build/peers

Nothing is installed and no server is started: `./dev test` calls it. Programs are found and run by `peer()` and
`peer_environment()` of shuwei_test.py. Done again only when the list has changed. Without a package source it says so and
exits 0: the tests that need a peer then skip aloud.
"""
import hashlib
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def needed(group):
    """The group's packages and those of their dependencies that are not installed."""
    plan = subprocess.run(["apt-get", "install", "--simulate", "--no-install-recommends", *group], capture_output=True, text=True)
    missing = [line.split()[1] for line in plan.stdout.splitlines() if line.startswith("Inst ")]
    return sorted(set(group) | set(missing)) if plan.returncode == 0 else []


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    text = (ROOT / "packaging/peer-packages.txt").read_text()
    stamp = folder / ".unpacked"
    digest = hashlib.sha256(text.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    groups = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    complete = True
    with tempfile.TemporaryDirectory(prefix="peers-") as downloads:
        for group in groups:
            packages = needed(group)
            # As many archives as are to be had: one unknown package does not take its group with it.
            got = packages and subprocess.run(["apt-get", "download", "-q", "-o", "APT::Sandbox::User=root", *packages],
                                              cwd=downloads, capture_output=True, text=True)
            if not got or got.returncode != 0:
                print(f"peers: {' '.join(group)} cannot be fetched: their tests will skip", file=sys.stderr)
                complete = False
        for archive in sorted(pathlib.Path(downloads).glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", str(archive), str(folder)], check=True)
    if complete:
        stamp.write_text(digest)


if __name__ == "__main__":
    main()

"""What the shared Windows recordings (JSON lines of real attacks) cost at rest, pushed over HTTP into `shuwei serve`."""
import sys
import zipfile

import shuwei_test as test
from end_to_end import Bench, settled_bytes

CHUNK = 2000  # lines of a request


def lines():
    """One recorded event each."""
    for archive in sorted((test.shared_data() / "windows-events").glob("*.zip")):
        with zipfile.ZipFile(archive) as files:
            for name in files.namelist():
                if not name.startswith("__MACOSX") and name.endswith(".json"):
                    with files.open(name) as file:
                        yield from (line.rstrip(b"\r\n").decode() for line in file if line.strip())


def section(options, table, quantity):
    if not test.shared_data():
        return ["## Bytes at rest, Windows recordings", "Not measured: shared data not present."]
    print("-- Windows recordings at rest", file=sys.stderr, flush=True)
    recorded = list(lines())
    size = sum(len(line.encode()) for line in recorded)
    bench = Bench(options.build).start()
    try:
        for begin in range(0, len(recorded), CHUNK):
            bench.server.ingest(recorded[begin:begin + CHUNK])
        bench.server.settle()
        stored = bench.server.metrics()["shuwei_stored_total"]
        if stored != len(recorded):
            return ["## Bytes at rest, Windows recordings", f"{stored:.0f} of {len(recorded)} lines were stored."]
        at_rest = settled_bytes(bench)
    finally:
        bench.close()
    return ["## Bytes at rest, Windows recordings",
            "The shared recordings pushed once over HTTP; all rules; merged; indexes and findings included.",
            table(["events", "received", "at rest", "share"],
                  [(f"{len(recorded):,}", quantity(size, "B"), quantity(at_rest, "B"), f"{at_rest / size:.3f}")])]

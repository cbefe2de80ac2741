"""A source that sends garbage at full speed beside good ones: every good line is stored once, and what the counters say of the
garbage is what its sender has sent.

SHUWEI_FAULT_ROUNDS (1 by default) says how many times 24 MB of garbage.
"""
import os
import pathlib
import random
import socket
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import load as books  # noqa: E402
import shuwei_test as test  # noqa: E402

ROUNDS = int(os.environ.get("SHUWEI_FAULT_ROUNDS", "1"))
BLOCKS = 24 * ROUNDS  # of a MB each, by TCP
DATAGRAMS = 5000 * ROUNDS

def garbage_line(dice):
    """Bytes of all kinds that are one frame: no line end within, and no count in front."""
    line = bytes(b for b in dice.randbytes(dice.randrange(20, 600)) if b not in b"\0\r\n")
    return b"\xff" + line + b"\xfe"


class GarbageTest(test.TestCase):
    def test_garbage_at_full_speed_beside_good_sources(self):
        dice = random.Random(7)
        lines = [garbage_line(dice) for _ in range(3300)]
        block = b"".join(line + b"\n" for line in lines)
        payload = sum(map(len, lines))
        with test.Server() as server:
            for name, kind in (("noisy", "syslog"), ("broken", "relp")):
                server.api("POST", "/inputs", {"name": name, "kind": kind, "settings": {"address": "127.0.0.1:0"}}, query={"tenant": "default"})

            def ports():
                running = [item for item in server.api("GET", "/inputs")["items"] if item["name"] in ("noisy", "broken") and item.get("address")]
                return {item["name"]: int(item["address"].rpartition(":")[2]) for item in running} if len(running) == 2 else None
            addresses = test.wait_for("the inputs to run", ports)
            load = books.Load(server, "r0")
            broken = []

            def flood():
                with socket.create_connection(("127.0.0.1", addresses["noisy"]), timeout=120) as connection:
                    for _ in range(BLOCKS):
                        connection.sendall(block)

            def flood_datagrams():
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                    for number in range(DATAGRAMS):
                        sender.sendto(lines[number % len(lines)], ("127.0.0.1", addresses["noisy"]))

            def flood_relp():
                for number in range(50):
                    try:
                        with socket.create_connection(("127.0.0.1", addresses["broken"]), timeout=120) as connection:
                            connection.sendall(block[number * 1000:(number + 200) * 1000])
                            connection.recv(1)
                    except OSError:
                        pass
                    broken.append(number)
            threads = [threading.Thread(target=target) for target in (flood, flood_datagrams, flood_relp)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            load.stop()
            server.settle()

            counted = server.metrics()
            count = lambda name, **labels: int(counted.get(f"shuwei_{name}" + "{" + ",".join(f'{k}="{v}"' for k, v in labels.items()) + "}", 0))  # noqa: E731
            self.assertEqual(BLOCKS * len(lines), count("received_total", listener="noisy-tcp"))
            self.assertEqual(BLOCKS * payload, count("received_bytes_total", listener="noisy-tcp"))
            self.assertEqual(BLOCKS * len(lines), count("spooled_total", listener="noisy-tcp"))
            dropped = sum(count("dropped_total", listener="noisy-udp", reason=reason) for reason in ("kernel", "fair_share", "spool_full"))
            self.assertEqual(DATAGRAMS, count("received_total", listener="noisy-udp") + dropped)
            self.assertEqual(0, count("received_total", listener="broken-relp"))
            self.assertEqual(len(broken), count("framing_errors_total", listener="broken-relp"))
            good, _ = books.stored_lines(server)
            self.assertEqual(sum(load.sent.values()) + len(load.acknowledged), sum(good["r0"].values()), "every good line, each once")
            books.check_books(self, load, good["r0"])
            received = sum(value for name, value in counted.items() if name.startswith("shuwei_received_total{"))
            self.assertEqual(received, counted["shuwei_stored_total"])
            print(f"{BLOCKS * len(lines)} lines of garbage, {dropped} datagrams dropped, {sum(good['r0'].values())} good lines", flush=True)


if __name__ == "__main__":
    test.main()

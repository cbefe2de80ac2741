"""Small Windows event log files (EVTX), written byte by byte."""
import struct
import zlib


def utf16(text):
    return text.encode("utf-16-le")


class Records:
    """The records of one chunk; offsets inside are those of the chunk."""

    def __init__(self):
        self.bytes = bytearray()
        self.names = {}
        self.definition = None

    def at(self):
        return 512 + len(self.bytes)

    def put(self, layout, *values):
        self.bytes += struct.pack("<" + layout, *values)

    def name(self, text):
        known = text in self.names
        self.put("I", self.names.setdefault(text, self.at() + 4))
        if not known:
            self.put("IHH", 0, 0, len(text))
            self.bytes += utf16(text) + b"\0\0"

    def text(self, text):
        self.put("BBH", 0x05, 0x01, len(text))
        self.bytes += utf16(text)

    def open(self, element, attribute=None, value=None):
        self.put("BHI", 0x41 if attribute else 0x01, 0xFFFF, 0)
        self.name(element)
        if attribute:
            self.put("IB", 0, 0x06)
            self.name(attribute)
            self.text(value)

    def define(self):
        """A process creation of Sysmon with three values: EventID, Image, CommandLine."""
        self.open("Event")
        self.put("B", 2)
        self.open("System")
        self.put("B", 2)
        self.open("Provider", "Name", "Microsoft-Windows-Sysmon")
        self.put("B", 3)
        self.open("EventID")
        self.put("BBHBB", 2, 0x0D, 0, 6, 4)
        self.open("Channel")
        self.put("B", 2)
        self.text("Microsoft-Windows-Sysmon/Operational")
        self.put("BB", 4, 4)
        self.open("EventData")
        self.put("B", 2)
        for index, field in ((1, "Image"), (2, "CommandLine")):
            self.open("Data", "Name", field)
            self.put("BBHBB", 2, 0x0D, index, 1, 4)
        self.put("BBB", 4, 4, 0)

    def add(self, number, command, damaged=False):
        begin = len(self.bytes)
        self.put("IIQQ4sBBI", 0x2A2A, 0, number, 133_000_000_000_000_000, b"\x33" * 4 if damaged else b"\x0f\x01\x01\x00", 0x0C, 1, 0)
        if self.definition is None:
            self.definition = self.at() + 4
            self.put("II16sI", self.definition, 0, b"", 0)
            start = len(self.bytes)
            self.define()
            struct.pack_into("<I", self.bytes, start - 4, len(self.bytes) - start)
        else:
            self.put("I", self.definition)
        values = [(6, struct.pack("<H", 1)), (1, utf16(command.split()[0])), (1, utf16(command))]
        self.put("I", len(values))
        for kind, value in values:
            self.put("HBB", len(value), kind, 0)
        self.bytes += b"".join(value for _, value in values) + b"\0"
        size = len(self.bytes) - begin + 4
        self.put("I", size)
        struct.pack_into("<I", self.bytes, begin + 4, size)


def sysmon_log(commands, damaged=()):
    """A file with a process creation for each command line; those whose numbers (from 1) are in `damaged` are broken."""
    records = Records()
    for number, command in enumerate(commands, 1):
        records.add(number, command, number in damaged)
    chunk = bytearray(struct.pack("<8sQQQQIIII", b"ElfChnk\0", 1, len(commands), 1, len(commands), 128, 512, records.at(),
                                  zlib.crc32(records.bytes)).ljust(512, b"\0"))
    struct.pack_into("<I", chunk, 124, zlib.crc32(chunk[128:], zlib.crc32(chunk[:120])))
    header = struct.pack("<8sQQQIHHHH", b"ElfFile\0", 0, 0, len(commands) + 1, 128, 1, 3, 4096, 1).ljust(120, b"\0")
    header += struct.pack("<II", 0, zlib.crc32(header))
    return header.ljust(4096, b"\0") + bytes(chunk + records.bytes).ljust(65536, b"\0")

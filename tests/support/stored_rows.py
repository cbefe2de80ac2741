"""SQL on the stored rows of a server that does not run, as somebody with the disk in hand could: for tests that tamper.

    python3 stored_rows.py LIBCHDB DATA_FOLDER STATEMENT…
"""
import ctypes
import pathlib
import subprocess
import sys


def change(data, *statements):
    library = pathlib.Path(__file__).resolve().parents[2] / "build/chdb/libchdb.so"
    done = subprocess.run([sys.executable, __file__, str(library), str(data), *statements], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


def main(library_path, data, *statements):
    library = ctypes.CDLL(library_path)
    library.chdb_connect.restype = ctypes.POINTER(ctypes.c_void_p)
    library.chdb_query_n.restype = ctypes.c_void_p
    library.chdb_query_n.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    for name in ("buffer", "error"):
        function = getattr(library, f"chdb_result_{name}")
        function.restype = ctypes.c_char_p
        function.argtypes = [ctypes.c_void_p]
    library.chdb_set_signal_handlers_enabled(0)
    arguments = [b"clickhouse", f"--path={data}/events/clickhouse".encode(), f"--config-file={data}/events/worker.xml".encode()]
    connection = library.chdb_connect(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
    for statement in statements:
        sql = statement.encode()
        result = library.chdb_query_n(connection[0], sql, len(sql), b"TSV", 3)
        error = library.chdb_result_error(result)
        if error:
            sys.exit(f"{statement}: {error.decode(errors='replace')}")
        print((library.chdb_result_buffer(result) or b"").decode(errors="replace"), end="")
    library.chdb_close_conn(connection)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Megabytes into a row of SQLite and out of it: a statement would hold them two or three times on their way."""

import sqlite3


def read_blob(connection: sqlite3.Connection, table: str, column: str, row: int) -> bytes:
    """What the row with this id holds in *column*; empty where that is no run of bytes. Raises sqlite3.Error."""
    try:
        blob = connection.blobopen(table, column, row, readonly=True)
    except sqlite3.OperationalError:
        return b""
    with blob:
        return blob.read()


def write_blob(connection: sqlite3.Connection, table: str, column: str, row: int, data: bytes) -> None:
    """Put *data* where the row has as many bytes (``zeroblob``) in *column*. Raises sqlite3.Error."""
    with connection.blobopen(table, column, row) as blob:
        blob.write(data)

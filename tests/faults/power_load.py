"""Writes to a store from several threads and notes each acknowledgement: `power_load.py FOLDER COMMITS`.

Started by the test with power_log.c preloaded; the note of an acknowledgement goes into the same log.
"""

import os
import secrets
import struct
import sys
import threading
from pathlib import Path

from appliance.domain.credential import AuditEntry
from appliance.store.outbox import Event, enqueue
from appliance.store.store import Store

folder, commits = Path(sys.argv[1]), int(sys.argv[2])
note = os.open(os.environ["POWER_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def acknowledged(mark: str) -> None:
    os.write(note, b"a" + struct.pack("<Hqq", 0, 0, len(mark)) + mark.encode())


def work(store: Store, count: int) -> None:
    for number in range(count):
        mark = secrets.token_hex(8)
        fill = {"fill": "x" * (number % 900)}
        entry = AuditEntry("load", "load", "masking.apply", object=mark, details=fill)
        expires = store.vault.now() + 86_400
        put, identity = store.vault.put("load", {"": b"{}", "pan": mark.encode()}, "test", expires=expires)

        def effect(transaction, mark=mark, put=put):
            put(transaction)
            enqueue(
                transaction, Event("recspace", "load", mark, "test", "http://127.0.0.1:9/", mark.encode())
            )

        store.database.commit_blocking(entry, effect)
        acknowledged(mark)
        if number % 5 == 4:  # empties the write-ahead log
            entry = AuditEntry("load", "load", "masking.erase", object=identity)
            store.database.commit_blocking(entry, store.vault.erase("load", identity))
            acknowledged(identity)


store = Store.open(folder, floor_bytes=0, ballast_bytes=4096, serving=False)
acknowledged("open")
threads = [threading.Thread(target=work, args=(store, commits // 4)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
store.close()

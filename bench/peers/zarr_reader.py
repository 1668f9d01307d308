"""zarr-python on one of our archives; prints what it took as JSON, Python's start not counted.

python zarr_reader.py segments DOCS ARCHIVE RECORDING    ([[start, end], ...] on standard input; decoded by DOCS/reader.py)
python zarr_reader.py pages ARCHIVE RECORDING            (walks the pages of the blob, an access each)
"""
import json
import sys
import time

import zarr

LONGEST_PAGE = 27 + 255 + 255 * 255


def segments(docs, archive, recording):
    sys.path.insert(0, docs)
    from reader import read_segment

    wanted = json.load(sys.stdin)
    started = time.perf_counter()
    samples = sum(read_segment(archive, recording, start, end).shape[1] for start, end in wanted)
    return {"samples": samples, "seconds": time.perf_counter() - started}


def pages(archive, recording):
    started = time.perf_counter()
    blob = zarr.open_group(archive, mode="r")[recording]["audio_data_blob_array"]
    rows, at = [], 0
    while at < blob.shape[0]:
        page = blob[at : at + LONGEST_PAGE].tobytes()
        size = 27 + page[26] + sum(page[27 : 27 + page[26]])
        rows.append((at, size, int.from_bytes(page[6:14], "little", signed=True)))
        at += size
    return {"pages": len(rows), "seconds": time.perf_counter() - started}


print(json.dumps({"segments": segments, "pages": pages}[sys.argv[1]](*sys.argv[2:])))

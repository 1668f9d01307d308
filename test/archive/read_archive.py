"""Reads an archive with zarr-python alone and prints, as JSON, what stands in it.

read_archive.py STORE: each recording's attributes, arrays, and the facts of its index that can be checked
against the bytes of its blob.
"""

import hashlib
import json
import struct
import sys

import numpy as np
import zarr


def header(blob, offset):
    """Granule position and size of the Ogg page at `offset` (RFC 3533, section 6)."""
    granule = struct.unpack_from("<q", blob, offset + 6)[0]
    segments = blob[offset + 26]
    return granule, 27 + segments + sum(blob[offset + 27 : offset + 27 + segments])


def recording(group):
    blob_array = group["audio_data_blob_array"]
    blob = blob_array[:].tobytes()
    index = group["opus_index"][:]
    offsets, sizes, positions = (index[:, column] for column in range(3))
    pages = [header(blob, int(offset)) for offset in offsets]
    return {
        "attributes": dict(group.attrs)["opus_zarr"],
        "blobAttributes": dict(blob_array.attrs),
        "arrays": {
            name: {"dtype": str(array.dtype), "shape": list(array.shape), "chunks": list(array.chunks)}
            for name, array in group.arrays()
        },
        "sha256": hashlib.sha256(blob).hexdigest(),
        "bytes": len(blob),
        "offsetsRise": bool(np.all(np.diff(offsets.astype(np.int64)) > 0)),
        "capturePatterns": sum(blob[int(offset) : int(offset) + 4] == b"OggS" for offset in offsets),
        "sizesOfPages": [size for _, size in pages] == sizes.tolist(),
        "sumOfSizes": int(sizes.sum()),
        "positions": positions.tolist(),
        "granules": [granule for granule, _ in pages],
        "runs": group["opus_runs"][:].tolist(),
        # One byte range, across a chunk's edge where there are several chunks.
        "middle": hashlib.sha256(blob_array[len(blob) // 3 : 2 * len(blob) // 3].tobytes()).hexdigest(),
    }


root = zarr.open_group(sys.argv[1], mode="r")
json.dump(
    {
        "zarr": zarr.__version__,
        "attributes": dict(root.attrs),
        "recordings": {name: recording(group) for name, group in sorted(root.groups())},
    },
    sys.stdout,
)

"""Reads a segment of an opus-zarr archive with zarr-python and libopus, by docs/format.md alone.

python reader.py ARCHIVE RECORDING START_SAMPLE END_SAMPLE OUT.npy    (float32, [channels, samples])
"""
import ctypes
import ctypes.util
import sys

import numpy as np
import zarr

SECOND, TENTH, LONGEST_PACKET = 48_000, 4_800, 5_760


def settled(unsettled, pos):
    """Decoded position from which on all has to be exact to be so at `pos`."""
    row = np.searchsorted(unsettled[:, 1], pos - TENTH, "right")
    return min(pos, unsettled[row, 0]) if row < len(unsettled) else pos


def first_needed(runs, unsettled, link_start, pos):
    """Decoded position from which packets are needed so that everything from `pos` on is exact."""
    start = settled(unsettled, pos) - SECOND - LONGEST_PACKET
    row = max(0, np.searchsorted(runs[:, 0], max(start, 0), "right") - 1)
    while row < len(runs) and runs[row, 0] <= pos and runs[row, 1] == 0:  # 0: CELT-only
        row += 1
    if row < len(runs) and runs[row, 0] <= pos:  # SILK or hybrid: from before its run began
        while row > 0 and runs[row - 1, 1] != 0 and runs[row, 0] > link_start:
            row -= 1
        start = min(start, settled(unsettled, runs[row, 0] - 1) - SECOND - LONGEST_PACKET)
    return max(start, link_start)


def duration(packet):
    """Samples at 48 kHz of a packet, from its first bytes (RFC 6716, 3.1 and 3.2.5)."""
    config, code = packet[0] >> 3, packet[0] & 3
    sizes = [480, 960, 1920, 2880] if config < 12 else [480, 960] if config < 16 else [120, 240, 480, 960]
    return sizes[config % len(sizes)] * (1 if code == 0 else 2 if code < 3 else packet[1] & 63)


def packets(blob, index, serial, first, end):
    """(position, packet) of the pages from `first` on, until a page begins at `end` or later."""
    while blob[index[first, 0] + 5] & 1:  # the page continues a packet: begin where that began
        first -= 1
    unfinished, expected = b"", None
    for offset, size, pos in index[first:]:
        if pos >= end:
            return
        page = blob[offset : offset + size].tobytes()
        if page[14:18] != serial.to_bytes(4, "little"):
            continue
        sequence = int.from_bytes(page[18:22], "little")
        if sequence != expected or not page[5] & 1:  # never joined across a lost page
            unfinished = b""
        orphan, expected, at = page[5] & 1 and not unfinished, sequence + 1, 27 + page[26]
        for lacing in page[27 : 27 + page[26]]:
            unfinished, at = unfinished + page[at : at + lacing], at + lacing
            if lacing < 255:
                if unfinished and not orphan and unfinished[:8] not in (b"OpusHead", b"OpusTags"):
                    yield pos, unfinished
                    pos += duration(unfinished)
                unfinished, orphan = b"", False


def read_segment(archive, recording, start, end):
    """Playable samples [start, end) as float32 [channels, samples]; lost data is silence."""
    group = zarr.open_group(archive, mode="r")[recording]
    about, blob = group.attrs["opus_zarr"], group["audio_data_blob_array"]
    index, runs, unsettled = (
        group[name][:].astype(np.int64) for name in ("opus_index", "opus_runs", "opus_unsettled"))
    before = 0
    for link in about["links"]:
        if start < before + link["total_samples"]:
            break
        before += link["total_samples"]
    link_start = int(index[link["first_page"], 2])
    shift = link_start + link["pre_skip"] - before  # from playable to decoded samples
    exact = not about["concealed"] and not about["holes"]
    needed = first_needed(runs, unsettled, link_start, start + shift) if exact else link_start
    first = max(np.searchsorted(index[:, 2], needed, "right") - 1, link["first_audio_page"])
    opus, channels, mapping = ctypes.CDLL(ctypes.util.find_library("opus")), about["channels"], about["mapping"]
    opus.opus_multistream_decoder_create.restype = ctypes.c_void_p
    decoder = ctypes.c_void_p(opus.opus_multistream_decoder_create(
        48_000, channels, mapping["streams"], mapping["coupled"], bytes(mapping["table"]), None))
    out, frame = np.zeros((end - start, channels), np.float32), np.zeros((LONGEST_PACKET, channels), np.float32)
    for pos, packet in packets(blob, index, link["serial"], first, end + shift):
        target = frame.ctypes.data_as(ctypes.c_void_p)
        got = opus.opus_multistream_decode_float(decoder, packet, len(packet), target, LONGEST_PACKET, 0)
        at = pos - shift - start
        low, high = max(at, 0), min(at + got, end - start)
        if low < high:
            out[low:high] = frame[low - at : high - at]
    return out.T * np.float32(10 ** (about["output_gain_db"] / 20))


if __name__ == "__main__":
    archive, recording, start, end, file = sys.argv[1:]
    np.save(file, read_segment(archive, recording, int(start), int(end)))

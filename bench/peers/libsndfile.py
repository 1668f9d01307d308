"""libsndfile, as python-soundfile opens it, as a peer: one handle, a seek and a read a segment.

    libsndfile.py IN.opus SEGMENTS.txt

SEGMENTS.txt: a line each, "start end", in samples, half-open. Prints one line of JSON; the opening is not timed.
"""

import json
import sys
import time

import soundfile

with open(sys.argv[2]) as lines:
    segments = [tuple(map(int, line.split())) for line in lines]
with soundfile.SoundFile(sys.argv[1]) as sound:
    started = time.perf_counter()
    samples = 0
    for start, end in segments:
        sound.seek(start)
        samples += len(sound.read(end - start, dtype="float32"))
    print(json.dumps({"segments": len(segments), "samples": samples, "seconds": time.perf_counter() - started}))

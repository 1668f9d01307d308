"""What Python's libraries read from dataset folders: python read_dataset.py WAV NPY PARQUET MEL CACHE"""

import csv
import io
import json
import os
import sys
import warnings
from collections import Counter
from pathlib import Path

wav, npy, parquet, mel, cache = map(Path, sys.argv[1:])
os.environ["HF_HOME"] = str(cache)
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_DISABLE_PROGRESS_BARS"] = "1"

import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import soundfile as sf  # noqa: E402

with warnings.catch_warnings():
    # Libraries that it pulls in warn about each other.
    warnings.simplefilter("ignore")
    import datasets


def metadata(folder):
    with open(folder / "metadata.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def read_wavs():
    rows = metadata(wav)
    infos = [sf.info(wav / row["file_name"]) for row in rows]
    first, rate = sf.read(wav / rows[0]["file_name"], dtype="int16")
    return {
        "rows": len(rows),
        "formats": sorted({f"{i.samplerate} {i.channels} {i.subtype} {i.frames}" for i in infos}),
        "first": first[:100].tolist(),
        "rate": rate,
    }


def read_audiofolder():
    loaded = datasets.load_dataset("audiofolder", data_dir=str(wav))
    splits = {}
    for name, split in loaded.items():
        decoded = split[0]["audio"]
        split = split.cast_column("audio", datasets.Audio(decode=False))
        names = {Path(row["audio"]["path"]).name: row["label"] for row in split}
        splits[name] = {"rows": split.num_rows, "labels": dict(Counter(split["label"])), "names": names, "seconds": len(decoded["array"]) / decoded["sampling_rate"]}
    return splits


def read_npy():
    rows = metadata(npy)
    shards = {name: np.load(npy / name, mmap_mode="r") for name in {row["file_name"] for row in rows}}
    return {
        "rows": sum(shard.shape[0] for shard in shards.values()),
        "shapes": sorted({str(shard.shape[1:]) for shard in shards.values()}),
        "dtypes": sorted({str(shard.dtype) for shard in shards.values()}),
        "sums": [float(np.abs(shards[row["file_name"]][int(row["row"])]).sum(dtype="float64")) for row in rows],
    }


def read_parquet():
    table = pq.ParquetDataset([str(file) for file in sorted(parquet.rglob("*.parquet"))]).read()
    rows = table.to_pylist()
    decoded = [sf.read(io.BytesIO(row["audio"]["bytes"]), dtype="int16") for row in rows]
    loaded = datasets.load_dataset("parquet", data_dir=str(parquet))
    return {
        "types": {field.name: str(field.type) for field in table.schema},
        "rows": len(rows),
        "labels": [row["labels"] for row in rows],
        "starts": [row["start_sample"] for row in rows],
        "frames": sorted({len(samples) for samples, _ in decoded}),
        "first": decoded[0][0][:100].tolist(),
        "features": {name: type(value).__name__ for name, value in next(iter(loaded.values())).features.items()},
        "splits": {name: split.num_rows for name, split in loaded.items()},
    }


def read_mel():
    file = sorted(mel.rglob("*.parquet"))[0]
    shape = json.loads(pq.ParquetFile(file).metadata.metadata[b"opus_zarr"])["shape"]
    values = np.stack(pq.read_table(file)["mel"].to_numpy()).reshape(-1, *shape)
    return {"shape": list(values.shape), "dtype": str(values.dtype), "mean": float(values[0].mean(dtype="float64"))}


print(
    json.dumps(
        {
            "wav": read_wavs(),
            "audiofolder": read_audiofolder(),
            "npy": read_npy(),
            "parquet": read_parquet(),
            "mel": read_mel(),
        }
    )
)

"""Spectrograms by scipy and librosa: float32 samples on stdin, float32 values on stdout.

Usage: reference.py JOBS; JOBS is a JSON list of {kind, samples, rate, fft, hop, mels?, low?, high?, scale?, norm?},
whose samples follow each other on stdin, as their values do on stdout. Kinds: spectrum, density, stft, mel.
"""

import json
import sys

import numpy as np


def by_scipy(samples, job):
    from scipy.signal import spectrogram

    _, _, values = spectrogram(
        samples, fs=job["rate"], window="hann", nperseg=job["fft"], noverlap=job["fft"] - job["hop"],
        detrend=False, scaling=job["kind"], mode="psd",
    )
    return values


def by_librosa(samples, job):
    import librosa

    stft = librosa.stft(samples, n_fft=job["fft"], hop_length=job["hop"], dtype=np.complex128)
    if job["kind"] == "stft":
        return np.abs(stft) ** 2
    bank = librosa.filters.mel(
        sr=job["rate"], n_fft=job["fft"], n_mels=job["mels"], fmin=job["low"], fmax=job["high"],
        htk=job["scale"] == "htk", norm="slaney" if job["norm"] == "slaney" else None, dtype=np.float64,
    )
    return bank @ np.abs(stft) ** 2


signal = np.frombuffer(sys.stdin.buffer.read(), dtype="<f4").astype(np.float64)
for job in json.loads(sys.argv[1]):
    samples, signal = signal[: job["samples"]], signal[job["samples"] :]
    values = by_librosa(samples, job) if job["kind"] in ("stft", "mel") else by_scipy(samples, job)
    sys.stdout.buffer.write(np.ascontiguousarray(values.T).astype("<f4").tobytes())

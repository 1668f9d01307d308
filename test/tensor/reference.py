"""Spectrograms by scipy and librosa, of float32 samples on stdin, as float32 on stdout.

Usage: reference.py KIND RATE FFT HOP [MELS LOW HIGH SCALE NORM]; KIND is scipy, density, stft or mel.
"""

import sys

import numpy as np

kind, rate, fft, hop = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
samples = np.frombuffer(sys.stdin.buffer.read(), dtype="<f4").astype(np.float64)
if kind in ("scipy", "density"):
    from scipy.signal import spectrogram

    _, _, values = spectrogram(
        samples, fs=rate, window="hann", nperseg=fft, noverlap=fft - hop, detrend=False,
        scaling="spectrum" if kind == "scipy" else "density", mode="psd",
    )
else:
    import librosa

    values = np.abs(librosa.stft(samples, n_fft=fft, hop_length=hop, dtype=np.complex128)) ** 2
    if kind == "mel":
        mels, low, high, scale, norm = sys.argv[5:]
        bank = librosa.filters.mel(
            sr=rate, n_fft=fft, n_mels=int(mels), fmin=float(low), fmax=float(high),
            htk=scale == "htk", norm="slaney" if norm == "slaney" else None, dtype=np.float64,
        )
        values = bank @ values
sys.stdout.buffer.write(np.ascontiguousarray(values.T).astype("<f4").tobytes())

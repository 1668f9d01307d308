"""Features as scikit-maad computes them, a JSON line a file of float32: python maad_reference.py RATE FILE..."""
import json
import sys

import numpy
from maad import features, sound

rate = int(sys.argv[1])


def decibels(power):
    return 10 * numpy.log10(power)


def spectrum(samples, mode):
    values, _, frequencies, _ = sound.spectrogram(
        samples - samples.mean(), rate, window="hann", nperseg=1024, noverlap=512, mode=mode, detrend=False
    )
    return values[1:], frequencies[1:]  # the bin at 0 Hz is left out


def reference(samples):
    amplitude, _ = spectrum(samples, "amplitude")
    power, frequencies = spectrum(samples, "psd")
    mean = power.mean(axis=1)
    centroid = numpy.average(frequencies, weights=mean)
    _, _, complexity = features.acoustic_complexity_index(amplitude)
    # Bins of 1 kHz from 1 kHz on; the upper limit names the last bin taken: 1 to 2 kHz and 2 to 8 kHz.
    ndsi, _, _, _ = features.soundscape_index(
        numpy.r_[0.0, mean],
        numpy.r_[0.0, frequencies],
        flim_bioPh=(2000, 7000),
        flim_antroPh=(1000, 1000),
        R_compatible="seewave",
    )
    band = (frequencies >= 2000) & (frequencies < 4000)
    return {
        "aci": float(complexity),
        "ndsi": float(ndsi),
        "centroid_hz": float(centroid),
        "bandwidth_hz": float(numpy.sqrt(numpy.average((frequencies - centroid) ** 2, weights=mean))),
        "zero_crossings_per_s": float(features.zero_crossing_rate(samples, rate)),
        "rms_dbfs": float(decibels(numpy.mean(samples**2))),
        "band_2000_4000_dbfs": float(decibels(mean[band].sum())),
    }


for path in sys.argv[2:]:
    print(json.dumps(reference(numpy.fromfile(path, dtype="<f4").astype(float))))

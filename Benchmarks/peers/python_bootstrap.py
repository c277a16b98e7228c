#!/usr/bin/env python3
# This file is part of the swift-mixed-models project.
# SPDX-License-Identifier: Apache-2.0
"""python_bootstrap.py FORMULA FILE REPLICATES

Milliseconds of processor time of mixedlm per replicate of a parametric bootstrap, from an ML fit:
simulate and refit by themselves, and its bootMer.
"""

import importlib.metadata
import sys
import time
import warnings

import mixedlm
import pandas as pd

warnings.filterwarnings("ignore")


def milliseconds(replicates, body):
    start = time.process_time()
    body()
    return 1000 * (time.process_time() - start) / replicates


def main():
    formula, path, replicates = sys.argv[1], sys.argv[2], int(sys.argv[3])
    fit = mixedlm.lmer(formula, pd.read_csv(path), REML=False)

    def loop():
        for seed in range(replicates):
            fit.refit(fit.simulate(seed=seed))

    times = {
        "simulate and refit": milliseconds(replicates, loop),
        "bootMer": milliseconds(
            replicates, lambda: mixedlm.bootMer(fit, nsim=replicates, seed=1)),
    }
    version = importlib.metadata.version("mixedlm")
    for name, value in times.items():
        print(f"mixedlm {version}, {name}: {value:.4g} ms per replicate")


if __name__ == "__main__":
    main()

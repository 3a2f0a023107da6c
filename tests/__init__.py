"""The tests, and what they and the benchmarks are made of."""

import os

# Before numpy is loaded: arrays are small here, and OpenBLAS's threads would wait for each other. On a busy machine a
# product of 4 x 480 by 480 x 30 takes thirty times as long with them as without.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

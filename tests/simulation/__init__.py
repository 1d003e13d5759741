"""The flow between simulated peers, in simulated time, with every chance drawn from one seed (faults.md, D and H).

`python -m tests.simulation --runs 1000` searches; `--seed N` replays one run and shows its trace.
"""

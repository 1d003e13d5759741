"""Prints what the last run of each benchmark has shown: met or missed."""

from pathlib import Path

import orjson

from benchmarks.targets import verdicts

LAST_RUN = Path(__file__).parent / "last_run.json"


def main() -> None:
    for verdict in verdicts(orjson.loads(LAST_RUN.read_bytes())):
        print(verdict.line())


if __name__ == "__main__":
    main()

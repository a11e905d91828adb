"""How fast recordings are listed and written, beside other clients: `make bench`.

`python -m benchmarks --help` tells the arguments. A run starts `replay_server` in a process of its own, measures each
client of `peers` in fresh processes (`client`), turn by turn (`rounds`), and writes `results.json`, `results.md`,
`results.png` and `results.svg` into this folder.
"""

"""versus_print.py FOLDER HOW: the report of versus.sh, from the JSON objects of its rounds in the
folder; also as result.json there. With --contenders: the numbers of the peers that may be the best.
"""
import datetime
import glob
import json
import os
import statistics
import sys

# Name, key, unit, so many of the key's are one.
QUANTITIES = [("step", "median_ms", "ms", 1), ("peak memory", "peak_bytes", "MiB", 2**20),
              ("start to first step", "ready_ms", "ms", 1),
              ("start to its end", "first_done_ms", "ms", 1)]

# Of ours, what a result keeps.
ABOUT = ["processor", "system", "version", "backend", "library", "network", "phase", "batch"]

CONTENDER = 1.25  # times the best in the first round: more than the machine drifts


def rounds_of(folder, name):
    paths = glob.glob(os.path.join(folder, name + ".[0-9]*"))
    return [json.load(open(path)) for path in sorted(paths, key=lambda p: int(p.split(".")[-1]))]


def median(rounds, key):
    return statistics.median(r[key] for r in rounds)


def label(rounds):
    return f"{rounds[0]['library']}, {rounds[0]['setting']}"


def compare(ours, peers, name, key, unit, divisor):
    """With the peer that is best at this."""
    best = min(peers, key=lambda peer: median(peer, key))
    ratios = [a[key] / b[key] for a, b in zip(ours, best)]
    return {"quantity": name, "unit": unit, "ours": median(ours, key) / divisor,
            "peer": median(best, key) / divisor, "best": label(best),
            "ratio": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios),
            "rounds": ratios}


def contenders(peers):
    """Those near the fastest, and the best at anything else."""
    best = {key: min(median(peer, key) for peer in peers) for _, key, *_ in QUANTITIES}
    return [i + 1 for i, peer in enumerate(peers)
            if median(peer, "median_ms") <= CONTENDER * best["median_ms"]
            or any(median(peer, key) == least for key, least in best.items())]


def print_all(ours, peers):
    width = max(len(label(peer)) for peer in peers) + 2
    print(f"{'':{width}}rounds" + "".join(f"{name:>22}" for name, *_ in QUANTITIES))
    for name, rounds in [("ours", ours)] + [(label(peer), peer) for peer in peers]:
        print(f"{name:{width}}{len(rounds):6}" + "".join(
            f"{median(rounds, key) / divisor:18.2f} {unit:3}"
            for _, key, unit, divisor in QUANTITIES))


def main():
    folder, how = sys.argv[1:]
    ours = rounds_of(folder, "ours")
    n_peers = len(open(os.path.join(folder, "peers")).readlines())
    peers = [rounds_of(folder, f"peer{i + 1}") for i in range(n_peers)]
    if how == "--contenders":
        print(*contenders(peers))
        return
    first = ours[0]
    print(f"\n{first['network']}, {first['phase']}, batch {first['batch']}, {how}; "
          f"ours: {first['backend']} ({first['library']})")
    print_all(ours, peers)
    print("\nours / the peer that is best at it")
    rows = [compare(ours, peers, *quantity) for quantity in QUANTITIES]
    for row in rows:
        print(f"{row['quantity']:20} {row['ours']:9.2f} / {row['peer']:9.2f} {row['unit']:3} = "
              f"{row['ratio']:.3f}  (rounds {row['lowest']:.3f} to {row['highest']:.3f})  "
              f"{row['best']}")
    with open(os.path.join(folder, "result.json"), "w") as file:
        now = datetime.datetime.now(datetime.timezone.utc)
        json.dump({"date": now.isoformat(timespec="seconds"), **{key: first[key] for key in ABOUT},
                   "how": how, "rows": rows,
                   "peers": {label(peer): median(peer, "median_ms") for peer in peers},
                   "notes": open(os.path.join(folder, "notes")).read().splitlines()}, file)


if __name__ == "__main__":
    main()

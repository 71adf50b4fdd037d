"""targets_print.py FILE: the table of targets.sh; a line of the file holds workload, quantity,
target and the JSON file of versus.sh, which is not there if that failed."""
import json
import os
import sys


def result_of(path):
    if not os.path.exists(path):
        return {"rows": [], "notes": []}
    with open(path) as file:
        return json.load(file)


def main():
    all_met, notes = True, []
    print("| workload | best peer | ours | peer | ratio (rounds) | target | |")
    print("|---|---|---|---|---|---|---|")
    for line in open(sys.argv[1]):
        workload, quantity, most, path = line.rstrip("\n").split("|")
        result = result_of(path)
        notes += [note for note in result["notes"] if note not in notes]
        row = next((row for row in result["rows"] if row["quantity"] == quantity), None)
        met = row is not None and row["ratio"] <= float(most)
        all_met = all_met and met
        if row is None:
            print(f"| {workload} | | | | | {most} | not measured |")
            continue
        print(f"| {workload} | {row['best']} | {row['ours']:.1f} {row['unit']} | "
              f"{row['peer']:.1f} {row['unit']} | {row['ratio']:.3f} "
              f"({row['lowest']:.3f} to {row['highest']:.3f}) | {most} | "
              f"{'met' if met else 'missed'} |")
    print("".join(f"\n{note}" for note in notes))
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()

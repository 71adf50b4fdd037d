"""targets_print.py FILE [RESULT]: the table of targets.sh; a line of the file holds workload,
quantity, target and the JSON file of versus.sh, which is not there if that failed: then FILE.log
says why. RESULT: a file for what was measured, with its workloads and targets, as JSON."""
import json
import os
import sys


def result_of(path):
    """One without rows if there is none."""
    if os.path.exists(path):
        with open(path) as file:
            return json.load(file)
    with open(path + ".log") as file:
        return {"rows": [], "notes": file.read().splitlines()[-1:]}


def print_row(row):
    print(f"| {row['workload']}: {row['quantity']} | {row['best']} | "
          f"{row['ours']:.1f} {row['unit']} | {row['peer']:.1f} {row['unit']} | {row['ratio']:.3f} "
          f"({row['lowest']:.3f} to {row['highest']:.3f}) | {row['target']} | "
          f"{'met' if row['ratio'] <= row['target'] else 'missed'} |")


def main():
    all_met, notes, results = True, [], {}
    print("| workload | best peer | ours | peer | ratio (rounds) | target | |")
    print("|---|---|---|---|---|---|---|")
    for line in open(sys.argv[1]):
        workload, quantity, most, path = line.rstrip("\n").split("|")
        result = results.setdefault(path, result_of(path))
        notes += [note for note in result["notes"] if note not in notes]
        row = next((row for row in result["rows"] if row["quantity"] == quantity), None)
        if row is None:
            print(f"| {workload}: {quantity} | | | | | {most} | not measured |")
            all_met = False
            continue
        row.update(workload=workload, target=float(most))
        print_row(row)
        all_met = all_met and row["ratio"] <= row["target"]
    print("".join(f"\n{note}" for note in notes))
    if sys.argv[2:]:
        with open(sys.argv[2], "w") as file:
            json.dump([result for result in results.values() if result["rows"]], file)
    sys.exit(0 if all_met else 1)


if __name__ == "__main__":
    main()

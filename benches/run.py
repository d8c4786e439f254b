#!/usr/bin/env python3
"""Measures s3harden beside the floor program and prints ratios against the bars that it must meet.

    benches/run.py [--quick] [--no-build] [--dir DIR]

Ratios only: both programs run in turn on the same machine, and medians are compared. Instructions are counted with
valgrind where it is there. Files are written below DIR, by default in memory, where the file system adds least noise.
"""

import argparse
import filecmp
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import profiles

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PRODUCT, FLOOR = TARGET / "release/s3harden", TARGET / "floor/release/floor"


def build():
    environment = {**os.environ, "CARGO_TARGET_DIR": str(TARGET)}
    subprocess.run(["cargo", "build", "--release", "--locked", "--bin", "s3harden"], cwd=ROOT, env=environment, check=True)
    environment["CARGO_TARGET_DIR"] = str(TARGET / "floor")
    subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT / "benches/floor", env=environment, check=True)


def run(command, fresh):
    """Wall time, user time and system time of a command that begins without `fresh`."""
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.parent.mkdir(exist_ok=True)
    start = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - start
    child.returncode = status
    if status != 0:
        sys.exit(f"{command} failed")
    return wall, usage.ru_utime, usage.ru_stime


def in_turn(commands, fresh, times):
    """For each command the medians of its times; the commands take turns."""
    runs = [[] for _ in commands]
    for _ in range(times):
        for command, into in zip(commands, runs):
            into.append(run(command, fresh))
    return [[statistics.median(column) for column in zip(*one)] for one in runs]


def instructions(command, fresh):
    if shutil.which("valgrind") is None:
        return None
    shutil.rmtree(fresh, ignore_errors=True)
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    result = subprocess.run(tool + command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(re.search(r"Collected : (\d+)", result.stderr).group(1))


def peak(command, fresh):
    """Peak memory in KiB. Of its own children Python cannot tell: they start with the peak of Python itself."""
    if shutil.which("time") is None:
        return None
    shutil.rmtree(fresh, ignore_errors=True)
    result = subprocess.run([shutil.which("time"), "-f", "%M"] + command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return int(result.stderr.split()[-1])


def same(a, b):
    compared = filecmp.dircmp(a, b)
    if compared.left_only or compared.right_only or compared.funny_files:
        return False
    if filecmp.cmpfiles(a, b, compared.common_files, shallow=False)[1:] != ([], []):
        return False
    return all(same(a / name, b / name) for name in compared.common_dirs)


def lines_alike(a, b):
    """In how many files below `a` and `b` stand the same lines, but for their order, white space and quotes; and of how many."""

    def lines(path):
        return sorted(filter(None, (re.sub(r'[\s"]', "", line) for line in path.read_text().splitlines())))

    paths = {path.relative_to(top) for top in (a, b) for path in top.rglob("*") if path.is_file()}
    alike = [path for path in paths if (a / path).is_file() and (b / path).is_file() and lines(a / path) == lines(b / path)]
    return len(alike), len(paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few runs: a first impression")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--dir", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    arguments = parser.parse_args()
    cold_times, bulk_times = (5, 3) if arguments.quick else (31, 9)
    if not arguments.no_build:
        build()
    missed = False

    def row(what, value, bar, detail=""):
        nonlocal missed
        good = value is not None and value <= bar
        missed = missed or (value is not None and not good)
        shown = "not measured" if value is None else f"{value:.2f}"
        print(f"{what:<58} {shown:>6} {'<=' if good else '> '} {bar:<5} {detail}")

    with tempfile.TemporaryDirectory(prefix="s3harden-bench-", dir=arguments.dir) as name:
        base = pathlib.Path(name)
        counts = [100, 1000] if arguments.quick else [100, 1000, 10000]
        for count in counts:
            profiles.write(count, base / f"in-{count}")
        out, product, floor = base / "out/x", str(PRODUCT), str(FLOOR)
        minimal = str(ROOT / "examples/minimal.yaml")

        for what, command, more in [
            ("both targets to a directory", [product, "render", "-o", str(out), minimal], []),
            ("one target to standard output", [product, "render", minimal], ["--terraform"]),
        ]:
            least = [floor, "one", minimal, str(out), *more]
            floor_count = instructions(least, out)
            (one, *_), (other, *_) = in_turn([command, least], out, cold_times)
            row(f"one profile, {what}: wall time / floor", one / other, 2.5, f"{one * 1e3:.1f} ms, {other * 1e3:.1f} ms")
            count = instructions(command, out)
            if count is not None:
                row(f"one profile, {what}: instructions / floor", count / floor_count, 2.5, f"{count / 1e6:.2f} M, {floor_count / 1e6:.2f} M")

        def render(count, jobs, *more):
            return [product, "render", "--jobs", str(jobs), "-o", str(out), *more, str(base / f"in-{count}")]

        least = [floor, "many", str(base / "in-1000"), str(out)]
        run(least, out)
        shutil.move(out, base / "least")
        run(render(1000, 1), out)
        alike, files = lines_alike(base / "least", out)
        print(f"1,000 profiles: the floor leaves the same lines as s3harden in {alike} of {files} files")
        for what, more, least_more in [("both targets", [], []), ("Terraform alone", ["-t", "terraform"], ["--terraform"])]:
            command, floor_command = render(1000, 1, *more), [*least, *least_more]
            (_, user, system), (_, least_user, least_system) = in_turn([command, floor_command], out, bulk_times)
            detail = f"user {user:.3f} s and system {system:.3f} s, {least_user:.3f} s and {least_system:.3f} s"
            row(f"1,000 profiles, {what}: CPU time / floor", (user + system) / (least_user + least_system), 3.0, detail)

        fleet = 1000 if arguments.quick else 10000
        profiles.write(fleet, base / "in-fleet", profiles.sensitive)
        command = render("fleet", 2)
        wall, user, system = run(command, out)
        # What a run of a tenth takes is held against the bar of ten seconds too.
        row(f"{fleet:,} sensitive profiles, two threads: seconds", wall, fleet / 1000, f"CPU {user + system:.2f} s")
        again = subprocess.run(command, capture_output=True, text=True)
        print(f"the same again: {next(line for line in again.stderr.splitlines() if ' unchanged' in line)}")
        memory = peak(command, out)
        row(f"{fleet:,} sensitive profiles: peak memory, MB", memory and memory / 1000, 300)
        (one, *_), (two, *_) = in_turn([render(1000, 1), render(1000, 2)], out, bulk_times)
        row("1,000 profiles: wall time of two threads / one", two / one, 0.65, f"{two:.3f} s, {one:.3f} s")
        shutil.move(out, base / "two")
        run(render(1000, 1), out)
        equal = same(base / "two", out)
        print(f"1,000 profiles: two threads write the same bytes as one: {'yes' if equal else 'NO'}")
        none, tests = base / "none.yaml", base / "tests.yaml"
        none.write_text(profiles.tested(0), encoding="utf-8")
        tests.write_text(profiles.tested(1000), encoding="utf-8")
        plain, more = ([product, "check", str(path)] for path in (none, tests))
        (_, user, system), (_, least_user, least_system) = in_turn([more, plain], out, cold_times)
        size = f"{tests.stat().st_size - none.stat().st_size} bytes"
        row("1,000 access tests in one profile: CPU time, ms", (user + system - least_user - least_system) * 1e3, 10, size)
        count = instructions(more, out)
        if count is not None:
            print(f"1,000 access tests in one profile: {(count - instructions(plain, out)) / 1e6:.2f} M instructions")
        if len(counts) > 2:
            few, many = peak(render(100, 1), out), peak(render(10000, 1), out)
            row("peak memory of 10,000 profiles / 100", many and many / few, 1.3, f"{many} KiB, {few} KiB")
    return 1 if missed or not equal else 0


if __name__ == "__main__":
    sys.exit(main())

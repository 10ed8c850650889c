"""Lines in, the same lines out in order, through multiprocessing.Pool(2).imap with its default chunk: what the section workers compares with."""
import multiprocessing
import sys


def answer(line):
    return line


if __name__ == "__main__":
    with multiprocessing.Pool(2) as pool:
        for line in pool.imap(answer, sys.stdin):
            sys.stdout.write(line)

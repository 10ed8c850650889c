#!/usr/bin/env python3
# The length of each line in bytes.
# pp --worker python3 length.py
import sys

for task in sys.stdin.buffer:
    print(len(task.rstrip(b"\n")), flush=True)

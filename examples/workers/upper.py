#!/usr/bin/env python3
# Each file in upper case; one that cannot be read is a failed job.
# pp --worker=mark python3 upper.py
import os, sys

end = os.environ["PP_END"]
for file in sys.stdin.buffer:
    try:
        print(open(file[:-1], errors="replace").read().upper(), end="")
        print(end, 0, flush=True)
    except OSError as error:
        print(end, 1, error, flush=True)

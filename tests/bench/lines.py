"""A line worker that gives each line back; it may take some seconds to start: lines.py [SECONDS]."""

import sys
import time

time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
for line in sys.stdin:
    print(line, end="")

"""A json worker that gives each task back."""

import json
import sys

for line in sys.stdin:
    task = json.loads(line)
    print(json.dumps({"id": task["id"], "output": task["task"]}), flush=True)

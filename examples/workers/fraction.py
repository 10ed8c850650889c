#!/usr/bin/env python3
# Each fraction as a number; what is no fraction is a failed job.
# pp --worker=json python3 fraction.py
import fractions, json, sys

for line in sys.stdin:
    job = json.loads(line)
    answer = {"id": job["id"]}
    try: answer["output"] = float(fractions.Fraction(job["task"]))
    except (ValueError, ZeroDivisionError) as error:
        answer.update(status=1, error=str(error))
    print(json.dumps(answer), flush=True)

#!/usr/bin/env python3
# The page of each address; eight are fetched at a time.
# pp --worker=frame --inflight 8 python3 fetch.py
import sys, threading, urllib.request

tasks, out = sys.stdin.buffer, open(1, "wb")
def fetch(id, url):
    try: page, end = urllib.request.urlopen(url.decode()).read(), b"0"
    except Exception as error: page, end = b"", b"1 %a" % error
    out.write(b"O %s %d\n%sD %s %s\n" % (id, len(page), page, id, end))
    out.flush()
out.write(b"H 1\n"), out.flush()
for kind, id, *n in map(bytes.split, tasks):
    if n: threading.Thread(None, fetch, None, (id, tasks.read(int(n[0])))).start()

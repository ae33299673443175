# /// script
# requires-python = ">=3.9"
# dependencies = []
#
# [tool.dex]
# env = ["SALES_API_TOKEN"]
# timeout = "2m"
# idempotent = true
# retries = {attempts = 3, backoff = "1s", on = ["connection", "timeout"]}
# reads = ["ref('mart_daily_sales')"]
#
# [[tool.dex.params]]
# name = "url"
# type = "string"
# pattern = "https?://.+"
#
# [[tool.dex.params]]
# name = "since"
# type = "date"
# default = 2025-01-01
#
# [[tool.dex.params]]
# name = "batch"
# type = "integer"
# min = 1
# max = 1000
# default = 10
# ///
"""Sends the sales of each day to a service, so many days at a time.

    dex operation run push_daily_sales --param url=http://localhost:8700/sales

Days are told by their date, so that a service can take one twice without counting
it twice: that is what `idempotent = true` promises.
"""
import json
import os
import urllib.error
import urllib.request

import dex


def post(url, days):
    """Sends one batch, and gives the service's answer; one that it refuses ends the script."""
    headers = {"Content-Type": "application/json"}
    token = os.environ.get("SALES_API_TOKEN")
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(url, json.dumps(days).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refused:
        raise RuntimeError(f"the service answered {refused.code} {refused.reason}") from None


def main(url, since, batch):
    rows = dex.query(
        f"select day::date as day, orders, amount from {dex.ref('mart_daily_sales')} where day >= ? order by day", [since]
    )
    days = [{"day": str(r["day"]), "orders": int(r["orders"]), "amount": str(r["amount"])} for r in rows]
    taken = 0
    for start in range(0, len(days), batch):
        part = days[start : start + batch]
        if dex.dry_run:
            dex.log.info(f"would send {len(part)} days from {part[0]['day']}")
        else:
            taken += post(url, part)["taken"]
        dex.progress(min(start + batch, len(days)), len(days))
    dex.result({"days": len(days), "taken": taken})

"""A service that takes daily sales, for trying operations/sync/push_daily_sales.py,
and messages at /desk, for trying the channel of dex.yml. A message is printed.

    python3 scripts/sales_service.py [PORT]

It listens on this machine alone, prints the address that it listens on, and ends
with the first line or the end of its standard input. A day that it knows already is
replaced, not counted twice.
"""
import http.server
import json
import sys
import threading

days = {}


class Sales(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/desk":
            print(f"the desk reads: {sent['data']['text']}", flush=True)
            return self.answer({})
        if self.path != "/sales":
            return self.send_error(503, "closed for today")
        days.update({day["day"]: day for day in sent})
        self.answer({"taken": len(sent), "known": len(days)})

    def do_GET(self):
        self.answer(sorted(days.values(), key=lambda day: day["day"]))

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
server = http.server.HTTPServer(("127.0.0.1", port), Sales)
print(f"http://127.0.0.1:{server.server_port}/sales", flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.readline()

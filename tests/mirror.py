"""A mirror on this machine that behaves as badly as it is told to."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ENDLESS = 200
"""How many times a mirror without end sends its file: one that nobody stops shall not fill the disk."""


class Mirror(ThreadingHTTPServer):
    """Serves `files` by path; `plan` says how each request in turn is answered, then all are answered well.

    well, cut N (only N bytes, then the end), stall N (N bytes, then silence), drip (a byte now and then), endless,
    tampered, other (a page), page (one of no said length), false N (N zeros, then the end), deaf (to Range), confused
    (another range), silent (no length), dropped (no answer), to PATH (a redirect), or a status such as 404, which may
    be followed by what it says.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.files, self.plan, self.asked, self.sent, self.over = {}, [], [], 0, threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """The other side has gone, as it may."""


class Answer(BaseHTTPRequestHandler):
    server: Mirror

    def log_message(self, *args):
        """Not a word."""

    def do_GET(self):
        how, _, argument = (self.server.plan.pop(0) if self.server.plan else "well").partition(" ")
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        begin = int(wanted[1]) if wanted else 0
        self.server.asked.append((self.path, begin))
        content = self.server.files.get(self.path)
        if how == "dropped":
            return
        if how == "to":
            self.send_response(302)
            self.send_header("Location", argument)
            self.end_headers()
            return
        if how.isdecimal() or content is None:
            self.send_error(int(how) if how.isdecimal() else 404, argument or None)
            return
        if how in ("other", "page"):
            content, begin = b"<html>log in first</html>", 0
        if how == "false":
            content = bytes(len(content))
        if how == "tampered":
            content = content[:-1] + bytes([content[-1] ^ 1])
        if how == "deaf":
            begin = 0
        self.send_response(206 if begin else 200)
        if begin:
            start = begin + (how == "confused")
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if how not in ("silent", "endless", "page"):
            self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        end = begin + int(argument) if how in ("cut", "stall", "false") else len(content)
        for at in range(begin, end) if how == "drip" else ():
            self.wfile.write(content[at : at + 1])
            if self.server.over.wait(0.01):
                return
        self.wfile.write(content[begin:end])
        self.wfile.flush()
        for _ in range(ENDLESS if how == "endless" else 0):
            self.wfile.write(content)
            self.server.sent += len(content)
        if how == "stall":
            self.server.over.wait(10)


@contextmanager
def mirror():
    """A running mirror."""
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()

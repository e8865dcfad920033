"""A terminal: the program on one, and a picture of what stands there."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
import zlib

PATIENCE = 60  # seconds for what is waited for


class Terminal:
    """The program in the foreground of a terminal of its own, which is its stdin and stderr; its stdout is a pipe."""

    def __init__(self, command, environment, columns=120, rows=60):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        control = lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        self.child = subprocess.Popen(
            command, env=environment, stdin=slave, stdout=subprocess.PIPE, stderr=slave, start_new_session=True, preexec_fn=control,
        )
        os.close(slave)
        self.columns, self.written = columns, b""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while got := os.read(self.master, 65536):
                self.written += got
        except OSError:  # nobody has the other side open any more
            pass

    @property
    def text(self):
        return self.written.decode(errors="replace").replace("\r\n", "\n")

    def until(self, pattern):
        """Waits until this has been written; gives the match."""
        deadline = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.text)):
            assert self.child.poll() is None or self.reader.is_alive(), f"it ended, and wrote:\n{self.text}"
            assert time.monotonic() < deadline, f"{pattern!r} never came, but:\n{self.text}"
            time.sleep(0.02)
        return found

    def type(self, text):
        os.write(self.master, text.encode())

    def ended(self):
        """Waits for the end; gives exit code, stdout, and all that stands on the terminal."""
        stdout = self.child.communicate(timeout=PATIENCE)[0].decode()
        self.reader.join(5)
        os.close(self.master)
        return self.child.returncode, stdout, self.text


# -- its picture -------------------------------------------------------------------------------------------------------

DARK, LIGHT = 0, 255  # what nobody coloured is light on dark
SCALE = 6  # pixels a half block is wide and high
HALVES = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}  # which half, upper and lower, has the letter's colour
GREYS = [0, 80, 80, 80, 40, 80, 80, 192, 128, 160, 160, 160, 120, 160, 160, 255]


def grey(parameters):
    """The brightness that the rest of `38;…` or `48;…` names, which is taken away."""
    if parameters.pop(0) == 2:
        return sum(parameters.pop(0) for _ in range(3)) // 3
    number = parameters.pop(0)
    if number < 16:
        return GREYS[number]
    if number >= 232:
        return 8 + 10 * (number - 232)
    cube = number - 16
    return sum(51 * (cube // power % 6) for power in (36, 6, 1)) // 3


class Pen:
    """The colours of the letters to come, as SGR sequences set them (ECMA-48 §8.3.117)."""

    def __init__(self):
        self.letter, self.ground, self.reverse = LIGHT, DARK, False

    def set(self, parameters):
        parameters = [int(each or 0) for each in parameters.split(";")]
        while parameters:
            code = parameters.pop(0)
            if code == 0:
                self.__init__()
            elif code in (7, 27):
                self.reverse = code == 7
            elif code == 38:
                self.letter = grey(parameters)
            elif code == 48:
                self.ground = grey(parameters)
            elif code == 39:
                self.letter = LIGHT
            elif code == 49:
                self.ground = DARK
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.letter = GREYS[code % 10 + (8 if code >= 90 else 0)]
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.ground = GREYS[code % 10 + (8 if code >= 100 else 0)]

    def halves(self, letter):
        colours = (self.letter, self.ground) if self.reverse else (self.ground, self.letter)
        return [colours[half] for half in HALVES.get(letter, (0, 0))]


def picture(text, columns):
    """A PNG of the terminal, of half blocks and colours; other letters are left out."""
    pen, rows = Pen(), []
    for line in text.split("\n"):
        upper, lower = [], []
        for parameters, command, letter in re.findall(r"\x1b\[([0-9;?]*)([A-Za-z])|([^\x1b\r])", line):
            if command == "m":
                pen.set(parameters)
            elif letter:
                above, below = pen.halves(letter)
                upper.append(above)
                lower.append(below)
        for half in (upper, lower):
            rows.append((half + [DARK] * columns)[:columns])
    scaled = [b"\0" + bytes(value for value in row for _ in range(SCALE)) for row in rows for _ in range(SCALE)]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", columns * SCALE, len(scaled), 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(scaled))) + chunk(b"IEND", b"")

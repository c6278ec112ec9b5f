# SPDX-License-Identifier: GPL-2.0
"""
usage: remote_proxy.py MODE COMMAND...
An agent that misbehaves: passes on what the real one (COMMAND, on its standard
streams) and its controller say, but for what MODE changes.
"""

import os
import select
import struct
import subprocess
import sys

HEADER = struct.Struct(">IHBB")
DATA = 10  # Verb::data of src/agent/protocol.h
# The session that finds the way may be as long as any; it is left alone.
LONGEST_SESSION = b" 3600000\n"


class Frames:
    """Whole frames out of bytes."""

    def __init__(self):
        self.rest = b""

    def feed(self, more):
        self.rest += more
        while len(self.rest) >= HEADER.size:
            length = HEADER.unpack_from(self.rest)[0]
            if len(self.rest) < HEADER.size + length:
                return
            frame = bytearray(self.rest[: HEADER.size + length])
            self.rest = self.rest[HEADER.size + length :]
            yield frame


def main():
    mode, command = sys.argv[1], sys.argv[2:]
    agent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
    greeting = agent.stdout.readline()
    if mode == "away":
        *words, _, version = greeting.split()
        greeting = b" ".join([*words, b"another-kernel", version]) + b"\n"
    os.write(1, greeting)
    frames = Frames()
    honest = True
    greeted = False
    while True:
        ready, _, _ = select.select([0, agent.stdout], [], [])
        if 0 in ready:
            asked = os.read(0, 65536)
            if not asked:
                return
            if not greeted:
                greeted = True
                honest = LONGEST_SESSION in asked
            agent.stdin.write(asked)
        if agent.stdout not in ready:
            continue
        said = os.read(agent.stdout.fileno(), 65536)
        if not said:
            return
        for frame in frames.feed(said):
            if frame[6] == DATA and not honest:
                if mode == "corrupt":
                    frame[-1] ^= 1
                elif mode == "drop":
                    continue
                elif mode == "die":
                    agent.kill()
                    agent.wait()
                    return
                elif mode == "garbage":
                    os.write(1, b"Segmentation fault (core dumped)\n")
                    return
                elif mode == "deaf":
                    while os.read(0, 65536):
                        pass
                    return
            os.write(1, bytes(frame))


main()

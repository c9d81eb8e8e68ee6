"""Media that mean harm, made cheaply, and a listener that sees whether anybody calls."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import av
import numpy as np


def frame_of(width: int = 16, height: int = 16) -> av.VideoFrame:
    """A black one."""
    black = np.zeros((height, width, 3), np.uint8)
    return av.VideoFrame.from_ndarray(black, "rgb24").reformat(format="yuvj420p")


def film(
    path: Path,
    *times_s: float,
    streams: int = 1,
    width: int = 16,
    height: int = 16,
    codec: str = "mjpeg",
    pixels: str = "yuvj420p",
) -> Path:
    """A film with a frame at each of the times, in each stream."""
    frame = frame_of(width, height).reformat(format=pixels)
    with av.open(str(path), "w") as output:
        made: list[Any] = [output.add_stream(codec, 25) for _ in range(streams)]
        for stream in made:
            stream.width, stream.height, stream.pix_fmt = width, height, pixels
        for stream in made:
            for time_s in times_s or (0.0, 0.04):
                frame.pts = round(time_s * 25)
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    return path


def far_too_large(path: Path) -> Path:
    """A film whose header says 60000 x 60000."""
    film(path.with_suffix(".avi"), width=64, height=48, codec="rawvideo", pixels="yuv420p")
    small, large = struct.pack("<ii", 64, 48), struct.pack("<ii", 60_000, 60_000)
    data = path.with_suffix(".avi").read_bytes()
    assert small in data
    path.write_bytes(data.replace(small, large))
    return path


def far_too_large_inside(path: Path) -> Path:
    """A film of modest size whose pictures say 60000 x 60000."""
    film(path.with_suffix(".mkv"), width=64, height=48)
    small, large = struct.pack(">BHH", 8, 48, 64), struct.pack(">BHH", 8, 60_000, 60_000)
    data = path.with_suffix(".mkv").read_bytes()
    assert small in data
    path.write_bytes(data.replace(small, large))
    return path


def for_years(path: Path) -> Path:
    """A film whose header says that it lasts 30 years."""
    film(path.with_suffix(".mkv"))
    head, mark, rest = path.with_suffix(".mkv").read_bytes().partition(b"\x44\x89\x88")
    assert mark
    path.write_bytes(head + mark + struct.pack(">d", 30 * 365 * 86400e3) + rest[8:])
    return path


def playlists(target: str) -> dict[str, str]:
    """Files that lead a player on to the target, by what they are."""
    xml = '<?xml version="1.0"?>'
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
        "hls of lists": f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{target}\n",
        "hls with a key": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n"
        f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n'
        f"#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
        "hls with a map": f'#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXT-X-MAP:URI="{target}"\n'
        f"#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n",
        "hls of pieces": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nconcat:{target}|{target}\n"
        f"#EXTINF:9,\nsubfile,,start,0,end,9,,:{target}\n#EXT-X-ENDLIST\n",
        "ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "ffconcat with options": f"ffconcat version 1.0\nfile '{target}'\noption safe 0\n",
        "mpd": f'{xml}<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT9S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011">'
        f'<Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"a=control:{target}\n"
        "m=video 4000 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "svg": '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<image xlink:href="{target}"/></svg>',
    }  # fmt: skip


@contextmanager
def listener() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what has been said to it; each caller counts, silent or not."""
    said: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:  # it was closed
                    return
                with caller:
                    caller.settimeout(1)
                    said.append(b"")
                    said[-1] = caller.recv(4096)

        thread = Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], said
        server.shutdown(socket.SHUT_RDWR)
        thread.join()

"""The local web server."""

import os
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from ipaddress import ip_address
from types import FrameType

import uvicorn

from photogender.errors import PhotogenderError
from photogender.review.answers import Settings
from photogender.review.app import make_app
from photogender.review.guard import Keys


def serve(settings: Settings, host: str, port: int, on_ready: Callable[[str], None], *, open_browser: bool) -> None:
    """Serve the page until Ctrl-C or SIGTERM.

    Args:
        settings: Which catalog, and whether it may be changed.
        host: An IP address of this machine.
        port: 0 for any free one.
        on_ready: Called once, with the address to open.
        open_browser: Open it in the default browser if there is a display.

    Raises:
        CatalogError: The catalog is missing, is not a catalog, or cannot be opened in the required mode.
        PhotogenderError: The port is in use or not permitted.
    """
    with _listen(host, port) as listener:
        port = listener.getsockname()[1]
        keys = Keys(port)
        app = make_app(settings, keys, allowed_hosts(host, port))
        # The socket accepts connections already: a browser may connect before the server runs.
        address = f"http://{_in_address(host)}:{port}{keys.path}/?token="
        on_ready(address + keys.token)
        if open_browser and has_screen():
            threading.Thread(target=webbrowser.open, args=[address + keys.once], daemon=True).start()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            timeout_keep_alive=60,
            timeout_graceful_shutdown=3,
        )
        try:
            _Server(config).run(sockets=[listener])
        except KeyboardInterrupt:  # uvicorn raises the signal again after its shutdown
            return


class _Server(uvicorn.Server):
    """Ends once: a second Ctrl-C would leave out the end of the application, which closes the catalog."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            super().handle_exit(sig, frame)


def allowed_hosts(host: str, port: int) -> frozenset[str]:
    """Accepted values of the ``Host`` header for a server on an IP address and a port."""
    names = ("127.0.0.1", "localhost", "[::1]") if ip_address(host).is_loopback else (_in_address(host),)
    return frozenset(f"{name}:{port}" for name in names) | (frozenset(names) if port == 80 else frozenset())


def has_screen() -> bool:
    """Whether there is a display; without one, Python would start a text browser in this terminal."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    # The protocol is given explicitly because asyncio sets TCP_NODELAY only on sockets with IPPROTO_TCP, and
    # socket.create_server does not set it; without TCP_NODELAY every response is delayed by 40 ms.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PhotogenderError(
            f"The page cannot be served on {host}, port {port}: {error.strerror or error}.",
            "Choose another port with --port, or omit it to use any free one.",
        ) from error
    return listener

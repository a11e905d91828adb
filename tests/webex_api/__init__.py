"""A stand-in for the Webex API: a real HTTP server on loopback that can misbehave on command."""

from tests.webex_api import faults
from tests.webex_api.api import ForeignServer, WebexApi
from tests.webex_api.downloads import audio_of
from tests.webex_api.recordings import make_recordings
from tests.webex_api.seen import SeenRequest

__all__ = ["ForeignServer", "SeenRequest", "WebexApi", "audio_of", "faults", "make_recordings"]

"""A stand-in for the Webex API: a real HTTP server on loopback that can misbehave on command."""

from . import faults
from .api import ForeignServer, WebexApi
from .downloads import audio_of
from .recordings import make_recordings
from .seen import SeenRequest

__all__ = ["ForeignServer", "SeenRequest", "WebexApi", "audio_of", "faults", "make_recordings"]

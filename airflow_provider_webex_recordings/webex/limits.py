"""Numbers that bound a listing. They stand alone so that the table of settings can be read without the flows."""

from __future__ import annotations

#: https://developer.webex.com/docs/api/v1/converged-recordings/list-recordings
MAX_PAGE_SIZE = 100
#: more at a time spare nobody time
MAX_PARALLEL = 16

#: how one request is retried unless the connection says otherwise; see `RetryPolicy`
RETRY_ATTEMPTS = 8
RETRY_SECONDS = 600.0
RETRY_WAIT = 120.0

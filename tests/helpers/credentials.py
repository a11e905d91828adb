"""Made-up credentials."""

from __future__ import annotations

import base64

#: part of each secret that the tests make up, so that a search finds it wherever it should not be
CANARY = "canary"
#: always the same, because Airflow's masking gets slower with each secret it learns
TOKEN = "canary-access-token"
CLIENT = {"login": "integration", "password": "canary-client-secret", "refresh_token": "canary-refresh-token"}
PROXY_PASSWORD = "canary-proxy-password"
PROXY_HEADER = base64.b64encode(f"user:{PROXY_PASSWORD}".encode()).decode()

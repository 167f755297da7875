"""How tests start the Chromium that the machine has."""

from __future__ import annotations

import os
from typing import Any

from launcher.chromium import find_chromium

OF_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
"""What Playwright switches off. Of two such lists Chromium reads the last: ours must name these too."""
OF_THE_WINDOW = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup")
"""Pages below the address bar, which no test sees: to load them costs each window more than many a page."""


def launch_options() -> dict[str, Any]:
    """For Playwright's `launch`. The sandbox cannot be set up by root."""
    arguments = [f"--disable-features={','.join(OF_PLAYWRIGHT + OF_THE_WINDOW)}"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    return {"executable_path": find_chromium(), "args": arguments}

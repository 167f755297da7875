"""A launcher with the real services, and two small programs instead of the product."""

from __future__ import annotations

import os
import sys

from launcher.embedded import Embedded
from launcher.errors import LauncherError
from launcher.home import CHECKOUT, open_home
from launcher.locks import exclusive_lock
from launcher.processes import Program
from launcher.supervisor import Stopped, Supervisor

# Each has a child of its own, in its process group, that ignores a polite end.
NAPPER = """
import os, signal, subprocess, sys, time
child = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
grandchild = subprocess.Popen([sys.executable, "-c", child])
print("grandchild", grandchild.pid, flush=True)
time.sleep(600)
"""


def main() -> int:
    home = open_home()
    try:
        with exclusive_lock(home.lock, purpose="toy"):
            embedded = Embedded(home, os.environ)
            nappers = [
                Program(name, [sys.executable, "-c", NAPPER], dict(os.environ), CHECKOUT, stop_seconds=2)
                for name in ("napper-1", "napper-2")
            ]
            services = embedded.programs()
            names = [program.name for program in [*services, *nappers]]
            supervisor = Supervisor(names, log_folder=home.log, run_file=home.run)
            try:
                for program in [*services, *nappers]:
                    supervisor.start(program)
                supervisor.wait_ready([program.name for program in services], seconds=30)
                supervisor.publish(ready=True)
                supervisor.watch()
            except Stopped:
                pass
            finally:
                supervisor.stop(["napper-1", "napper-2"], [program.name for program in services])
    except LauncherError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Virtual environments for the originals: PyPI's packages in a folder of the build, and nothing of them outside it."""
import subprocess
import sys


class Missing(Exception):
    """A package that PyPI does not give here; the message says which and why."""


def python_with(folder, packages):
    """The interpreter of an environment that has these packages."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    done = subprocess.run([python, "-m", "pip", "install", "-q", *packages], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Missing(f"pip cannot install {', '.join(packages)}: {(done.stderr.strip().splitlines() or ['it says nothing'])[-1]}")
    return python

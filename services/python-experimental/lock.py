"""Writes requirements.lock from requirements.in: every package with its version and the hashes of its wheels.

Run it with any Python that has pip: `python3 lock.py`. It resolves for CPython 3.11 on both architectures the
images are built for, and takes wheels only, so that installing never runs a package's own build code.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
ARCHITECTURES = ("x86_64", "aarch64")
GLIBC = ("2_17", "2_28", "2_34", "2_36")
"""The manylinux levels that Debian 12's glibc can load."""


def resolve(architecture: str) -> list[tuple[str, str, str]]:
    """The packages pip would install on an architecture: name, version and the wheel's sha256."""
    platforms = [f"--platform=manylinux_{level}_{architecture}" for level in GLIBC]
    with tempfile.TemporaryDirectory() as target:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--only-binary=:all:", "--python-version=3.11", "--implementation=cp", *platforms]
        command += [f"--platform=manylinux2014_{architecture}", "--target", target, "--report", "-"]
        report = subprocess.run([*command, "-r", HERE / "requirements.in"], check=True, stdout=subprocess.PIPE).stdout
    return [
        (
            item["metadata"]["name"],
            item["metadata"]["version"],
            item["download_info"]["archive_info"]["hashes"]["sha256"],
        )
        for item in json.loads(report)["install"]
    ]


def main() -> None:
    locked: dict[tuple[str, str], set[str]] = defaultdict(set)
    for architecture in ARCHITECTURES:
        for name, version, sha256 in resolve(architecture):
            locked[name.lower().replace("_", "-"), version].add(sha256)
    lines = ["# Written by lock.py from requirements.in: CPython 3.11, Linux, x86_64 and aarch64."]
    for (name, version), hashes in sorted(locked.items()):
        lines.append(f"{name}=={version} \\")
        lines.append(" \\\n".join(f"    --hash=sha256:{value}" for value in sorted(hashes)))
    (HERE / "requirements.lock").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

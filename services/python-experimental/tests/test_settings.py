"""The environment, and the names that may call."""

import tempfile
import unittest
from pathlib import Path

from python_experimental.http_app import is_allowed_host, is_allowed_origin
from python_experimental.sandbox import directory
from python_experimental.settings import SettingsError, read_settings

COMPLETE = {
    f"{kind}_{name}": f"{kind}-{name}".lower()
    for kind in ("POSTGRES", "MARIADB")
    for name in ("HOST", "DATABASE", "USER", "PASSWORD")
}


class SettingsTest(unittest.TestCase):
    def test_defaults(self) -> None:
        settings = read_settings(COMPLETE)
        self.assertEqual((settings.port, settings.postgres.port, settings.mariadb.port), (8000, 5432, 3306))
        self.assertEqual(settings.limits.seconds, 10)
        self.assertEqual(settings.socket, "/tmp/mcp-server-8000.sock")

    def test_everything_that_is_wrong_is_named_and_no_value(self) -> None:
        with self.assertRaises(SettingsError) as caught:
            read_settings(
                {
                    **COMPLETE,
                    "MARIADB_PASSWORD": "",
                    "POSTGRES_PORT": "high",
                    "PYTHON_MEMORY_MB": "1",
                    "LOG_LEVEL": "loud",
                }
            )
        message = str(caught.exception)
        for part in (
            "MARIADB_PASSWORD is not set",
            "POSTGRES_PORT must be",
            "PYTHON_MEMORY_MB must be",
            "LOG_LEVEL must",
        ):
            self.assertIn(part, message)
        self.assertNotRegex(message, "high|loud|postgres-password")

    def test_a_secret_may_be_in_a_file(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "secret")
            file.write_text("from a file\n")
            environment = {**COMPLETE, "POSTGRES_PASSWORD": "", "POSTGRES_PASSWORD_FILE": str(file)}
            self.assertEqual(read_settings(environment).postgres.password, "from a file")


class HostsTest(unittest.TestCase):
    def test_names_that_can_not_be_rebound_pass(self) -> None:
        for host in ("localhost:8000", "127.0.0.1", "[::1]:80", "python-experimental:8000", "a_b", "x.localhost"):
            self.assertTrue(is_allowed_host(host, ()), host)

    def test_other_names_have_to_be_listed(self) -> None:
        for host in (None, "", "evil.example", "localhost.evil.example:8000", "localhost@evil.example", "a b", "[::1"):
            self.assertFalse(is_allowed_host(host, ()), host)
        self.assertTrue(is_allowed_host("MCP.example.org:1", ["mcp.example.org"]))

    def test_web_pages_have_to_be_listed(self) -> None:
        for origin in (None, "http://localhost:6274", "http://[::1]"):
            self.assertTrue(is_allowed_origin(origin, ()), origin)
        for origin in ("null", "https://evil.example", "http://localhost.evil.example"):
            self.assertFalse(is_allowed_origin(origin, ()), origin)


class DirectoryTest(unittest.TestCase):
    def test_removing_follows_no_link(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder, "kept")
            kept.mkdir()
            (kept / "file").touch()
            removed = Path(folder, "removed")
            (removed / "a" / "b").mkdir(parents=True)
            (removed / "link").symlink_to(kept)
            (removed / "a" / "b" / "link").symlink_to(kept / "file")
            directory.remove(removed)
            self.assertFalse(removed.exists())
            self.assertTrue((kept / "file").exists())
            directory.remove(removed)


if __name__ == "__main__":
    unittest.main()

"""What a run returns, and how runs share the server."""

import asyncio
import os
import re
import sys
import unittest

import anyio

from python_experimental.executor import WAITING_PER_PLACE, BusyError, Executor
from python_experimental.mcp_server import describe

from .support import LIMITS, MARIADB, POSTGRES, ExecutorTest, ServiceTest


class RunsTest(ExecutorTest):
    async def test_the_last_expression_is_the_result(self) -> None:
        outcome = await self.executor.run("x = [1, 'ä']\nx")
        self.assertEqual((outcome.status, outcome.result, outcome.exit_code), ("ok", "[1, 'ä']", 0))
        for code in ("x = 1", "None", "# nothing", "if True:\n  1"):
            self.assertIsNone((await self.executor.run(code)).result)

    async def test_output_and_input(self) -> None:
        outcome = await self.executor.run(
            "import sys; print(input(), sys.stdin.read()); print('!', file=sys.stderr)", "a\nbß"
        )
        self.assertEqual((outcome.stdout, outcome.stderr), ("a bß\n", "!\n"))
        self.assertGreater(outcome.duration_ms, 0)

    async def test_input_that_nobody_reads(self) -> None:
        self.assertEqual((await self.executor.run("1", "x" * 1_000_000)).result, "1")

    async def test_code_is_longer_than_a_pipe(self) -> None:
        self.assertEqual((await self.executor.run("#" * 300_000 + "\n1")).result, "1")

    async def test_an_exception_comes_with_the_codes_lines_only(self) -> None:
        outcome = await self.executor.run("def f():\n    raise ValueError('no')\nf()")
        self.assertEqual((outcome.status, outcome.exit_code), ("error", 1))
        self.assertIn('File "<code>", line 2, in f\n    raise ValueError', outcome.stderr)
        self.assertNotIn("runner.py", outcome.stderr)
        syntax = await self.executor.run("def")
        self.assertRegex(syntax.stderr, "SyntaxError")
        self.assertNotIn("runner.py", syntax.stderr)

    async def test_exit_codes(self) -> None:
        self.assertEqual((await self.executor.run("import sys; sys.exit(3)")).exit_code, 3)
        self.assertEqual((await self.executor.run("raise SystemExit")).status, "ok")

    async def test_code_runs_as_a_main_module(self) -> None:
        code = "import pickle\nclass A: pass\n__name__, pickle.loads(pickle.dumps(A())).__class__ is A"
        self.assertEqual((await self.executor.run(code)).result, "('__main__', True)")

    async def test_what_is_cut_says_so(self) -> None:
        outcome = await self.executor.run("import sys; print('x' * 100_000); 'y' * 100_000")
        self.assertEqual(
            (outcome.stdout_truncated, outcome.stderr_truncated, outcome.result_truncated), (True, False, True)
        )
        self.assertEqual(len(outcome.stdout), LIMITS.output_kb * 1024)

    async def test_what_was_printed_before_the_end_is_there(self) -> None:
        for ending, status in (
            ("while True: pass", "timeout"),
            ("import time; time.sleep(30)", "timeout"),
            ("import ctypes; ctypes.string_at(0)", "killed"),
            ("import os; os._exit(1)", "error"),
        ):
            code = f"import sys\nprint('line')\nprint('ä', end='')\nprint('!', end='', file=sys.stderr)\n{ending}"
            outcome = await self.executor.run(code, seconds=1)
            self.assertEqual((outcome.status, outcome.stdout, outcome.stderr), (status, "line\nä", "!"), ending)

    async def test_a_run_that_took_too_long_says_which_limit_it_was(self) -> None:
        code = "while True: pass"
        self.assertEqual((await self.executor.run(code, seconds=1)).reason, "ended after 1 s, the call's timeout_seconds")
        self.assertEqual((await self.executor.run(code)).reason, "ended after 5 s, the server's limit for a run")

    async def test_what_the_tools_text_says_of_packages_and_limits_is_so(self) -> None:
        text = " ".join(describe(LIMITS).split())

        def said(pattern: str) -> int:
            found = re.search(pattern, text)
            assert found, (pattern, text)
            return int(found[1])

        for package in re.search(r"there is no ([\w, ]+?), and none", text)[1].replace(" or ", ", ").split(", "):
            self.assertIn("ModuleNotFoundError", (await self.executor.run(f"import {package}")).stderr, package)
        self.assertEqual(said(r"(\d+) s,"), LIMITS.seconds)
        self.assertEqual(said(r"(\d+) runs may go on at once"), LIMITS.concurrency)
        # As many threads as there may be fit into a run's memory, and one more ends it.
        threads = """
import threading, time
together = threading.Barrier({0})
threads = [threading.Thread(target=lambda: (bytearray(100_000), together.wait())) for _ in range({0} - 1)]
for thread in threads: thread.start()
together.wait()
for thread in threads: thread.join()
len(threads) + 1"""
        most = said(r"(\d+) threads with the first")
        outcome = await self.executor.run(threads.format(most))
        self.assertEqual(outcome.result, str(most), outcome.stderr)
        outcome = await self.executor.run(threads.format(most + 1).replace("together.wait()\n", "time.sleep(3)\n"))
        self.assertEqual((outcome.status, outcome.reason), ("killed", f"more than {most} threads"), outcome.stderr)
        fits = "with open('f', 'wb') as file: file.write(bytes({0} * 1024 * 1024 + {1}))"
        most = said(r"(\d+) MiB in a file")
        self.assertEqual((await self.executor.run(fits.format(most, 0))).status, "ok")
        self.assertIn("File too large", (await self.executor.run(fits.format(most, 1))).stderr)
        files = "x = [open('/dev/null') for _ in range({0})]"
        most = said(r"(\d+) open files")
        self.assertIn("Too many open files", (await self.executor.run(files.format(most))).stderr)
        self.assertEqual((await self.executor.run(files.format(most - 8))).status, "ok")
        most = said(r"(\d+) MiB of address space")
        self.assertIn("MemoryError", (await self.executor.run(f"x = bytearray({most} * 1024 * 1024)")).stderr)
        most = said(r"(\d+) KiB each")
        self.assertEqual(len((await self.executor.run(f"print('x' * {most * 2048})")).stdout), most * 1024)

    async def test_a_client_may_ask_for_less_time_but_not_for_more(self) -> None:
        code = "import time; time.sleep(30)"
        self.assertLess((await self.executor.run(code, seconds=1)).duration_ms, 3000)
        self.assertLess((await self.executor.run(code, seconds=100)).duration_ms, 8000)

    async def test_a_run_sees_nothing_of_the_servers_environment(self) -> None:
        os.environ["SECRET_OF_THE_SERVER"] = "not for runs"
        outcome = await self.executor.run("import os; sorted(os.environ)")
        self.assertEqual(outcome.result, repr(["HOME", "LANG", "PATH", "TMPDIR"]))

    async def test_the_servers_packages_are_there_wherever_they_lie(self) -> None:
        elsewhere = self.base / "packages"
        elsewhere.mkdir()
        (elsewhere / "somewhere_else.py").write_text("answer = 42")
        sys.path.append(str(elsewhere))
        self.addCleanup(sys.path.remove, str(elsewhere))
        self.assertEqual((await self.executor.run("import somewhere_else; somewhere_else.answer")).result, "42")

    async def test_more_runs_wait_and_too_many_are_refused(self) -> None:
        waiting = LIMITS.concurrency * (1 + WAITING_PER_PLACE)
        runs = [asyncio.create_task(self.executor.run("import time; time.sleep(0.1); 1")) for _ in range(waiting)]
        await asyncio.sleep(0)
        with self.assertRaisesRegex(BusyError, "^busy: 2 runs are under way and 8 wait"):
            await self.executor.run("1")
        outcomes = await asyncio.gather(*runs, return_exceptions=True)
        # On a slow machine the last ones may have waited too long.
        self.assertTrue(all(isinstance(o, BusyError) or o.result == "1" for o in outcomes))
        self.assertEqual((await self.executor.run("1")).result, "1")

    async def test_a_cancelled_call_ends_its_run(self) -> None:
        run = asyncio.create_task(self.executor.run("import time; time.sleep(30)"))
        await asyncio.sleep(0.5)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        self.assertEqual(os.listdir(self.runs), [])

    async def test_a_call_that_the_sdk_cancels_leaves_nothing_behind(self) -> None:
        before = asyncio.all_tasks()
        async with anyio.create_task_group() as calls:
            calls.start_soon(self.executor.run, "import time; time.sleep(30)")
            await asyncio.sleep(0.5)
            calls.cancel_scope.cancel()
        self.assertEqual(asyncio.all_tasks(), before)
        self.assertEqual(os.listdir(self.runs), [])
        self.assertEqual((await self.executor.run("1")).result, "1")


class ReachTest(ExecutorTest):
    """An error of what is out of reach names the setting that opens it, as those of the SQL servers' `query` do."""

    async def ended(self, raised: str) -> str:
        settings = {"POSTGRES_REACH_SETTING": "the.schemas", "MARIADB_REACH_SETTING": "the.databases"}
        executor = Executor(self.limits, self.runs, {"PATH": "/usr/bin:/bin", **settings})
        return (await executor.run(f"import psycopg, pymysql\nraise {raised}")).stderr

    async def test_denied(self) -> None:
        hint = "\nHint: what this server may reach is the setting the.{} of its stack\n"
        for raised, setting in (
            ("psycopg.errors.InsufficientPrivilege('permission denied for schema sales\\nLINE 1: …')", "schemas"),
            ("pymysql.err.OperationalError(1044, \"Access denied for user 'a'@'%' to database 'b'\")", "databases"),
            ("pymysql.err.OperationalError(1142, \"SELECT command denied to user 'a' for table `b`.`c`\")", "databases"),
        ):
            self.assertTrue((await self.ended(raised)).endswith(hint.format(setting)), raised)

    async def test_other_errors(self) -> None:
        for raised in (
            "psycopg.errors.UndefinedTable('relation \"a\" does not exist')",
            "psycopg.errors.InsufficientPrivilege('permission denied for table a')",
            "pymysql.err.ProgrammingError(1146, \"Table 'a.b' doesn't exist\")",
            "ValueError('permission denied for schema sales')",
        ):
            self.assertNotIn("Hint", await self.ended(raised), raised)

    async def test_without_a_setting(self) -> None:
        outcome = await self.executor.run("import psycopg\nraise psycopg.Error('permission denied for schema sales')")
        self.assertNotIn("Hint", outcome.stderr)


class DatabasesTest(ServiceTest):
    @unittest.skipUnless(POSTGRES, "TEST_POSTGRES_URL names no database")
    async def test_postgres(self) -> None:
        code = """
import psycopg
from databases import postgres
with psycopg.connect() as a, postgres(autocommit=True) as b:
    rows = a.execute("SELECT 1").fetchone(), b.execute("SELECT current_user").fetchone()
rows"""
        outcome = await self.run_code(code)
        self.assertEqual(outcome.result, repr(((1,), (POSTGRES.user,))), outcome.stderr)

    @unittest.skipUnless(MARIADB, "TEST_MARIADB_URL names no database")
    async def test_mariadb(self) -> None:
        code = """
from databases import mariadb
with mariadb() as connection, connection.cursor() as cursor:
    cursor.execute("SELECT 1, database()")
    row = cursor.fetchone()
row"""
        outcome = await self.run_code(code)
        self.assertEqual(outcome.result, repr((1, MARIADB.name)), outcome.stderr)

    async def test_a_run_can_not_take_a_databases_place(self) -> None:
        code = "import os\nos.remove(os.environ['PGHOST'] + '/.s.PGSQL.5432')"
        self.assertIn("PermissionError", (await self.run_code(code)).stderr)

    async def test_a_database_that_is_not_there_is_an_error_of_the_driver(self) -> None:
        if POSTGRES is None:
            outcome = await self.run_code("import psycopg; psycopg.connect()")
            self.assertIn("OperationalError", outcome.stderr)

    @unittest.skipUnless(POSTGRES and MARIADB, "TEST_POSTGRES_URL and TEST_MARIADB_URL don't both name a database")
    async def test_a_run_that_takes_all_connections_leaves_some(self) -> None:
        code = """
import os, socket, time
connections = [socket.socket(socket.AF_UNIX) for _ in range(50)]
for connection in connections:
    connection.connect(os.environ["PGHOST"] + "/.s.PGSQL.5432")
print("taken", flush=True)
time.sleep(2)"""
        run = asyncio.create_task(self.run_code(code))
        await asyncio.sleep(1.5)
        self.assertTrue((await self.service.health())["ready"])
        self.assertEqual((await run).stdout, "taken\n")

    async def test_health(self) -> None:
        report = await self.service.health()
        self.assertEqual(report["checks"]["postgres"]["ok"], POSTGRES is not None, report)
        self.assertEqual(report["checks"]["mariadb"]["ok"], MARIADB is not None, report)
        self.assertTrue(report["live"])


if __name__ == "__main__":
    unittest.main()

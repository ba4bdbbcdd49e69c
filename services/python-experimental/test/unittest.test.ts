import { describeWithPython, runPython, SERVICE } from "./support";

/**
 * The tests in Python, with the interpreter that TEST_PYTHON names. Those of the databases skip themselves unless
 * TEST_POSTGRES_URL and TEST_MARIADB_URL name some.
 */
describeWithPython("python-experimental in Python", (python) => {
  test.each(["test_settings", "test_metrics", "test_runs", "test_escapes"])("%s", async (module) => {
    const { code, output } = await runPython(python, ["-m", "unittest", `tests.${module}`], {
      TEST_POSTGRES_URL: process.env.TEST_POSTGRES_URL,
      TEST_MARIADB_URL: process.env.TEST_MARIADB_URL,
    });
    if (code !== 0) throw new Error(`${SERVICE}/tests/${module}.py failed:\n${output.slice(-8000)}`);
    expect(output).toMatch(/^OK/m);
  });
});

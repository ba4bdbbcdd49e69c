import { docker } from "../../../engine/docker";
import { eventually } from "../support/eventually";
import type { Session } from "../support/mcp";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/** What the three servers do for a client. */
export const work: Part<TekUp> = {
  title: "a client's work",
  tests(tekup) {
    const client = (use: (session: Session) => Promise<void>) => tekup().as("default", use);
    const folder = "/srv/workspace/notes";

    afterAll(() => tekup().removeFile(folder));

    it("writes a file, finds it and reads it", () =>
      client(async (session) => {
        const path = `${folder}/today.txt`;
        await session.call("filesystem__create_directory", { path: folder });
        const content = "bread\na needle\n";
        const written = await session.call("filesystem__write_file", { path, content });
        expect(written).toMatchObject({ isError: false });
        const found = await session.call("search__search_code", { pattern: "needle" });
        expect(found.text).toContain(`${path}:2:a needle`);
        expect((await session.call("filesystem__read_text_file", { path })).text).toContain("bread");
      }));

    it("answers a question by the place that says it in other words", () =>
      client(async (session) => {
        const content = "The feline slept on the sofa all afternoon.\n";
        await session.call("filesystem__create_directory", { path: folder });
        await session.call("filesystem__write_file", { path: `${folder}/pets.md`, content });
        const query = "Where did the cat take a nap?";
        // The index looks for changed files every few seconds; a client may not ask more often than its limit.
        await eventually(async () => {
          const { text } = await session.call("search__search_semantic", { query });
          expect(text).toContain("pets.md");
        }, 190);
      }));

    it("drives a page of a site, and takes a picture of it", () =>
      tekup().withSite((page) =>
        client(async (session) => {
          const call = (tool: string, args: Record<string, unknown>) =>
            session.call(`browser__browser_${tool}`, args);
          await call("navigate", { url: page });
          await call("type", { target: "#name", text: "Ann" });
          await call("click", { target: "#greet" });
          expect((await call("read", {})).text).toContain("Hello Ann");
          const { images } = await call("take_screenshot", {});
          expect(images[0]?.subarray(1, 4).toString()).toBe("PNG");
        }),
      ));

    it("confines what pages run in namespaces of their own, where this kernel lets it, and in no others", async () => {
      const browser = tekup().stack.containerName("mcp-browser");
      const mayUnshare = (...kinds: string[]) =>
        docker(["exec", browser, "unshare", ...kinds, "true"]).then(
          () => true,
          () => false,
        );
      const log = await tekup().log("mcp-browser");
      expect(log).toContain(`"sandbox":${await mayUnshare("--user", "--pid", "--net", "--fork")}`);
      for (const kind of ["--mount", "--uts", "--ipc", "--cgroup"])
        expect({ kind, may: await mayUnshare("--user", kind) }).toEqual({ kind, may: false });
    });
  },
};

import { docker } from "../../../engine/docker";
import type { Part } from "../support/shared-stack";
import type { TekUp } from "../support/tekup";

/** Images to hand on. */
export const images: Part<TekUp> = {
  title: "images with a version",
  tests(tekup) {
    it("are of the same content as those that run", async () => {
      const { stack } = tekup();
      const tag = stack.name;
      const { output } = await stack.command("images", "--tag", tag);
      const names = output.split("\n").filter((line) => line.startsWith("tekup/"));
      try {
        expect(names).toContain(`tekup/mcp-gateway:${tag}`);
        const id = await docker(["image", "inspect", "--format", "{{.Id}}", `tekup/mcp-search:${tag}`]);
        expect(id.trim()).toBe((await stack.container("mcp-search")).Image);
      } finally {
        await docker(["image", "rm", ...names]);
      }
    });

    it("are not made where the version can be no tag", async () => {
      const { output } = await tekup().stack.command("images", "--tag", "not a tag");
      expect(output).toMatch(/--tag: "not a tag" is not/);
    });
  },
};

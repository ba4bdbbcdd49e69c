import { docker } from "../../../engine/docker";
import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { Settings } from "../support/stack";
import type { TekUp } from "../support/tekup";
import { askedBySearchsCallers, searching } from "./searching";

/** Settings of certificates that end in 10 days, and are not renewed yet. */
export const endingCertificates: Settings = { tls: { days: 10, renewDays: 2 } };

/** TLS between the gateway and a server; the stack has `endingCertificates`. */
export const certificates: Part<TekUp> = {
  title: "certificates between the gateway and a server",
  tests(tekup) {
    const ask = (certificate: boolean) => askedBySearchsCallers(tekup(), "/metrics", { certificate });
    const serial = async () => (await ask(true)).serial;

    it("are asked for: the server answers only whom the stack's authority knows", async () => {
      expect((await ask(true)).status).toBe(200);
      const refused = await ask(false);
      expect(refused.status).toBe(401);
      expect(refused.body).toContain("certificate");
      const search = tekup().stack.containerName("mcp-search");
      const key = ["exec", search, "stat", "--dereference", "--format", "%a %u"];
      expect((await docker([...key, "/etc/mcp-tls/current/key.pem"])).trim()).toBe("400 10001");
    });

    it("are renewed in time, and the authority is changed, under load; no call is lost", async () => {
      const { stack, settings } = tekup();
      const services = ["mcp-gateway", "mcp-search", "mcp-browser", "mcp-filesystem"];
      const before = await tekup().started(services);
      const serials = [await serial()];
      const load = await searching(tekup());
      try {
        for (const tls of [{}, { rotation: "2" }]) {
          stack.configure({ ...settings, tls });
          await stack.up();
          await eventually(async () => expect(serials).not.toContain(await serial()));
          serials.push(await serial());
          await load.more(20);
        }
      } finally {
        await load.end();
      }
      console.info(`certificates made anew twice: ${load.calls} calls, ${load.failures.length} failed`);
      expect(load.failures).toEqual([]);
      expect(await tekup().started(services)).toEqual(before);
      expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    });
  },
};

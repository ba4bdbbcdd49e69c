import { webEntrypoint, webFiles } from "../../../observability/web";
import type { Tier } from "../../../topology";
import { addressOf } from "../../../topology/networks";
import { topology } from "./topology";

const { stack, tiers } = topology();
const files = webFiles(stack, tiers);
const pages = tiers
  .flatMap(({ services }) => services)
  .flatMap(({ name, web }) => (web ? [{ name, web }] : []));

test.each(pages)("the first page and nginx lead to $name", ({ name, web }) => {
  expect(files["index.html"]).toContain(`<a href="${web.path}">${web.title}</a>`);
  expect(files["nginx.conf"]).toContain(`location ${web.path} {`);
  expect(files["nginx.conf"]).toContain(`set $backend ${name}:${web.port};`);
});

test("the first page lists every service with its address", () => {
  for (const service of tiers.flatMap(({ services }) => services))
    expect(files["index.html"]).toContain(`<td>${service.name}</td><td>${addressOf(service)}</td>`);
});

test("text is text on the first page, whatever it holds", () => {
  const odd: Tier[] = [{ number: 1, name: `<b>"&`, services: [] }];
  const page = webFiles("<script>", odd)["index.html"];
  expect(page).toContain("&lt;script&gt;");
  expect(page).toContain("&lt;b&gt;&quot;&amp;");
  expect(page).not.toContain("<script>");
});

test("nginx opens one place without a password, which tells nothing", () => {
  expect(files["nginx.conf"]?.match(/auth_basic off/g)).toHaveLength(1);
  expect(files["nginx.conf"]).toMatch(/location = \/healthz \{\s*auth_basic off;/);
});

test("the password is a variable of the shell's own command, and no argument of any program", () => {
  expect(webEntrypoint.slice(0, 2)).toEqual(["sh", "-c"]);
  expect(webEntrypoint[2]).toMatch(/^umask 077 && printf 'admin:\{PLAIN\}%s\\n' "\$WEB_PASSWORD" >/);
  expect(webEntrypoint[2]).toMatch(/unset WEB_PASSWORD && exec nginx [^$]*$/);
});

import { setTimeout as sleep } from "node:timers/promises";
import { scrape, eventually } from "../../host/test/support";
import { BrowserContainer } from "./container";
import { Driver, ref } from "./driver";
import { type Site, startSite } from "./site";

let site: Site;
let container: BrowserContainer;
let at: (path: string) => string;

beforeAll(async () => {
  site = await startSite();
  at = (path) => `http://site.test:${site.port}${path}`;
  container = await BrowserContainer.start(
    {
      BROWSER_ALLOW_PRIVATE: "site.test",
      BROWSER_SESSIONS: "3",
      BROWSER_TABS: "3",
      BROWSER_CALL_SECONDS: "6",
      BROWSER_ACTION_SECONDS: "3",
    },
    ["site.test", "other.test"],
  );
});
afterAll(async () => {
  await container?.remove();
  await site.close();
});
const metric = async (name: string) =>
  (await scrape(container.url)).find((sample) => sample.name === name)?.value ?? 0;

describe.each(["legacy", "modern"] as const)("a client of the %s era", (era) => {
  let browser: Driver;
  beforeAll(async () => (browser = await Driver.open(container, era)));
  afterAll(() => browser.end());

  test("fills a form by the refs of a snapshot, and sends it", async () => {
    let page = await browser.does("navigate", { url: at("/form") });
    expect(page).toMatch(/Title: Test site/);
    await browser.does("type", { target: ref(page, 'textbox "Name"'), text: "Ada" });
    page = await browser.does("fill_form", {
      fields: [
        { target: ref(page, 'combobox "Size"'), type: "combobox", value: "Large" },
        { target: ref(page, 'checkbox "Gift"'), type: "checkbox", value: "true" },
      ],
    });
    page = await browser.does("click", { target: ref(page, 'button "Send"') });
    expect(page).toContain("Got {name:Ada,size:l,gift:on}");
    expect(await browser.does("navigate_back")).toContain('heading "Order"');
    expect(await browser.fails("click", { target: "e999" })).toMatch(/no element e999.*new snapshot/);
  });

  test("hovers, presses keys, chooses options, waits, and reaches into frames", async () => {
    const page = await browser.does("navigate", { url: at("/form") });
    expect(await browser.does("hover", { target: ref(page, 'button "More"') })).toContain("Title: Hovered");
    await browser.does("click", { target: "#keys" });
    expect(await browser.does("press_key", { key: "ArrowLeft" })).toContain("Title: Key ArrowLeft");
    const chosen = await browser.does("select_option", { target: "select", values: ["l"] });
    expect(chosen).toMatch(/option "Large" \[selected\]/);
    await browser.does("click", { target: "#more" });
    expect(await browser.does("wait_for", { text: "at last" })).toContain("Here it is at last");
    expect(await browser.does("click", { target: ref(page, 'button "Inner"') })).toContain(
      'button "Pressed"',
    );
  });

  test("tells of dialogs, and answers them as asked", async () => {
    const page = await browser.does("navigate", { url: at("/form") });
    const target = ref(page, 'button "Ask"');
    expect(await browser.does("click", { target })).toMatch(/Title: No[^]*"Sure\?"; it was dismissed/);
    await browser.does("handle_dialog", { accept: true });
    expect(await browser.does("click", { target })).toMatch(/Title: Yes[^]*accepted/);
  });

  test("works with tabs, those that a page opens as well", async () => {
    const page = await browser.does("navigate", { url: at("/form") });
    await browser.does("click", { target: ref(page, 'link "A new tab"') });
    // It comes a moment after the click.
    while (!/^1: /m.test(await browser.does("tabs", { action: "list" }))) await sleep(100);
    expect(await browser.does("tabs", { action: "select", index: 1 })).toMatch(/1: .*article \(current\)/);
    await browser.does("tabs", { action: "new" });
    expect(await browser.fails("tabs", { action: "new" })).toMatch(/3 tabs already \(BROWSER_TABS\)/);
    await browser.does("tabs", { action: "close" });
    expect(await browser.does("tabs", { action: "close", index: 1 })).toBe(
      `0: Test site ${at("/form")} (current)`,
    );
    await browser.does("navigate", { url: at("/popups") });
    let told = await browser.does("click", { target: "button" });
    // They come a moment after the click as well; what there is to say of them is in the next answer then.
    while (!/another tab, but there are 3 already/.test(told)) {
      await sleep(100);
      told = await browser.does("tabs", { action: "list" });
    }
  });

  test("reads pages as Markdown, text and links, runs scripts, and reads the console", async () => {
    await browser.does("open").catch(() => undefined);
    await browser.does("navigate", { url: at("/article") });
    const markdown = await browser.does("read", { target: "article" });
    expect(markdown).toContain(
      `## On Ångström\n\nText with **weight** and [a link](${at("/form")}).\n\n-   one\n-   two`,
    );
    expect(await browser.does("read", { format: "text" })).toMatch(/Text with weight and a link\./);
    expect(await browser.does("read", { format: "links" })).toContain(
      `${at("/")} Home\n${at("/form")} a link`,
    );
    expect(await browser.does("evaluate", { function: "async () => [1, document.title]" })).toContain(
      '[\n  1,\n  "Test site"\n]',
    );
    expect(await browser.does("evaluate", { function: "(e) => e.textContent", target: "h2" })).toContain(
      "On Ångström",
    );
    expect(await browser.fails("evaluate", { function: "() => nothing" })).toMatch(/nothing is not defined/);
    expect(await browser.does("console_messages")).toContain("[log] from the page");
  });

  test("takes screenshots of what is visible, of an element, and of a whole long page", async () => {
    const size = (image: Buffer | undefined) => [image?.readUInt32BE(16), image?.readUInt32BE(20)];
    await browser.does("navigate", { url: at("/article") });
    const { image } = await browser.call("take_screenshot");
    expect(image?.subarray(1, 4).toString()).toBe("PNG");
    expect(size(image)).toEqual([1280, 720]);
    await browser.does("evaluate", { function: "() => { document.body.style.height = '30000px' }" });
    expect(size((await browser.call("take_screenshot", { fullPage: true })).image)).toEqual([1280, 10_000]);
    const heading = await browser.call("take_screenshot", { target: "h2", type: "jpeg" });
    expect(heading.image?.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });
});

describe("sessions", () => {
  test("share no cookies, storage or tabs, and end with all that they had", async () => {
    const drivers = await Promise.all(
      (["legacy", "legacy", "modern"] as const).map((era) => Driver.open(container, era)),
    );
    const store =
      "() => { localStorage.who ??= Math.random(); return localStorage.length + localStorage.who }";
    const stored = new Set<string>();
    for (const driver of drivers) {
      expect(await driver.does("navigate", { url: at("/cookie") })).toContain("Cookie: none");
      expect(await driver.does("navigate", { url: at("/cookie") })).toContain("Cookie: who=me");
      stored.add(await driver.does("evaluate", { function: store }));
      expect((await driver.does("tabs", { action: "list" })).split("\n")).toHaveLength(1);
    }
    expect(stored.size).toBe(3);
    expect(await metric("browser_contexts")).toBe(3);
    const late = await Driver.open(container, "legacy");
    await Promise.all(drivers.map((driver) => driver.end()));
    await eventually(async () => (await metric("browser_contexts")) === 0);
    expect(await metric("browser_tabs")).toBe(0);
    expect(await late.does("navigate", { url: at("/cookie") })).toContain("Cookie: none");
    await late.end();
    const ended = drivers[2]?.session;
    const modern = await container.client("modern");
    for (const session of [ended, "", "x".repeat(36)]) {
      const { isError } = await modern.callTool({ name: "browser_snapshot", arguments: { session } });
      expect(isError).toBe(true);
    }
  });

  test("that nobody uses make room for others, in both eras, and say so when they are used again", async () => {
    const first = await Driver.open(container, "legacy");
    await first.does("navigate", { url: at("/cookie") });
    const drivers = [first];
    for (const era of ["modern", "modern", "modern", "modern", "legacy"] as const) {
      const driver = await Driver.open(container, era);
      expect(await driver.does("navigate", { url: at("/cookie") })).toContain("Cookie: none");
      drivers.push(driver);
      expect(await metric("browser_contexts")).toBeLessThanOrEqual(3);
    }
    const again = await first.does("navigate", { url: at("/cookie") });
    expect(again).toMatch(/Cookie: none[^]*Note: This session's browser was closed/);
    // Handles are as many as browsers: the oldest ended.
    expect(await drivers[1]!.fails("snapshot")).toMatch(/no such session/);
    expect(await drivers[4]!.does("navigate", { url: at("/cookie") })).toContain("Cookie: who=me");
    await Promise.all([0, 2, 3, 4, 5].map((index) => drivers[index]!.end()));
  });

  test("in which a call runs go on; where all are so, who comes is told what to set", async () => {
    const drivers = await Promise.all(
      (["legacy", "modern", "legacy"] as const).map((era) => Driver.open(container, era)),
    );
    const ended = new AbortController();
    const waits = drivers.map((driver) =>
      driver.call("wait_for", { time: 30 }, ended.signal).catch(() => undefined),
    );
    await eventually(async () => (await metric("browser_contexts")) === 3);
    const late = await Driver.open(container, "legacy");
    expect(await late.fails("snapshot")).toMatch(
      /All 3 browsers are in use.*BROWSER_SESSIONS, in a stack `browser\.sessions`/,
    );
    ended.abort();
    await Promise.all(waits);
    await eventually(async () => !(await late.call("snapshot")).isError);
    await Promise.all([late, ...drivers].map((driver) => driver.end()));
  });

  test("may begin anew: nothing of before is left", async () => {
    const driver = await Driver.open(container, "legacy");
    await driver.does("navigate", { url: at("/cookie") });
    await driver.does("open");
    expect(await driver.does("navigate", { url: at("/cookie") })).toContain("Cookie: none");
    await driver.end();
  });
});

describe("what is private", () => {
  let browser: Driver;
  let gateway: string;
  beforeAll(async () => {
    browser = await Driver.open(container, "modern");
    gateway = await container.hostAddress();
  });
  afterAll(() => browser.end());

  const own = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost.",
    "sub.localhost",
  ];
  test.each(own)("the server's own http://%s is refused", async (host) => {
    expect(await browser.fails("navigate", { url: `http://${host}:3001/health` })).toMatch(
      /is not on the public Internet|ENOTFOUND/,
    );
  });

  test.each([
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "[fd00::1]",
    "[fe80::1]",
  ])("%s is refused, over HTTP and TLS", async (host) => {
    for (const scheme of ["http", "https"])
      expect(await browser.fails("navigate", { url: `${scheme}://${host}/` })).toMatch(/^Refused: /);
  });

  test("so is a name that leads there, and the address of an allowed name", async () => {
    for (const host of ["other.test", gateway]) {
      const url = `http://${host}:${site.port}/article`;
      expect(await browser.fails("navigate", { url })).toMatch(
        /not on the public Internet; BROWSER_ALLOW_PRIVATE/,
      );
      expect(await browser.fails("navigate", { url: at(`/redirect?to=${encodeURIComponent(url)}`) })).toMatch(
        /^Refused: /,
      );
    }
    expect(site.asked.filter((asked) => !asked.startsWith("site.test:"))).toEqual([]);
  });

  test.each([
    ["over HTTP", () => `http://${gateway}/`],
    ["over TLS", () => `https://${gateway}/`],
    ["by a redirect to HTTP", () => at(`/redirect?to=${encodeURIComponent(`http://${gateway}/`)}`)],
    ["by a redirect to TLS", () => at(`/redirect?to=${encodeURIComponent(`https://${gateway}/`)}`)],
  ])("what follows an address refused %s is opened at once", async (_, refused) => {
    for (let times = 0; times < 5; times += 1) {
      expect(await browser.fails("navigate", { url: refused() })).toMatch(/^Refused: /);
      expect(await browser.does("navigate", { url: at("/article") })).toContain("/article");
    }
  });

  test("nor do a page's own ways lead there: scripts, frames, images, sockets, workers, forms", async () => {
    await browser.does("navigate", { url: at("/article") });
    const foreign = `other.test:${site.port}`;
    const ways = `async () => {
      const tried = [];
      const attempt = async (name, work) => { try { tried.push(name + " " + await work()) } catch { tried.push(name + " failed") } };
      const url = "http://${foreign}/leak";
      await attempt("fetch", async () => (await fetch(url)).status);
      await attempt("image", () => new Promise((done) => { const image = new Image(); image.onload = image.onerror = () => done("over"); image.src = url }));
      await attempt("frame", () => new Promise((done) => { const frame = document.createElement("iframe"); frame.onload = () => done("over"); frame.src = url; document.body.append(frame) }));
      await attempt("socket", () => new Promise((done) => { const socket = new WebSocket("ws://${foreign}/leak"); socket.onopen = () => done("open"); socket.onclose = () => done("closed") }));
      await attempt("beacon", () => navigator.sendBeacon(url));
      await attempt("webrtc", () => new Promise((done) => { const peer = new RTCPeerConnection({ iceServers: [{ urls: "stun:${gateway}:${site.datagrams.port}" }] }); peer.createDataChannel("x"); peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done("over"); peer.createOffer().then((offer) => peer.setLocalDescription(offer)); setTimeout(() => done("waited"), 3000) }));
      await attempt("worker", () => new Promise((done) => { const code = "fetch(" + JSON.stringify(url) + ").then((r) => postMessage(r.status), () => postMessage(0))"; new Worker(URL.createObjectURL(new Blob([code]))).onmessage = ({ data }) => done(data) }));
      return tried;
    }`;
    const result = await browser.does("evaluate", { function: ways });
    expect(result).toMatch(/socket closed/);
    expect(site.datagrams.received).toBe(0);
    await browser.does("evaluate", { function: `() => { location = "http://${foreign}/leak" }` });
    expect(site.asked.filter((asked) => !asked.startsWith("site.test:"))).toEqual([]);
    expect(await metric("browser_egress_refused_total")).toBeGreaterThan(20);
  });

  test.each([
    "file:///etc/passwd",
    "chrome://version",
    "view-source:http://site.test/",
    "devtools://devtools/bundled/inspector.html",
    "javascript:alert(1)",
    "data:text/html,x",
    "about:version",
    "blob:http://site.test/x",
    "ftp://site.test/",
  ])("%s is refused", async (url) => {
    expect(await browser.fails("navigate", { url })).toMatch(/is refused: only http: and https:/);
  });

  test("a page can't open files of the server either", async () => {
    await browser.does("navigate", { url: at("/article") });
    for (const way of ['location = "file:///etc/passwd"', 'open("file:///etc/passwd")']) {
      await browser.call("evaluate", { function: `() => { ${way} }` });
      expect(await browser.does("tabs", { action: "list" })).not.toContain("file:");
    }
    expect(await browser.fails("navigate", { url: at("/redirect?to=file:///etc/passwd") })).not.toMatch(
      /root:/,
    );
  });

  test("downloads are refused", async () => {
    expect(await browser.fails("navigate", { url: at("/file") })).toMatch(/file to download/);
  });
});

describe("what fails", () => {
  let browser: Driver;
  beforeEach(async () => (browser = await Driver.open(container, "legacy")));
  afterEach(() => browser.end());

  test("a page that hangs is closed, and the session goes on", async () => {
    expect(await browser.fails("navigate", { url: at("/loop") })).toMatch(/did not react.*was closed/);
    expect(await browser.does("navigate", { url: at("/article") })).toContain("Ångström");
  });

  test("a call without an end is ended, and its page stays", async () => {
    await browser.does("navigate", { url: at("/article") });
    expect(await browser.fails("evaluate", { function: "() => new Promise(() => {})" })).toMatch(
      /no end within 6 s.*still open/,
    );
    expect(await browser.does("snapshot")).toContain("Ångström");
  });

  test("an address that is given up, or takes too long, does not come in the way of the next one", async () => {
    await browser.does("navigate", { url: at("/cookie") });
    for (let times = 0; times < 5; times += 1) {
      const given = new AbortController();
      const waiting = browser.call("navigate", { url: at("/waits") }, given.signal).catch(() => undefined);
      await eventually(async () => site.asked.filter((one) => one.endsWith("/waits")).length > times);
      given.abort();
      await waiting;
      expect(await browser.does("snapshot")).toContain(times === 0 ? "Cookie:" : "Ångström");
      expect(await browser.does("navigate", { url: at("/article") })).toContain("/article");
      expect(await browser.does("snapshot")).toContain("Ångström");
    }
    expect(await browser.fails("navigate", { url: at("/waits") })).toMatch(/Timeout|no end within/);
    expect(await browser.does("navigate", { url: at("/article") })).toContain("/article");
    expect(await browser.does("snapshot")).toContain("Ångström");
  });

  test("a page that crashes is told of, and the next call has a fresh one", async () => {
    await browser.does("navigate", { url: at("/cookie") });
    const running = browser.call("evaluate", { function: "() => new Promise(() => {})" });
    await container.signal("KILL", "renderers");
    expect(await running).toMatchObject({ isError: true, text: expect.stringMatching(/crashed/) as string });
    expect(await browser.does("navigate", { url: at("/cookie") })).toContain("Cookie: who=me");
  });

  test("a browser that ends is started again, and the next call says what was lost", async () => {
    await browser.does("navigate", { url: at("/cookie") });
    await container.signal("KILL", "browser");
    await eventually(async () => (await browser.call("navigate", { url: at("/article") })).isError === false);
    expect(await browser.does("navigate", { url: at("/cookie") })).toContain("Cookie: none");
  });

  test("a browser that hangs is ended and started again, by its health check", async () => {
    await browser.does("navigate", { url: at("/article") });
    const starts = await metric("browser_starts_total");
    await container.signal("STOP", "browser");
    await eventually(async () => (await metric("browser_starts_total")) > starts);
    expect(await browser.does("navigate", { url: at("/article") })).toMatch(/Ångström[^]*has begun anew/);
  });
});

test("nothing is left of what has ended, and the server stops in order", async () => {
  await eventually(async () => (await metric("browser_contexts")) === 0);
  await eventually(async () => {
    const processes = await container.processes();
    const browsers = processes.filter(
      ({ command }) => /headless-shell/.test(command) && !/--type=/.test(command),
    );
    return browsers.length === 1 && processes.every(({ state }) => state !== "Z");
  });
  expect(await container.stop()).toBe(0);
});

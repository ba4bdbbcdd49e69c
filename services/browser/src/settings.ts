import ipaddr from "ipaddr.js";
import { z } from "zod";
import { readEnvironment, wholeNumber } from "../../host/environment";
import type { EgressSettings } from "./egress/policy";

const HOST_NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** Names of hosts and ranges of addresses, apart. */
const destinations = z.string().transform((value, context) => {
  const allowed: EgressSettings = { hosts: [], ranges: [] };
  for (const item of value.split(",").map((part) => part.trim().toLowerCase())) {
    if (item === "") continue;
    if (ipaddr.isValidCIDR(item)) allowed.ranges.push(ipaddr.parseCIDR(item));
    else if (ipaddr.IPv4.isValidFourPartDecimal(item)) allowed.ranges.push([ipaddr.parse(item), 32]);
    else if (ipaddr.IPv6.isValid(item)) allowed.ranges.push([ipaddr.parse(item), 128]);
    else if (HOST_NAME.test(item) && !/^[\d.]+$/.test(item)) allowed.hosts.push(item);
    else {
      const message = `${item} is no host name and no address range; for example wiki.internal,*.test,10.1.0.0/16`;
      context.addIssue({ code: "custom", message });
    }
  }
  return allowed;
});

const schema = z.object({
  /**
   * Hosts and address ranges that pages may be loaded from though they are not on the public Internet, comma-separated:
   * names, names with `*.` before them, addresses and CIDR ranges.
   */
  BROWSER_ALLOW_PRIVATE: destinations.prefault(""),
  /** Most that pages may load, and send, in a second, in KiB, all of them together; 0 is no limit. */
  BROWSER_BANDWIDTH_KB: wholeNumber(0, 100_000_000).prefault("0"),
  /** Most sessions with a browser context at a time, those that idle included. */
  BROWSER_SESSIONS: wholeNumber(1, 1000).prefault("8"),
  /** Most tabs of one session. */
  BROWSER_TABS: wholeNumber(1, 100).prefault("8"),
  /** How long a session lasts in which nothing is asked, in seconds. */
  BROWSER_IDLE_SECONDS: wholeNumber(1, 86_400).prefault("900"),
  /** Longest time of a call, in seconds. A page that does not react any more when it is up is closed. */
  BROWSER_CALL_SECONDS: wholeNumber(2, 600).prefault("60"),
  /** How long an action waits for its element to be there and ready, in seconds. */
  BROWSER_ACTION_SECONDS: wholeNumber(1, 300).prefault("5"),
  /** The most text that an answer holds, in KiB. */
  BROWSER_RESULT_KB: wholeNumber(4, 65_536).prefault("256"),
  /** Largest heap of a page's scripts, in MiB; a page beyond it crashes, and no other. */
  BROWSER_PAGE_HEAP_MB: wholeNumber(64, 16_384).prefault("512"),
  /** The size of a page, in CSS pixels. */
  BROWSER_VIEWPORT: z
    .string()
    .regex(/^[1-9]\d{1,3}x[1-9]\d{1,3}$/, "must be WIDTHxHEIGHT in pixels, for example 1280x720")
    .prefault("1280x720"),
  /**
   * Whether Chromium confines its own processes: `on` needs user namespaces, which Docker's default seccomp profile
   * refuses; `auto` does where it can.
   */
  BROWSER_SANDBOX: z.enum(["auto", "on", "off"]).prefault("auto"),
  /** The program Chromium, an absolute path. */
  BROWSER_PROGRAM: z
    .string()
    .regex(/^\//, "must be an absolute path")
    .prefault("/usr/lib/chromium/chromium-headless-shell"),
});

/** What may be reached and what a session may cost, as the rest of the program uses it. */
export interface Settings {
  egress: EgressSettings;
  /** Most bytes in a second, each way; 0 is no limit. */
  bytesPerSecond: number;
  sessions: number;
  idleSeconds: number;
  chromium: ChromiumSettings;
  session: SessionSettings;
}

/** How Chromium is run. */
export interface ChromiumSettings {
  program: string;
  sandbox: "auto" | "on" | "off";
  pageHeapMegabytes: number;
}

/** What a session may cost. */
export interface SessionSettings {
  tabs: number;
  callMilliseconds: number;
  actionMilliseconds: number;
  resultCharacters: number;
  viewport: { width: number; height: number };
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  const [width = 0, height = 0] = read.BROWSER_VIEWPORT.split("x").map(Number);
  return {
    egress: read.BROWSER_ALLOW_PRIVATE,
    bytesPerSecond: read.BROWSER_BANDWIDTH_KB * 1024,
    sessions: read.BROWSER_SESSIONS,
    idleSeconds: read.BROWSER_IDLE_SECONDS,
    chromium: {
      program: read.BROWSER_PROGRAM,
      sandbox: read.BROWSER_SANDBOX,
      pageHeapMegabytes: read.BROWSER_PAGE_HEAP_MB,
    },
    session: {
      tabs: read.BROWSER_TABS,
      callMilliseconds: read.BROWSER_CALL_SECONDS * 1000,
      actionMilliseconds: read.BROWSER_ACTION_SECONDS * 1000,
      resultCharacters: read.BROWSER_RESULT_KB * 1024,
      viewport: { width, height },
    },
  };
}

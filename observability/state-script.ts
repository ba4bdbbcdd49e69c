/**
 * Shows on the first page how the services are: what the watchdog says of their containers, as Prometheus has it. What neither
 * says is unknown. It asks by way of the entry itself, for which the browser has the password already.
 */
export const stateScript = {
  /** Where the entry serves it. */
  path: "/state.js",
  text: String.raw`"use strict";
const path = document.currentScript.dataset.prometheus;
const rows = [...document.querySelectorAll("[data-service]")];
const names = rows.map((row) => row.dataset.service);
const summary = document.getElementById("summary");
const pause = 10000;

/** How many containers there are of each service, and how many of them run and are well; replicas are numbered. */
async function look() {
  // The page's own address may hold a password, with which nothing can be asked for.
  const url = new URL(path + "api/v1/query", location.origin);
  url.searchParams.set("query", '{__name__=~"mcp_container_(running|healthy)"}');
  const answer = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(pause) });
  if (!answer.ok) throw new Error("Prometheus does not answer");
  const { data } = await answer.json();
  const counts = new Map();
  for (const { metric, value } of data.result) {
    const [, first] = /^(.*)-\d+$/.exec(metric.service) ?? [];
    const name = names.includes(metric.service) ? metric.service : first;
    const count = counts.get(name) ?? { all: 0, running: 0, healthy: 0 };
    counts.set(name, count);
    if (metric.__name__ === "mcp_container_running") count.all += 1;
    count[metric.__name__ === "mcp_container_running" ? "running" : "healthy"] += Number(value[1]);
  }
  if (counts.size === 0) throw new Error("The watchdog tells Prometheus nothing");
  return counts;
}

function stateOf(count) {
  if (!count) return ["no container", "critical"];
  const { all, running, healthy } = count;
  const fine = healthy === all;
  if (all > 1) return [healthy + " of " + all + " healthy", fine ? "fine" : "critical"];
  if (running === 0) return ["not running", "critical"];
  return fine ? ["healthy", "fine"] : ["not healthy", "critical"];
}

function show(text, states) {
  summary.textContent = text;
  rows.forEach((row, index) => {
    const [words, level] = states?.[index] ?? ["unknown", ""];
    const place = row.querySelector(".state span");
    place.textContent = words;
    place.dataset.level = level;
  });
}

let timer;

async function update() {
  clearTimeout(timer);
  // Asked anew as soon as somebody looks.
  if (document.visibilityState === "visible") {
    try {
      const counts = await look();
      const states = names.map((name) => stateOf(counts.get(name)));
      const fine = states.filter(([, level]) => level === "fine").length;
      const time = new Date().toLocaleTimeString();
      show(fine + " of " + names.length + " services healthy, by the watchdog, at " + time + ".", states);
    } catch (error) {
      const why = error.name === "Error" ? error.message : "Prometheus does not answer";
      show("How the services are is not known: " + why + ".");
    }
  }
  clearTimeout(timer);
  timer = setTimeout(update, pause);
}
document.addEventListener("visibilitychange", update);
update();
`,
};

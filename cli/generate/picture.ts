import type { Service, Tier, Topology } from "../../topology";
import { addressOf, ownNetworkOf } from "../../topology/networks";
import { describeStack } from "../stack-file";

const box = { width: 168, height: 46, gap: 14 };
const band = { left: 190, padding: 16, gap: 26 };
const colours = ["#dbeafe", "#dcfce7", "#fef3c7", "#fae8ff", "#ffe4e6"];
const ink = "#1f2937";
const faint = "#6b7280";

interface Placed {
  service: Service;
  x: number;
  y: number;
}

/**
 * A stack's topology as a picture: a band for each tier with the highest on top, a box for each service with its address
 * and the port of the host that leads to it, and a line from each server to its databases.
 */
export function pictureOf(topology: Topology): string {
  const { tiers } = topology;
  const { networkName, subnet } = ownNetworkOf(topology);
  const bands = [...tiers].sort((a, b) => b.number - a.number);
  const widest = Math.max(...bands.map(({ services }) => services.length));
  const bandHeight = box.height + 2 * band.padding;
  const width = band.left + 2 * band.padding + widest * (box.width + box.gap) - box.gap + 20;
  const top = 56;
  const height = top + bands.length * (bandHeight + band.gap);
  const placed = bands.flatMap(({ services }, row) =>
    services.map((service, column): Placed => ({
      service,
      x: band.left + band.padding + column * (box.width + box.gap),
      y: top + row * (bandHeight + band.gap) + band.padding,
    })),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="The tiers of ${networkName}">`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="${faint}"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="20" y="32" font-size="17" font-weight="600" fill="${ink}">${escape(networkName)} · ${subnet}</text>`,
    ...bands.flatMap((tier, row) => bandOf(tier, top + row * (bandHeight + band.gap), width, bandHeight)),
    ...bands.slice(1).map((_, row) => {
      const y = top + (row + 1) * (bandHeight + band.gap);
      return `<path d="M100 ${y - band.gap + 2}V${y - 3}" stroke="${faint}" stroke-width="2" marker-end="url(#arrow)"/>`;
    }),
    ...placed.flatMap((one) => linesOf(one, placed)),
    ...placed.map(boxOf),
    "</svg>",
    "",
  ].join("\n");
}

/** The picture of the stack that the documentation shows, as it is where images are pulled. */
export function stackPicture(stack: string): string {
  return pictureOf(describeStack({ stack }, "registry").topology);
}

function bandOf({ number, name }: Tier, y: number, width: number, height: number): string[] {
  const waits = number > 1 ? "starts when the tier" : "starts first";
  return [
    `<rect x="20" y="${y}" width="${width - 40}" height="${height}" rx="10" fill="${colours[(number - 1) % colours.length] ?? "#eeeeee"}"/>`,
    `<text x="36" y="${y + 30}" font-weight="600" fill="${ink}">${number} · ${escape(name)}</text>`,
    `<text x="36" y="${y + 48}" font-size="11" fill="${faint}">${waits}</text>`,
    ...(number > 1
      ? [`<text x="36" y="${y + 62}" font-size="11" fill="${faint}">below is healthy</text>`]
      : []),
  ];
}

function boxOf({ service, x, y }: Placed): string {
  const published = service.ports.map(({ host }) => ` · host :${host}`).join("");
  return [
    `<rect x="${x}" y="${y}" width="${box.width}" height="${box.height}" rx="7" fill="#ffffff" stroke="${faint}"/>`,
    `<text x="${x + box.width / 2}" y="${y + 19}" text-anchor="middle" font-weight="600" fill="${ink}">${escape(service.name)}</text>`,
    `<text x="${x + box.width / 2}" y="${y + 36}" text-anchor="middle" font-size="11" fill="${faint}">${addressOf(service)}${published}</text>`,
  ].join("");
}

/** To the databases in the tier below that a service has a user in; lines over several tiers would hide their boxes. */
function linesOf(from: Placed, all: Placed[]): string[] {
  const servers = new Set(from.service.databaseUsers.map(({ server }) => server));
  const below = Math.min(...all.map(({ y }) => y).filter((y) => y > from.y));
  const used = all.filter(({ service, y }) => y === below && servers.has(service.name));
  return used.map((to) => {
    const [x1, y1] = [from.x + box.width / 2, from.y + box.height];
    const [x2, y2] = [to.x + box.width / 2, to.y];
    const bend = (y2 - y1) / 2;
    return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="${faint}" stroke-width="1.3" marker-end="url(#arrow)"/>`;
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

import * as fs from "node:fs";
import * as path from "node:path";
import { docker } from "../engine/docker";
import { cacheFolder, projectRoot } from "./cache";
import { command, hasProgram } from "./command";
import { buildLabel, imageLabel } from "./engine-image";

/** Gone from the image; what later installs bring of it, images/debian/dpkg-slim.cfg keeps out. Licences stay. */
const slimming = `
  find usr/share/doc -depth -type f ! -name copyright -delete
  find usr/share/doc -depth -type d -empty -delete
  find usr/share/doc -type l -delete
  rm -rf usr/share/man/* usr/share/info/* usr/share/lintian usr/share/locale/*
  rm -rf var/cache/apt/* var/cache/debconf/*-old var/lib/apt/lists/* var/log/* tmp/*
  rm -rf var/cache/ldconfig/* etc/machine-id
  mkdir -p var/lib/apt/lists/partial var/cache/apt/archives/partial
`;
/** Security updates, from the mirror's neighbour where it has one: debootstrap itself takes the release only. */
const updating = (suite: string) => `
  mirror=$(awk '$1 == "deb" { print $2; exit }' etc/apt/sources.list)
  cp etc/apt/sources.list etc/apt/sources.list.release
  printf 'deb %s ${suite}-updates main\\ndeb %s-security ${suite}-security main\\n' "$mirror" "\${mirror%/}" >>etc/apt/sources.list
  if chroot . apt-get update --error-on=any; then
    chroot . env DEBIAN_FRONTEND=noninteractive apt-get upgrade -y
  else
    echo 'the mirror has no security updates beside it; the image has the release alone'
    mv etc/apt/sources.list.release etc/apt/sources.list
  fi
  rm -f etc/apt/sources.list.release
  chroot . apt-get clean
`;

/**
 * Makes a Debian of that suite, which other images stand on, from Debian packages alone.
 * @throws where the host cannot: it takes root, debootstrap and a Debian mirror.
 */
export async function bootstrapDebian(
  suite: string,
  scratch: string,
  tag: string,
  label: string,
  logFile: string,
): Promise<void> {
  if (process.getuid?.() !== 0 || !hasProgram("debootstrap"))
    throw new Error(
      'the image source "build" makes Debian with debootstrap, as root: run "apt-get install debootstrap" and this ' +
        'command as root, or set the image source "registry"',
    );
  const root = path.join(scratch, "root");
  const cache = cacheFolder("downloads", `debootstrap-${suite}`);
  await command("debootstrap", ["--variant=minbase", `--cache-dir=${cache}`, suite, root], { logFile });
  const recipe = path.join(projectRoot, "images", "debian");
  fs.copyFileSync(path.join(recipe, "dpkg-slim.cfg"), path.join(root, "etc/dpkg/dpkg.cfg.d/slim"));
  fs.copyFileSync(path.join(recipe, "apt-slim.conf"), path.join(root, "etc/apt/apt.conf.d/slim"));
  await command("sh", ["-euxc", updating(suite) + slimming], { cwd: root, logFile });
  const archive = path.join(scratch, "root.tar");
  const skipped = ["./dev/*", "./proc/*", "./sys/*", "./run/*"].map((name) => `--exclude=${name}`);
  await command("tar", ["--numeric-owner", ...skipped, "-cf", archive, "-C", root, "."], { logFile });
  const changes = [`LABEL ${buildLabel}=${label} ${imageLabel}=${label}`, 'CMD ["sh"]', "ENV LANG=C.UTF-8"];
  await docker(["image", "import", ...changes.flatMap((change) => ["--change", change]), archive, tag]);
}

import { secretText, unknownText } from "../resource";
import { type Breach, containerRule, resourceRule } from "../rule";

/** Names whose values are secrets, as words of a variable's name: `PGPASSWORD`, `API_KEY`, `MYSQL_PWD`. */
const secretName =
  /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(^|_)(PASS|PWD|PAT|KEY)$|(API|PRIVATE|ACCESS|AUTH)_?KEY/i;

/** Names that look like those and tell where a secret is, or something about one. */
const aboutSecret = /_(FILE|PATH|DIR|NAME|ID|URL|URI|TTL|LENGTH|POLICY|COMMAND)$/i;

/** Text that is a secret whatever it is called: addresses that hold one, keys, tokens by their issuers' prefixes. */
const secretShapes = [
  /[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:[^\s:/@]+@/i,
  /hooks\.slack\.com\/services\/\S|discord(app)?\.com\/api\/webhooks\/\S/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(ghp|gho|ghs|ghu|github_pat)_[A-Za-z0-9_]{20,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bxox[abprs]-[A-Za-z0-9-]{10,}/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bsk-[A-Za-z0-9_-]{20,}/,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\./,
];

const isSecret = (text: string) => secretShapes.some((shape) => shape.test(text));

/** Where a plain secret is, never what it is. */
function plain(setting: string, where: string): Breach {
  return { setting, value: where };
}

function isPlainSecret(variable: string): boolean {
  const [name = "", ...rest] = variable.split("=");
  const value = rest.join("=");
  if (value === "" || value === secretText || value === unknownText) return false;
  return isSecret(value) || (secretName.test(name) && !aboutSecret.test(name));
}

/** Where secrets must not stand. */
export const secrets = [
  containerRule({
    id: "no-plain-secret-in-environment",
    title: "No secret stands in an environment as plain text, where state and previews show it",
    reference: ["CIS 4.10", "OWASP 12"],
    level: "mandatory",
    onlyInProgram: true,
    remedy: "have the program generate it, or take it from a secret setting, so that it is a secret output",
    check: ({ envs = [] }) =>
      envs.filter(isPlainSecret).map((variable) => plain("envs", variable.split("=")[0] ?? "")),
    example: { envs: ["DATABASE_PASSWORD=hunter2"] },
  }),
  containerRule({
    id: "no-secret-in-command",
    title: "No secret stands in a command, where every process of the host can read it",
    reference: ["CIS 4.10", "OWASP 12"],
    level: "mandatory",
    remedy: "hand it over in the environment, as a secret",
    check: ({ entrypoints = [], command = [], healthcheck }) => [
      ...(entrypoints.some(isSecret) ? [plain("entrypoints", "a secret")] : []),
      ...(command.some(isSecret) ? [plain("command", "a secret")] : []),
      ...(healthcheck?.tests?.some(isSecret) ? [plain("healthcheck.tests", "a secret")] : []),
    ],
    example: { command: ["exporter", "--source=postgres://admin:hunter2@db/shop"] },
  }),
  resourceRule({
    id: "no-secret-in-configuration",
    type: "mcpdocker:index:ConfigVolume",
    title: "No secret stands in a file of configuration, which everybody in the container can read",
    reference: ["OWASP 12"],
    level: "mandatory",
    remedy: "hand it over in the environment, as a secret",
    check: ({ inputs: { files } }) =>
      Object.entries(files).flatMap(([file, text]) => (isSecret(text) ? [plain("files", file)] : [])),
    example: { inputs: { files: { "hook.yml": "url: https://bot:hunter2@alerts.example.com/hook\n" } } },
  }),
];

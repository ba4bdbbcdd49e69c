/** The best shell that an image has. */
const best = ["/bin/sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh"];

/**
 * The same for who sees its prompt. Bash gets the name in the place of the host's, in whatever prompt its files give it, by a hook
 * that is gone before the first command.
 */
const named = [
  "if command -v bash >/dev/null 2>&1; then",
  String.raw`  export PROMPT_COMMAND="PS1=\${PS1//\\\\[hH]/$1}; unset PROMPT_COMMAND"`,
  "  exec bash",
  "fi",
  String.raw`export PS1="$1:\$PWD\$ "`,
  "exec sh",
].join("\n");

/**
 * What opens a shell in a container.
 * @param prompt what a terminal's prompt has for the container's own name, which is a number; left out where there is no terminal.
 */
export function shell(prompt?: string): string[] {
  return prompt === undefined ? best : ["/bin/sh", "-c", named, "sh", prompt];
}

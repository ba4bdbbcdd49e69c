/** A text as one word of a command that a user pastes into a shell: quoted where the shell would read anything into it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

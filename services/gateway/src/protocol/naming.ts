/** A name or a URI that a client used, as the server and what the server calls it. */
export interface Target {
  server: string;
  name: string;
}

/** How a view names what its servers have. */
export interface Naming {
  /** A tool's or prompt's name as clients see it. */
  name(server: string, name: string): string;
  /** A resource's URI, or a template of URIs, as clients see it. */
  uri(server: string, uri: string): string;
  /** Undefined where the name is of no server. */
  findName(name: string): Target | undefined;
  findUri(uri: string): Target | undefined;
}

/**
 * `<server>__<name>` and `<server>+<uri>`. No server's name has a `_` or a `+`, so the first one ends it: two servers
 * can't make the same name. The second is a URI still, as a scheme may have a `+` in it.
 */
export const prefixed: Naming = {
  name: (server, name) => `${server}__${name}`,
  uri: (server, uri) => `${server}+${uri}`,
  findName: (name) => split(name, "__"),
  findUri: (uri) => split(uri, "+"),
};

/** The names of one server, as they are. */
export function plain(server: string): Naming {
  return {
    name: (_, name) => name,
    uri: (_, uri) => uri,
    findName: (name) => ({ server, name }),
    findUri: (uri) => ({ server, name: uri }),
  };
}

function split(text: string, separator: string): Target | undefined {
  const at = text.indexOf(separator);
  if (at <= 0) return undefined;
  return { server: text.slice(0, at), name: text.slice(at + separator.length) };
}

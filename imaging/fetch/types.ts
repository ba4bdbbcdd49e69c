/** What a download has to work with. */
export interface FetchContext {
  /** A folder of its own; gone afterwards. */
  scratch: string;
  /** Takes all that the clients write. */
  logFile: string;
  /** The engine's machine, as Docker names it. */
  architecture: string;
  /** The system that programs are for, as Node names it; Linux where it is left out. */
  system?: string;
  /** An image to run a client in that the host does not have: Debian, or one made from it. */
  toolImage: () => Promise<string>;
}

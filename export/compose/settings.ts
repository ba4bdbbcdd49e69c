import type { Settings } from "../../config/schema";

/** A stack's settings as a Compose project can follow them: Compose makes no certificates, and would renew none. */
export function exportable(settings: Settings): Settings {
  return { ...settings, tls: { ...settings.tls, enabled: false } };
}

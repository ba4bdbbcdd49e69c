// Takes the place of the package that Perses' pages load their plugins with. The package asks for them at the root of the
// server, while the pages are below a path, which the first page names.
import { type ReactElement, type ReactNode } from "react";
import { type PluginLoader, remotePluginLoader as loaderAtRoot } from "./plugin-system/src";
import type { RemotePluginModule } from "./plugin-system/src/remote/PersesPlugin.types";
import { loadPlugin } from "./plugin-system/src/remote/PluginRuntime";

export * from "./plugin-system/src";

const prefix = document.querySelector("meta[name=prefix]")?.getAttribute("content") ?? "";

export function remotePluginLoader(): PluginLoader {
  return {
    getInstalledPlugins: loaderAtRoot(prefix).getInstalledPlugins,
    async importPluginModule({ metadata, spec }) {
      const loaded: RemotePluginModule = {};
      // One after the other, as the package does: they come out of one file.
      for (const { name } of spec.plugins.map((plugin) => plugin.spec)) {
        const plugin = (await loadPlugin(metadata.name, name, `${prefix}/plugins`))?.[name];
        if (plugin) loaded[name] = plugin;
      }
      return loaded;
    },
  };
}

/** Nobody asks how often a dashboard is looked at; the package would tell it to the root of the server. */
export function UsageMetricsProvider({ children }: { children: ReactNode }): ReactElement {
  return <>{children}</>;
}

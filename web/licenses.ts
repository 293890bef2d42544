import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plugin } from "vite";

/**
 * Writes the license of every package of which something is in the bundle into the file THIRD-PARTY.txt beside it;
 * `inside` are packages whose files stand in a sheet, where the bundler no longer knows them.
 */
export function licenses(inside: readonly string[] = []): Plugin {
  return {
    name: "glassnet-licenses",
    apply: "build",
    generateBundle(_, bundle) {
      const found = new Map<string, string>();
      // Fonts are assets of a sheet, and no modules.
      const assets = Object.values(bundle).flatMap((file) => (file.type === "asset" ? file.originalFileNames : []));
      const further = [...assets, ...inside.map((name) => `node_modules/${name}/package.json`)];
      for (const id of [...this.getModuleIds(), ...further.map((name) => resolve(name))]) {
        const folder = packageOf(id.replace(/^\0/, "").replace(/[?#].*$/, ""));
        if (folder === undefined || found.has(folder)) continue;
        const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
        const texts = readdirSync(folder)
          .filter((file) => /^(licen[cs]e|notice|copying|ofl)/i.test(file))
          .sort();
        if (texts.length === 0)
          throw new Error(`The package ${name} ${version} is in the page and has no text of a license.`);
        found.set(
          folder,
          [
            `${name} ${version} (${license})`,
            ...texts.map((file) => readFileSync(join(folder, file), "utf8").trim()),
          ].join("\n\n"),
        );
      }
      const source = [...found.values()].sort().join(`\n\n${"-".repeat(80)}\n\n`) + "\n";
      this.emitFile({ type: "asset", fileName: "THIRD-PARTY.txt", source });
    },
  };
}

/** The folder of the package to which a module of node_modules belongs. */
function packageOf(path: string): string | undefined {
  if (!path.includes("node_modules")) return undefined;
  for (let folder = dirname(path); folder.includes("node_modules/"); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version !== undefined) return folder;
  }
  return undefined;
}

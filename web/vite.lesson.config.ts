import { svelte } from "@sveltejs/vite-plugin-svelte";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";
import { licenses } from "./licenses.ts";

/** Networks on images need the server, so their drawings, which nothing in the lesson shows, stay out of it. */
function withoutImages(): Plugin {
  const nothing = fileURLToPath(new URL("src/lesson/Nothing.svelte", import.meta.url));
  return {
    name: "without-images",
    enforce: "pre",
    resolveId: (source) => (/\/maps\/\w+\.svelte$/.test(source) ? nothing : null),
  };
}

const FACES = ["@fontsource-variable/inter", "@fontsource-variable/stix-two-text"];

// The page that needs no server: one script and one sheet, which the Python package puts into a page of its own.
export default defineConfig({
  plugins: [withoutImages(), svelte(), licenses(FACES)],
  publicDir: false,
  build: {
    outDir: "../src/glassnet/pages/lesson",
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { checks: { pluginTimings: false } },
    lib: {
      entry: "src/lesson/main.ts",
      formats: ["iife"],
      name: "glassnet",
      fileName: () => "lesson.js",
      cssFileName: "lesson",
    },
  },
});

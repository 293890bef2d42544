import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";

// The drawing that stands alone: one script and one sheet, which the Python package puts into a page of its own.
export default defineConfig({
  plugins: [svelte(), licenses()],
  publicDir: false,
  build: {
    outDir: "../src/glassnet/pages/drawing",
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { checks: { pluginTimings: false } },
    lib: {
      entry: "src/alone/main.ts",
      formats: ["iife"],
      name: "glassnet",
      fileName: () => "drawing.js",
      cssFileName: "drawing",
    },
  },
});

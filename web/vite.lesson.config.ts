import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";

// The page that needs no server: one script and one sheet, which the Python package puts into a page of its own.
export default defineConfig({
  plugins: [svelte(), licenses()],
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
